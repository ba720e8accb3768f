"""Records that a customer has implicitly, because one of its fields names them."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import TypeVar

from ..records import Record
from ..state import Table

R = TypeVar("R", bound=Record)
owner_of = attrgetter("customer_id")


def with_implicit(added: Table[R], implicit: Iterable[R]) -> Table[R]:
    """Return a table with the records that were added, and with the implicit ones that were not."""
    records = [*added.values(), *(one for one in implicit if one.id not in added)]
    table: Table[R] = Table(owner_of)
    for one in sorted(records, key=attrgetter("tm_create")):
        table.add(one)
    return table
