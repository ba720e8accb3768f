"""From destinations to calls: which become calls, which groupcalls, and which are dropped (calls.md 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..contracts.rules import providercalls as rules
from . import advice, calling, grouping
from .context import Context
from .records import Address, Call, Groupcall


@dataclass(slots=True)
class Placed:
    """What came of an order."""

    calls: list[Call] = field(default_factory=list)
    groupcalls: list[Groupcall] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.calls or self.groupcalls)


def place(ctx: Context, order: calling.Order, destinations: Sequence[Address]) -> Placed:
    """Dial each destination, in order. One that fails is dropped; the journal tells why."""
    placed = Placed()
    if order.anonymous not in rules.KNOWN_ANONYMOUS:
        ctx.entry.advise(advice.unknown_anonymous(order.anonymous))
    for destination in destinations:
        try:
            if destination.type in grouping.TYPES and not ctx.breaks(rules.groups_become_groupcalls):
                placed.groupcalls.append(grouping.of_one(ctx, order, destination))
            else:
                placed.calls.append(calling.call(ctx, order, destination))
        except calling.Dropped as dropped:
            ctx.entry.note(f"the destination {destination.target!r} was dropped: {dropped}")
    return placed
