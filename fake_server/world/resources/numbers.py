"""Numbers: the telephone numbers of customers (accounts.md 3).

A customer's field `numbers` has those that it may call from. Each of them is a record, even if none was added for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from ....contracts.formats.go_uuids import NIL
from ..records import Customer, Record
from ..state import Section, Table
from ..values import customer_metadata
from ..world import World
from .owned_records import add_or_replace, all_records, owner_of


@dataclass(slots=True, kw_only=True)
class Number(Record):
    """A telephone number of a customer."""

    customer_id: str
    number: str
    type: str = "normal"
    call_flow_id: str = NIL
    message_flow_id: str = NIL
    name: str = ""
    detail: str = ""
    status: str = "active"
    t38_enabled: bool = False
    emergency_enabled: bool = False
    metadata: Mapping[str, Any] = field(default_factory=customer_metadata)
    tm_purchase: datetime | None = None
    tm_renew: datetime | None = None

    @property
    def may_call(self) -> bool:
        """Whether its customer may call from it."""
        return self.type == "normal" and self.status == "active" and self.tm_delete is None


ADDED: Section[Table[Number]] = Section.late("numbers", lambda: Table(owner_of))
"""The numbers that were added as records."""


def add_number(world: World, customer: Customer, number: str, deleted: bool, fields: Mapping[str, Any]) -> Number:
    """Add a number, or replace the one that the customer already has."""
    now = world.clock.timestamp()
    record = _record(world, customer, number, now, fields)
    if deleted:
        record.status, record.tm_update, record.tm_delete = "deleted", now, now
    customer.numbers = customer.numbers | {number} if record.may_call else customer.numbers - {number}
    return add_or_replace(ADDED.of(world.state), record)


def all_numbers(world: World) -> Table[Number]:
    """Return the numbers of all customers."""
    return all_records(world, ADDED, attrgetter("numbers"), _implicit)


def default_source(world: World, customer: Customer) -> str | None:
    """Return the number from which a customer calls if it owns no valid source (calls.md 3.6).

    Where it belongs to the outbound configuration, it must still be one that the customer may call from. Earlier
    servers, which show it with the customer, use any number.
    """
    number = all_numbers(world).get(customer.default_outgoing_source_number_id)
    checked = "Customer.default_outgoing_source_number_id" in world.edition.unsupported_fields
    if number is None or (checked and not (number.may_call and number.customer_id == customer.id)):
        return None
    return number.number


def as_record(world: World, number: Number) -> Number:
    """Return a number that can be changed: one that its customer begins with becomes a record that was added."""
    added = ADDED.of(world.state)
    return added.get(number.id) or added.add(number)


def _implicit(world: World, customer: Customer, number: str) -> Number:
    """Return a record for a number that a customer may call from, as old as the customer."""
    return _record(world, customer, number, customer.tm_create, {})


def _record(world: World, customer: Customer, number: str, created: datetime, fields: Mapping[str, Any]) -> Number:
    return Number(
        id=world.ids.derived_uuid("number", customer.id, number),
        tm_create=created,
        customer_id=customer.id,
        number=number,
        **{"tm_purchase": None if fields.get("type") == "virtual" else created, **fields},
    )
