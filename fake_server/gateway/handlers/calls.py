"""/calls: reading, placing, hanging up and deleting calls (calls.md 1 and 7)."""

from __future__ import annotations

from typing import Any

from ....contracts.go_uuids import NIL, parse_gofrs
from ....contracts.models.requests import CallRequest
from ....contracts.rules import calls as rules
from ....contracts.rules import lists as list_rules
from ....contracts.rules import providercalls as providercall_rules
from ...calls import creation, placement
from ...events import events
from ...flows import action_builder, lookup
from ...world.records import START, Call
from ..lists import Paging
from ..request_context import RequestContext

_KIB = 1024


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.principal.customer_id
    return paging.page(ctx, ctx.state.calls, owner=owner, readable=list_rules.page_token_valid_for_calls)


def create(ctx: RequestContext) -> dict[str, Any]:
    body = ctx.body(CallRequest)
    why = _variables_complaint(body.variables or {})
    ctx.require(rules.variables_small, why is None, why=why)
    ctx.authorise()
    customer = ctx.state.customers[ctx.principal.customer_id]
    destinations = tuple(creation.address(sent) for sent in body.destinations)
    verified = customer.identity_verification_status == "verified"
    ctx.require(rules.identity_verified_for_tel, verified or all(one.type != "tel" for one in destinations))
    ctx.require(rules.balance_is_payment_required, creation.has_balance(customer))
    order = creation.DialRequest(
        source=creation.address(body.source), flow_id=_flow(ctx, body), anonymous=body.anonymous or "auto"
    )
    placed = placement.place(ctx, order, destinations)
    ctx.require(rules.something_placed, placed)
    answer: dict[str, Any] = {"calls": [ctx.fake.render(call) for call in placed.calls]}
    if not ctx.is_broken(rules.answers_calls_and_groupcalls):
        answer["groupcalls"] = [ctx.fake.render(groupcall) for groupcall in placed.groupcalls]
    return answer


def get(ctx: RequestContext) -> dict[str, Any]:
    call = _existing(ctx)
    ctx.fake.call_engine.poll(call)
    ctx.entry.at = ctx.fake.clock.now()
    answer = ctx.fake.render(call)
    if call.status == "dialing" and ctx.is_broken(providercall_rules.answers_while_dialing):
        answer["status"] = "progressing"
    if ctx.is_broken(rules.shows_status_and_metadata):
        answer.pop("metadata", None)
    return answer


def delete(ctx: RequestContext) -> dict[str, Any]:
    call = _existing(ctx)
    if not ctx.is_broken(rules.delete_hangs_up):
        ctx.fake.call_engine.hang_up(call)
    call.tm_update = call.tm_delete = ctx.fake.clock.timestamp()
    events.emit(ctx.fake, "call_deleted", call)
    return ctx.fake.render(call)


def hangup(ctx: RequestContext) -> dict[str, Any]:
    call = _existing(ctx)
    if call.orphan and call.status == "dialing":
        _hang_up_orphan(ctx, call)
    if (call.status in ("dialing", "ringing") and ctx.is_broken(rules.hangup_before_answer_cancels)) or (
        call.status == "progressing" and ctx.is_broken(rules.hangup_after_answer_terminates)
    ):
        ctx.fake.call_engine.end(call)
    elif call.status == "hangup" and ctx.is_broken(rules.hangup_again_changes_nothing):
        call.tm_update = ctx.fake.clock.timestamp()
    else:
        ctx.fake.call_engine.hang_up(call)
    return ctx.fake.render(call)


def _hang_up_orphan(ctx: RequestContext, call: Call) -> None:
    """A call without a channel becomes `canceling` before anybody misses the channel, and stays so (calls.md 3.9)."""
    ctx.fake.call_engine.hang_up(call)
    ctx.fail_with_timeout(rules.channel_exists)


def _existing(ctx: RequestContext) -> Call:
    """The call in the path: looked up before the asker's tier is checked, so that an id's existence shows."""
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    call = ctx.state.calls.get(id)
    ctx.require(rules.exists, call is not None)
    if call is None:
        return _nothing(ctx, id)
    ctx.require(rules.not_deleted, call.tm_delete is None)
    ctx.authorise_owner(call.customer_id, rules.own_customer_only)
    return call


def _nothing(ctx: RequestContext, id: str) -> Call:
    """What a server shows that does not mind that a call does not exist."""
    return Call(
        id=id,
        tm_create=ctx.fake.clock.now(),
        customer_id=NIL,
        flow_id=NIL,
        activeflow_id=NIL,
        source=creation.address(None),
        destination=creation.address(None),
        action=START,
        call_engine=ctx.fake.call_engine,
    )


def _flow(ctx: RequestContext, body: CallRequest) -> str:
    """The flow that the calls follow: the one that is named, if its id can be read, else a temporary one."""
    id = parse_gofrs(body.flow_id or "") or NIL
    if id == NIL:
        if ctx.is_broken(rules.temporary_flow_always):
            return NIL
        return lookup.create_temporary_flow(ctx, action_builder.build(ctx, body.actions), "tmp outbound flow").id
    flow = lookup.find_flow(ctx.fake, id)
    ctx.require(rules.flow_exists, flow is not None and flow.tm_delete is None)
    ctx.require(rules.flow_is_own, flow is None or flow.customer_id == ctx.principal.customer_id)
    return id


def _variables_complaint(variables: dict[str, str]) -> str | None:
    """Why variables are refused, in the server's words (calls.md 1.6); None for good ones."""
    if len(variables) > 100:
        return "too many variables (max 100)"
    if any(len(value.encode()) > 32 * _KIB for value in variables.values()):
        return "variable value exceeds 32KB"
    if sum(len(key.encode()) + len(value.encode()) for key, value in variables.items()) > 64 * _KIB:
        return "variables total size exceeds 64KB"
    return None
