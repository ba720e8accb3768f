"""/groupcalls: making, reading, hanging up and deleting groupcalls (calls.md 5)."""

from __future__ import annotations

from typing import Any

from ....contracts.go_uuids import NIL, parse_gofrs
from ....contracts.models.requests import GroupcallRequest
from ....contracts.rules import groupcalls as rules
from ....contracts.rules import lists as list_rules
from ...calls import creation, groupcalls
from ...events import events
from ...flows import action_builder, lookup
from ...world.records import Groupcall
from ..lists import Paging
from ..request_context import RequestContext


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.principal.customer_id
    return paging.page(ctx, ctx.state.groupcalls, owner=owner, readable=list_rules.page_token_valid_for_calls)


def create(ctx: RequestContext) -> dict[str, Any]:
    """Neither the flow's owner nor the customer's identity is looked at here, unlike for POST /calls (calls.md 5.2)."""
    body = ctx.body(GroupcallRequest)
    ctx.authorise()
    destinations = [creation.address(sent) for sent in body.destinations]
    ring_method = body.ring_method or "ring_all"
    ctx.require(rules.destinations_given, destinations)
    ctx.require(rules.ring_method_known, ring_method in groupcalls.RING_METHODS)
    order = creation.DialRequest(source=creation.address(body.source), flow_id=_flow(ctx, body), anonymous="auto")
    if ring_method == "linear" and ctx.is_broken(rules.linear_rings_one_after_the_other):
        ring_method = "ring_all"
    try:
        groupcall = groupcalls.create(ctx, order, destinations, ring_method, body.answer_method)
    except creation.DestinationDropped as dropped:
        ctx.entry.add_note(f"the groupcall was not made: {dropped}")
        ctx.require(rules.destinations_given, False)
        raise
    return ctx.fake.render(groupcall)


def get(ctx: RequestContext) -> dict[str, Any]:
    groupcall = _existing(ctx)
    return ctx.fake.render(groupcall)


def delete(ctx: RequestContext) -> dict[str, Any]:
    groupcall = _existing(ctx)
    if groupcall.status != "hangup" and groupcall.tm_delete is None and not ctx.is_broken(rules.delete_hangs_up):
        groupcalls.hang_up(ctx.fake, groupcall)
    if groupcall.tm_delete is None or ctx.is_broken(rules.deleted_still_readable):
        groupcall.tm_update = groupcall.tm_delete = ctx.fake.clock.timestamp()
        events.emit(ctx.fake, "groupcall_deleted", groupcall)
    return ctx.fake.render(groupcall)


def hangup(ctx: RequestContext) -> dict[str, Any]:
    """A groupcall that has ended becomes `hangingup` again, and stays so (calls.md 0, trap 16)."""
    groupcall = _existing(ctx)
    if not ctx.is_broken(rules.hangup_reaches_every_call):
        groupcalls.hang_up(ctx.fake, groupcall)
    return ctx.fake.render(groupcall)


def _flow(ctx: RequestContext, body: GroupcallRequest) -> str:
    id = parse_gofrs(body.flow_id or "") or NIL
    return (
        id
        if id != NIL
        else lookup.create_temporary_flow(ctx, action_builder.build(ctx, body.actions), "tmp outbound flow").id
    )


def _existing(ctx: RequestContext) -> Groupcall:
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    groupcall = ctx.state.groupcalls.get(id)
    ctx.require(rules.exists, groupcall is not None)
    if groupcall is None:
        return Groupcall(id=id, tm_create=ctx.fake.clock.now(), customer_id=NIL)
    ctx.authorise_owner(groupcall.customer_id, rules.own_customer_only)
    return groupcall
