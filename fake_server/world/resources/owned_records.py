"""Records that a customer has implicitly, because one of its fields names them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from ..records import Customer, Record
from ..state import Section, Table
from ..world import World

R = TypeVar("R", bound=Record)
owner_of = attrgetter("customer_id")
_TICK = timedelta(microseconds=1)


def add_or_replace(added: Table[R], record: R) -> R:
    """Add a record in place of the one with the same id, if there is one."""
    if (replaced := added.get(record.id)) is not None:
        added.remove(replaced)
    return added.add(record)


class _Combined(NamedTuple):
    """A table of added and implicit records, and what it was made from."""

    added: Table[Any]
    latest: Record | None
    """The record that was added last. A later one, also in place of another, comes after it."""
    names: list[tuple[str, datetime, frozenset[str]]]
    """What the field of each customer names."""
    table: Table[Any]


_COMBINED: WeakKeyDictionary[World, dict[Section[Any], _Combined]] = WeakKeyDictionary()
"""The newest table of each kind. A request for one record must not make all of them."""


def all_records(
    world: World,
    section: Section[Table[R]],
    names_of: Callable[[Customer], Collection[str]],
    make: Callable[[World, Customer, str], R],
) -> Table[R]:
    """Return the records of all customers: those in a section, and one, as old as the customer, for each other name."""
    added, customers = section.of(world.state), world.state.customers.values()
    latest = next(iter(added.after(len(added) - 1)), None)
    names = [(one.id, one.tm_create, frozenset(names_of(one))) for one in customers]
    known = _COMBINED.setdefault(world, {}).get(section)
    if known is None or known.added is not added or known.latest is not latest or known.names != names:
        implicit = (make(world, customer, name) for customer in customers for name in sorted(names_of(customer)))
        known = _Combined(added, latest, names, _with_implicit(added, implicit))
        _COMBINED[world][section] = known
    return known.table


def _with_implicit(added: Table[R], implicit: Iterable[R]) -> Table[R]:
    """Return a table with the records that were added, and with the implicit ones that were not.

    A page begins below a time, so that records of the same time would be lost between two pages: the implicit ones of a
    customer are a microsecond apart, in their order.
    """
    records, counts = [*added.values()], Counter[str]()
    for one in implicit:
        if one.id not in added:
            one.tm_create -= counts[owner_of(one)] * _TICK
            records.append(one)
        # Also for one that was added: the times of the others never change.
        counts[owner_of(one)] += 1
    table: Table[R] = Table(owner_of)
    for one in sorted(records, key=attrgetter("tm_create")):
        table.add(one)
    return table
