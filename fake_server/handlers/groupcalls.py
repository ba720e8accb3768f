"""/groupcalls: making, reading, hanging up and deleting groupcalls (calls.md 5)."""

from __future__ import annotations

from typing import Any

from ...contracts.models.requests import GroupcallRequest
from ...contracts.rules import groupcalls as rules
from ...contracts.rules import lists as list_rules
from ...contracts.uuids import NIL, gofrs
from .. import actions, calling, events, flowing, grouping
from ..context import Context
from ..lists import Paging
from ..records import Groupcall


def list_(ctx: Context) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.asker.customer_id
    return paging.answer(ctx, ctx.state.groupcalls, owner=owner, readable=list_rules.token_readable_by_calls)


def create(ctx: Context) -> dict[str, Any]:
    """Neither the flow's owner nor the customer's identity is looked at here, unlike for POST /calls (calls.md 5.2)."""
    body = ctx.body(GroupcallRequest)
    ctx.authorise()
    destinations = [calling.address(sent) for sent in body.destinations]
    ring_method = body.ring_method or "ring_all"
    ctx.require(rules.destinations_given, destinations)
    ctx.require(rules.ring_method_known, ring_method in grouping.RING_METHODS)
    order = calling.Order(source=calling.address(body.source), flow_id=_flow(ctx, body), anonymous="auto")
    if ring_method == "linear" and ctx.breaks(rules.linear_rings_one_after_the_other):
        ring_method = "ring_all"
    try:
        groupcall = grouping.start(ctx, order, destinations, ring_method, body.answer_method)
    except calling.Dropped as dropped:
        ctx.entry.note(f"the groupcall was not made: {dropped}")
        ctx.require(rules.destinations_given, False)
        raise
    return ctx.fake.render(groupcall)


def get(ctx: Context) -> dict[str, Any]:
    groupcall = _existing(ctx)
    return ctx.fake.render(groupcall)


def delete(ctx: Context) -> dict[str, Any]:
    groupcall = _existing(ctx)
    if groupcall.status != "hangup" and groupcall.tm_delete is None and not ctx.breaks(rules.delete_hangs_up):
        grouping.hang_up(ctx.fake, groupcall)
    if groupcall.tm_delete is None or ctx.breaks(rules.deleted_still_readable):
        groupcall.tm_update = groupcall.tm_delete = ctx.fake.clock.stamp()
        events.emit(ctx.fake, "groupcall_deleted", groupcall)
    return ctx.fake.render(groupcall)


def hangup(ctx: Context) -> dict[str, Any]:
    """A groupcall that has ended becomes `hangingup` again, and stays so (calls.md 0, trap 16)."""
    groupcall = _existing(ctx)
    if not ctx.breaks(rules.hangup_reaches_every_call):
        grouping.hang_up(ctx.fake, groupcall)
    return ctx.fake.render(groupcall)


def _flow(ctx: Context, body: GroupcallRequest) -> str:
    id = gofrs(body.flow_id or "") or NIL
    return id if id != NIL else flowing.temporary_flow(ctx, actions.build(ctx, body.actions), "tmp outbound flow").id


def _existing(ctx: Context) -> Groupcall:
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.asker.kind != "direct")
    groupcall = ctx.state.groupcalls.get(id)
    ctx.require(rules.exists, groupcall is not None)
    if groupcall is None:
        return Groupcall(id=id, tm_create=ctx.fake.clock.now(), customer_id=NIL)
    ctx.authorise_on(groupcall.customer_id, rules.own_customer_only)
    return groupcall
