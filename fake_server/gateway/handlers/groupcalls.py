"""/groupcalls: creating, reading, hanging up and deleting groupcalls (calls.md 5)."""

from __future__ import annotations

from typing import Any

from ....contracts.formats.go_uuids import NIL, parse_gofrs
from ....contracts.models.requests import GroupcallRequest
from ....contracts.rules import calls as call_rules
from ....contracts.rules import groupcalls as rules
from ....contracts.rules import lists as list_rules
from ...calls.creation import DestinationDropped
from ...calls.groupcalls import RING_METHODS
from ...flows import action_builder
from ...wire.addresses import address_of
from ...world.records import Groupcall
from ...world.values import DialRequest
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import STAFF, Tier
from .changes import soft_delete


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.principal.customer_id
    return paging.page(ctx, ctx.state.groupcalls, owner=owner, valid=list_rules.page_token_valid_for_calls)


def create(ctx: RequestContext) -> dict[str, Any]:
    """Create a groupcall. Unlike POST /calls, it checks neither the flow's owner nor the customer's identity (5.2)."""
    body = ctx.body(GroupcallRequest)
    ctx.authorise()
    request = DialRequest(source=address_of(body.source), flow_id=_flow(ctx, body), anonymous="auto")
    destinations = list(map(address_of, body.destinations))
    ring_method = body.ring_method or "ring_all"
    ctx.require(rules.destinations_given, destinations)
    ctx.require(rules.ring_method_known, ring_method in RING_METHODS)
    if ring_method == "linear":
        ring_method = ctx.follows(rules.linear_rings_one_after_the_other, ring_method)
    try:
        groupcall = ctx.calls.groupcalls.create(ctx, request, destinations, ring_method, body.answer_method)
    except DestinationDropped as error:
        ctx.entry.add_note(f"no groupcall was created: {error}")
        ctx.require(rules.destinations_given, False)
        raise
    return ctx.render(groupcall)


def get(ctx: RequestContext) -> dict[str, Any]:
    return ctx.render(_existing(ctx))


def delete(ctx: RequestContext) -> dict[str, Any]:
    groupcall = _existing(ctx)
    if groupcall.status != "hangup" and groupcall.tm_delete is None:
        ctx.apply(rules.delete_hangs_up, ctx.calls.groupcalls.hang_up, groupcall)
    if groupcall.tm_delete is not None:
        return ctx.render(ctx.follows(rules.deleted_still_readable, groupcall))
    soft_delete(ctx, groupcall)
    ctx.world.emit("groupcall_deleted", groupcall)
    return ctx.render(groupcall)


def hangup(ctx: RequestContext) -> dict[str, Any]:
    """Hang up a groupcall. One that has ended becomes `hangingup` again, and stays so (calls.md 0, trap 16)."""
    groupcall = _existing(ctx)
    ctx.apply(rules.hangup_reaches_every_call, ctx.calls.groupcalls.hang_up, groupcall)
    return ctx.render(groupcall)


def _flow(ctx: RequestContext, body: GroupcallRequest) -> str:
    id = parse_gofrs(body.flow_id or "") or NIL
    if id != NIL:
        return id
    ctx.require(call_rules.delegate_needs_flow, ctx.principal.kind != "delegate")
    return ctx.create_temporary_flow(action_builder.build(ctx, body.actions), "tmp outbound flow").id


def _existing(ctx: RequestContext) -> Groupcall:
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    if id not in ctx.state.groupcalls:
        ctx.calls.poll_leg(id)
    groupcall = ctx.require_value(rules.exists, ctx.state.groupcalls.get(id), id)
    ctx.authorise_owner(groupcall.customer_id, rules.own_customer_only)
    return groupcall


_TIER = Tier(STAFF, rules.staff_only, rules.no_direct_access)

ROUTES = (
    Route("GET", "/groupcalls", list_, _TIER),
    Route("POST", "/groupcalls", create, _TIER),
    Route("GET", "/groupcalls/{id}", get, _TIER),
    Route("DELETE", "/groupcalls/{id}", delete, _TIER),
    Route("POST", "/groupcalls/{id}/hangup", hangup, _TIER),
)
