"""Records that a customer has implicitly, because one of its fields names them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from operator import attrgetter
from typing import TypeVar

from ..records import Record
from ..state import Table

R = TypeVar("R", bound=Record)
owner_of = attrgetter("customer_id")
_TICK = timedelta(microseconds=1)


def add_or_replace(added: Table[R], record: R) -> R:
    """Add a record in place of the one with the same id, if there is one."""
    if (replaced := added.get(record.id)) is not None:
        added.remove(replaced)
    return added.add(record)


def with_implicit(added: Table[R], implicit: Iterable[R]) -> Table[R]:
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
