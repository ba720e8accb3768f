"""Placement: which destinations become calls, which become groupcalls, and which are dropped (calls.md 3.1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ...contracts.rules import providercall_placement as rules
from ..world.records import Groupcall, PlacementResult
from ..world.values import Address, DialRequest
from ..world.world import RuleContext
from . import GROUP_TYPES, creation

if TYPE_CHECKING:
    from .groupcalls import Groupcalls


def place(
    ctx: RuleContext, find_groupcalls: Callable[[], Groupcalls], request: DialRequest, destinations: Sequence[Address]
) -> PlacementResult:
    """Dial each destination, in order. Those that cannot be dialled are dropped, with a note in the journal."""
    call_ids: list[str] = []
    placed_groupcalls: list[Groupcall] = []
    no_route = False
    if request.anonymous not in rules.KNOWN_ANONYMOUS:
        ctx.entry.add_warning(
            f"`anonymous` is {request.anonymous!r}, which is dialled as `auto`; expected yes, no or auto"
        )
    for destination in destinations:
        try:
            if destination.type in GROUP_TYPES and ctx.enforces(rules.groups_become_groupcalls):
                placed_groupcalls.append(find_groupcalls().create_for_destination(ctx, request, destination))
            else:
                call_ids.append(creation.create_call(ctx, request, destination))
        except creation.DestinationDropped as error:
            ctx.entry.add_note(f"the destination {destination.target!r} was dropped: {error}")
            if isinstance(error, creation.NoRoute):
                no_route = True
                if error.crashes:
                    break
    return PlacementResult(call_ids, placed_groupcalls, no_route)
