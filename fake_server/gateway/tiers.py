"""Tiers: who may use an endpoint."""

from __future__ import annotations

from dataclasses import dataclass

from ...contracts.identity import Permission
from ...contracts.light_imports import Value
from ...contracts.rule import Rule


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Tier(Value):
    """The permission bits of which one suffices, and the rules that refuse all other principals."""

    mask: int
    rule: Rule
    direct: Rule


ADMIN = int(Permission.CUSTOMER_ADMIN)
STAFF = int(Permission.CUSTOMER_ADMIN | Permission.CUSTOMER_MANAGER)
