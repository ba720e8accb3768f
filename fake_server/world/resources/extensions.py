"""Extensions: the SIP accounts of customers (accounts.md 4).

A customer's field `extensions` has the registered contacts of each. Each is a record, even if none was added for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from ....contracts.redaction import KNOWN
from ..records import Customer, Record
from ..state import Section, Table
from ..world import World
from .owned_records import add_or_replace, all_records, owner_of


@dataclass(slots=True, kw_only=True)
class Extension(Record):
    """A SIP account of a customer."""

    customer_id: str
    name: str = ""
    detail: str = ""
    extension: str
    password: str = field(default="", repr=False)
    direct_hash: str = ""

    @property
    def domain_name(self) -> str:
        return self.customer_id

    @property
    def username(self) -> str:
        return self.extension


ADDED: Section[Table[Extension]] = Section.late("extensions", lambda: Table(owner_of))
"""The extensions that were added as records."""


def add_extension(
    world: World, customer: Customer, extension: str, contacts: Iterable[str], deleted: bool, fields: Mapping[str, Any]
) -> Extension:
    """Add an extension, or replace the one that the customer already has. A deleted one has no contacts."""
    now = world.clock.timestamp()
    record = _record(world, customer, extension, now, fields)
    KNOWN.add(record.password)
    if deleted:
        record.tm_update = record.tm_delete = now
    extensions = dict(customer.extensions)
    extensions.pop(extension, None)
    customer.extensions = extensions if deleted else {**extensions, extension: tuple(contacts)}
    return add_or_replace(ADDED.of(world.state), record)


def all_extensions(world: World) -> Table[Extension]:
    """Return the extensions of all customers."""
    return all_records(world, ADDED, attrgetter("extensions"), _implicit)


def _implicit(world: World, customer: Customer, extension: str) -> Extension:
    """Return a record for an extension of a customer, as old as the customer."""
    return _record(world, customer, extension, customer.tm_create, {})


def _record(
    world: World, customer: Customer, extension: str, created: datetime, fields: Mapping[str, Any]
) -> Extension:
    id = world.ids.derived_uuid("extension", customer.id, extension)
    generated = {
        "password": world.ids.derived_password("extension", id),
        "direct_hash": world.ids.direct_hash(id),
    }
    return Extension(id=id, tm_create=created, customer_id=customer.id, extension=extension, **{**generated, **fields})
