"""Identities: an agent with its credentials, and the permission bits."""

from __future__ import annotations

import enum
from dataclasses import field

from .light_imports import Value, dataclass


class Permission(enum.IntFlag):
    """The bits of an agent's permission (gateway.md 3.1)."""

    NONE = 0
    SUPER_ADMIN = 0x0001
    CUSTOMER_AGENT = 0x0010
    CUSTOMER_ADMIN = 0x0020
    CUSTOMER_MANAGER = 0x0040


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Identity(Value):
    """An agent with its credentials, which never appear in a repr."""

    id: str
    customer_id: str
    username: str
    permission: int
    password: str = field(repr=False)
    token: str = field(repr=False)
    accesskey: str = field(repr=False)
