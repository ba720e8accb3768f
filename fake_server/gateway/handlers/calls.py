"""/calls: reading, placing, hanging up and deleting calls (calls.md 1 and 7)."""

from __future__ import annotations

from typing import Any

from ....contracts.formats.go_uuids import NIL, parse_gofrs
from ....contracts.models.requests import CallRequest
from ....contracts.rules import calls as rules
from ....contracts.rules import lists as list_rules
from ....contracts.rules import providercalls as providercall_rules
from ...calls import creation
from ...flows import action_builder, lookup
from ...wire.addresses import address_of
from ...world.records import Call
from ...world.values import DialRequest
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import STAFF, Tier
from .changes import free_variables, soft_delete, variables_error


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.principal.customer_id
    return paging.page(ctx, ctx.state.calls, owner=owner, valid=list_rules.page_token_valid_for_calls)


def create(ctx: RequestContext) -> dict[str, Any]:
    body = ctx.body(CallRequest)
    error = variables_error(body.variables or {})
    ctx.require(rules.variables_small, error is None, why=error)
    ctx.authorise()
    customer = ctx.state.customers[ctx.principal.customer_id]
    destinations = tuple(map(address_of, body.destinations))
    verified = customer.identity_verification_status == "verified"
    ctx.require(rules.identity_verified_for_tel, verified or all(one.type != "tel" for one in destinations))
    ctx.require(rules.balance_is_payment_required, creation.has_balance(customer))
    request = DialRequest(
        source=address_of(body.source),
        flow_id=_flow(ctx, body),
        anonymous=body.anonymous or "auto",
        variables=_variables(ctx, body.variables or {}),
    )
    placed = ctx.calls.place(ctx, request, destinations)
    if placed.no_route:
        _fail_without_route(ctx)
    ctx.require(rules.something_placed, placed)
    response = {
        "calls": [ctx.render(ctx.state.calls[id]) for id in placed.call_ids],
        "groupcalls": [ctx.render(groupcall) for groupcall in placed.groupcalls],
    }
    return ctx.follows(rules.answers_calls_and_groupcalls, response)


def _fail_without_route(ctx: RequestContext) -> None:
    from ....contracts.rules.routing.dialroutes import route_exists

    ctx.fail_with_timeout(route_exists)


def get(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    ctx.calls.poll_leg(id)
    call = existing_call(ctx, id)
    ctx.calls.poll(call)
    ctx.entry.at = ctx.world.clock.now()
    response = ctx.render(call)
    if call.status == "dialing":
        response = ctx.follows(providercall_rules.answers_while_dialing, response)
    return ctx.follows(rules.shows_status_and_metadata, response)


def delete(ctx: RequestContext) -> dict[str, Any]:
    call = existing_call(ctx, ctx.id())
    ctx.apply(rules.delete_hangs_up, ctx.calls.hang_up, call)
    soft_delete(ctx, call)
    ctx.world.emit("call_deleted", call)
    return ctx.render(call)


def hangup(ctx: RequestContext) -> dict[str, Any]:
    call = existing_call(ctx, ctx.id())
    if call.orphan and call.status == "dialing":
        # Without a channel it becomes `canceling` before the missing channel is noticed, and stays so (calls.md 3.9).
        ctx.calls.hang_up(call)
        ctx.fail_with_timeout(rules.channel_exists)
    if call.status in ("dialing", "ringing"):
        ctx.apply(rules.hangup_before_answer_cancels, ctx.calls.hang_up, call)
    elif call.status == "progressing":
        ctx.apply(rules.hangup_after_answer_terminates, ctx.calls.hang_up, call)
    elif call.status == "hangup":
        call = ctx.follows(rules.hangup_again_changes_nothing, call)
    return ctx.render(call)


def existing_call(ctx: RequestContext, id: str) -> Call:
    """Return a call. The tier is checked afterwards, so the response reveals whether it exists."""
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    call = ctx.require_value(rules.exists, ctx.state.calls.get(id), id)
    ctx.require(rules.not_deleted, call.tm_delete is None)
    ctx.authorise_owner(call.customer_id, rules.own_customer_only)
    return call


def _flow(ctx: RequestContext, body: CallRequest) -> str:
    """Return the id of the flow that the calls follow: the given one if its id is valid, else a temporary one."""
    id = parse_gofrs(body.flow_id or "") or NIL
    if id == NIL:
        return ctx.follows(rules.temporary_flow_always, _temporary_flow)(ctx, body)
    flow = lookup.find_flow(ctx.world, id)
    ctx.require(rules.flow_exists, flow is not None)
    ctx.require(rules.flow_not_deleted, flow is None or flow.tm_delete is None)
    ctx.require(rules.flow_is_own, flow is None or flow.customer_id == ctx.principal.customer_id)
    return id


def _temporary_flow(ctx: RequestContext, body: CallRequest) -> str:
    ctx.require(rules.delegate_needs_flow, ctx.principal.kind != "delegate")
    return ctx.create_temporary_flow(action_builder.build(ctx, body.actions), "tmp outbound flow").id


def _variables(ctx: RequestContext, sent: dict[str, str]) -> dict[str, str]:
    """Return the variables that reach the flow."""
    if not sent or not ctx.flag(rules.variables_reach_the_flow):
        return {}
    return free_variables(sent)


_TIER = Tier(STAFF, rules.staff_only, rules.no_direct_access)

ROUTES = (
    Route("GET", "/calls", list_, _TIER),
    Route("POST", "/calls", create, _TIER),
    Route("GET", "/calls/{id}", get, _TIER),
    Route("DELETE", "/calls/{id}", delete, _TIER),
    Route("POST", "/calls/{id}/hangup", hangup, _TIER),
)
