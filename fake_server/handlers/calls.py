"""/calls: reading, placing, hanging up and deleting calls (calls.md 1 and 7)."""

from __future__ import annotations

from typing import Any

from ...contracts.models.requests import CallRequest
from ...contracts.rules import calls as rules
from ...contracts.rules import lists as list_rules
from ...contracts.rules import providercalls as providercall_rules
from ...contracts.uuids import NIL, gofrs
from .. import actions, calling, events, flowing, placing
from ..context import Context
from ..lists import Paging
from ..records import START, Call

_KIB = 1024


def list_(ctx: Context) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.asker.customer_id
    return paging.answer(ctx, ctx.state.calls, owner=owner, readable=list_rules.token_readable_by_calls)


def create(ctx: Context) -> dict[str, Any]:
    body = ctx.body(CallRequest)
    why = _variables_complaint(body.variables or {})
    ctx.require(rules.variables_small, why is None, why=why)
    ctx.authorise()
    customer = ctx.state.customers[ctx.asker.customer_id]
    destinations = tuple(calling.address(sent) for sent in body.destinations)
    verified = customer.identity_verification_status == "verified"
    ctx.require(rules.identity_verified_for_tel, verified or all(one.type != "tel" for one in destinations))
    ctx.require(rules.balance_is_payment_required, calling.has_balance(customer))
    order = calling.Order(
        source=calling.address(body.source), flow_id=_flow(ctx, body), anonymous=body.anonymous or "auto"
    )
    placed = placing.place(ctx, order, destinations)
    ctx.require(rules.something_placed, placed)
    answer: dict[str, Any] = {"calls": [ctx.fake.render(call) for call in placed.calls]}
    if not ctx.breaks(rules.answers_calls_and_groupcalls):
        answer["groupcalls"] = [ctx.fake.render(groupcall) for groupcall in placed.groupcalls]
    return answer


def get(ctx: Context) -> dict[str, Any]:
    call = _existing(ctx)
    ctx.fake.lifecycle.poll(call)
    ctx.entry.at = ctx.fake.clock.now()
    answer = ctx.fake.render(call)
    if call.status == "dialing" and ctx.breaks(providercall_rules.answers_while_dialing):
        answer["status"] = "progressing"
    if ctx.breaks(rules.shows_status_and_metadata):
        answer.pop("metadata", None)
    return answer


def delete(ctx: Context) -> dict[str, Any]:
    call = _existing(ctx)
    if not ctx.breaks(rules.delete_hangs_up):
        ctx.fake.lifecycle.hang_up(call)
    call.tm_update = call.tm_delete = ctx.fake.clock.stamp()
    events.emit(ctx.fake, "call_deleted", call)
    return ctx.fake.render(call)


def hangup(ctx: Context) -> dict[str, Any]:
    call = _existing(ctx)
    if call.orphan and call.status == "dialing":
        _hang_up_orphan(ctx, call)
    if (call.status in ("dialing", "ringing") and ctx.breaks(rules.hangup_before_answer_cancels)) or (
        call.status == "progressing" and ctx.breaks(rules.hangup_after_answer_terminates)
    ):
        ctx.fake.lifecycle.end(call)
    elif call.status == "hangup" and ctx.breaks(rules.hangup_again_changes_nothing):
        call.tm_update = ctx.fake.clock.stamp()
    else:
        ctx.fake.lifecycle.hang_up(call)
    return ctx.fake.render(call)


def _hang_up_orphan(ctx: Context, call: Call) -> None:
    """A call without a channel becomes `canceling` before anybody misses the channel, and stays so (calls.md 3.9)."""
    ctx.fake.lifecycle.hang_up(call)
    ctx.time_out(rules.channel_exists)


def _existing(ctx: Context) -> Call:
    """The call in the path: looked up before the asker's tier is checked, so that an id's existence shows."""
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.asker.kind != "direct")
    call = ctx.state.calls.get(id)
    ctx.require(rules.exists, call is not None)
    if call is None:
        return _nothing(ctx, id)
    ctx.require(rules.not_deleted, call.tm_delete is None)
    ctx.authorise_on(call.customer_id, rules.own_customer_only)
    return call


def _nothing(ctx: Context, id: str) -> Call:
    """What a server shows that does not mind that a call does not exist."""
    return Call(
        id=id,
        tm_create=ctx.fake.clock.now(),
        customer_id=NIL,
        flow_id=NIL,
        activeflow_id=NIL,
        source=calling.address(None),
        destination=calling.address(None),
        action=START,
        lifecycle=ctx.fake.lifecycle,
    )


def _flow(ctx: Context, body: CallRequest) -> str:
    """The flow that the calls follow: the one that is named, if its id can be read, else a temporary one."""
    id = gofrs(body.flow_id or "") or NIL
    if id == NIL:
        if ctx.breaks(rules.temporary_flow_always):
            return NIL
        return flowing.temporary_flow(ctx, actions.build(ctx, body.actions), "tmp outbound flow").id
    flow = flowing.known_flow(ctx.fake, id)
    ctx.require(rules.flow_exists, flow is not None and flow.tm_delete is None)
    ctx.require(rules.flow_is_own, flow is None or flow.customer_id == ctx.asker.customer_id)
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
