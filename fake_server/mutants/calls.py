"""Mutants of the rules of /calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...contracts.formats.go_uuids import NIL
from ...contracts.models.requests import CallRequest
from ...contracts.rules import calls as rules
from ...contracts.rules.telephony import live_calls
from ..gateway.request_context import RequestContext
from ..world.records import Call
from ..world.values import Address
from ..world.world import RuleContext, World
from .registry import mutant

Json = dict[str, Any]


@mutant(rules.exists)
def invent_call(ctx: RequestContext, _: None, id: str) -> Call:
    # It has ended, so that nothing happens to it: it is not one of the fake's calls.
    return Call(
        id=id,
        tm_create=ctx.world.clock.now(),
        customer_id=ctx.principal.customer_id,
        flow_id=NIL,
        activeflow_id=NIL,
        source=Address(),
        destination=Address(),
        status="hangup",
        call_engine=ctx.calls,
    )


@mutant(rules.answers_calls_and_groupcalls)
def omit_groupcalls(ctx: RequestContext, response: Json, _: None) -> Json:
    return {"calls": response["calls"]}


@mutant(rules.shows_status_and_metadata)
def omit_metadata(ctx: RequestContext, response: Json, _: None) -> Json:
    return {key: value for key, value in response.items() if key != "metadata"}


@mutant(rules.customer_turns_on_rtp_debug)
def leave_it_off(ctx: RuleContext, flag: bool, _: None) -> bool:
    return False


@mutant(rules.hangup_before_answer_cancels)
@mutant(rules.hangup_after_answer_terminates)
def end_at_once(ctx: RequestContext, call: Call, _: None) -> None:
    ctx.calls.end(call)


@mutant(rules.hangup_again_changes_nothing)
def update_again(ctx: RequestContext, call: Call, _: None) -> Call:
    call.tm_update = ctx.world.clock.timestamp()
    return call


@mutant(rules.temporary_flow_always)
def no_temporary_flow(ctx: RequestContext, create: object, _: None) -> Callable[[RequestContext, CallRequest], str]:
    return lambda *_: NIL


@mutant(rules.rejected_call_fails)
@mutant(rules.busy_and_no_answer_differ)
def end_normally(world: World, reason: str, _: None) -> str:
    return "normal"


@mutant(live_calls.controls_answer_nothing)
def answer_an_object(ctx: RequestContext, nothing: None, _: None) -> Json:
    return {}


@mutant(live_calls.mute_has_a_direction)
def mute_both(ctx: RequestContext, direction: str, _: None) -> str:
    return "both"


@mutant(live_calls.unmute_leaves_the_other_direction)
def unmute_both(ctx: RequestContext, left: str, _: None) -> str:
    return ""


@mutant(live_calls.recording_is_shown)
def hide_recording(ctx: RequestContext, call: Json, _: None) -> Json:
    return {**call, "recording_id": NIL}
