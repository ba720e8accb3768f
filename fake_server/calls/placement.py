"""From destinations to calls: which become calls, which groupcalls, and which are dropped (calls.md 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...contracts.rules import providercalls as rules
from ..gateway import client_warnings
from ..gateway.request_context import RequestContext
from ..world.records import Address, Call, Groupcall
from . import creation
from . import groupcalls as grouping


@dataclass(slots=True)
class PlacementResult:
    """What came of an order."""

    calls: list[Call] = field(default_factory=list)
    groupcalls: list[Groupcall] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.calls or self.groupcalls)


def place(ctx: RequestContext, order: creation.DialRequest, destinations: Sequence[Address]) -> PlacementResult:
    """Dial each destination, in order. One that fails is dropped; the journal tells why."""
    placed = PlacementResult()
    if order.anonymous not in rules.KNOWN_ANONYMOUS:
        ctx.entry.add_warning(client_warnings.unknown_anonymous(order.anonymous))
    for destination in destinations:
        try:
            if destination.type in grouping.TYPES and not ctx.is_broken(rules.groups_become_groupcalls):
                placed.groupcalls.append(grouping.create_for_destination(ctx, order, destination))
            else:
                placed.calls.append(creation.create_call(ctx, order, destination))
        except creation.DestinationDropped as dropped:
            ctx.entry.add_note(f"the destination {destination.target!r} was dropped: {dropped}")
    return placed
