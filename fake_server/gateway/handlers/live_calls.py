"""Live calls: hold, mute, music on hold, silence, speech and recordings (calls.md 1.10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....contracts.formats.go_uuids import NIL, parse_gofrs
from ....contracts.models.actions import RecordingStartOption
from ....contracts.models.requests import MuteRequest, RecordingRequest, TalkRequest
from ....contracts.models.zero_call import ZERO_CALL
from ....contracts.rule import Rule
from ....contracts.rules import calls as call_rules
from ....contracts.rules.telephony import live_calls as rules
from ...flows import recordings
from ...world.records import Call
from ..request_context import RequestContext
from ..route import Route
from ..tiers import STAFF, Tier
from .calls import existing_call

_DIRECTIONS = ("in", "out", "both")


def _switch(state: str, on: bool) -> Callable[[RequestContext], None]:
    """Return the handler that turns a state of a call on or off. No event tells a client about it."""

    def handle(ctx: RequestContext) -> None:
        call = existing_call(ctx, ctx.id())
        _require_channel(ctx, call, rules.controlled_while_live)
        setattr(call, state, on)
        return ctx.follows(rules.controls_answer_nothing, None)

    return handle


hold = _switch("held", True)
unhold = _switch("held", False)
start_music = _switch("music_on_hold", True)
stop_music = _switch("music_on_hold", False)
silence = _switch("silenced", True)
unsilence = _switch("silenced", False)


def mute(ctx: RequestContext) -> None:
    call, direction = _direction(ctx)
    _set_mute_direction(ctx, call, ctx.follows(rules.mute_has_a_direction, direction))


def unmute(ctx: RequestContext) -> None:
    call, direction = _direction(ctx)
    left = _without(call.mute_direction, direction)
    _set_mute_direction(ctx, call, ctx.follows(rules.unmute_leaves_the_other_direction, left))


def talk(ctx: RequestContext) -> None:
    id = ctx.id()
    body = ctx.body(TalkRequest)
    call = existing_call(ctx, id)
    _require_channel(ctx, call, rules.spoken_into_while_live)
    if call.status != "progressing":
        ctx.entry.add_note(f"the status of the call is {call.status!r}: nobody hears the text")
    call.said = (*call.said, body.text or "")
    return ctx.follows(rules.controls_answer_nothing, None)


def start_recording(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    body = ctx.body(RecordingRequest)
    call = existing_call(ctx, id)
    ctx.require(rules.one_recording_at_a_time, call.recording_id == NIL)
    # An orphan that a test has answered has no channel to record, and no activeflow for the recording's variables.
    ctx.require(rules.recorded_while_progressing, call.status == "progressing" and not call.orphan)
    option = RecordingStartOption(
        format=body.format,
        end_of_silence=body.end_of_silence,
        end_of_key=body.end_of_key,
        duration=body.duration,
        on_end_flow_id=parse_gofrs(body.on_end_flow_id) or NIL,
    )
    recordings.start(ctx.world, ctx.calls, ctx.state.activeflows[call.activeflow_id], call, option)
    return ctx.follows(rules.recording_is_shown, ctx.render(call))


def stop_recording(ctx: RequestContext) -> dict[str, Any]:
    call = existing_call(ctx, ctx.id())
    recorded = call.recording_id != NIL
    ctx.require(rules.recording_is_active, recorded)
    if not recorded:
        return dict(ZERO_CALL)
    ctx.flows.stop_recording(call)
    return ctx.render(call)


def _require_channel(ctx: RequestContext, call: Call, rule: Rule) -> None:
    ctx.require(rule, call.status != "hangup" and not call.orphan)


def _direction(ctx: RequestContext) -> tuple[Call, str]:
    """Return the call to mute or unmute, and the direction in the body."""
    id = ctx.id()
    direction = ctx.body(MuteRequest).direction or "both"
    call = existing_call(ctx, id)
    _require_channel(ctx, call, rules.controlled_while_live)
    ctx.require(rules.mute_direction_known, direction in _DIRECTIONS)
    return call, direction


def _without(muted: str, direction: str) -> str:
    """Return the direction that remains muted. The server compares only whole values: `in` without `both` is `in`."""
    if muted == direction:
        return ""
    return {"in": "out", "out": "in"}[direction] if muted == "both" else muted


def _set_mute_direction(ctx: RequestContext, call: Call, direction: str) -> None:
    call.mute_direction = direction
    call.tm_update = ctx.world.clock.timestamp()
    ctx.world.emit("call_updated", call)
    return ctx.follows(rules.controls_answer_nothing, None)


_TIER = Tier(STAFF, call_rules.staff_only, call_rules.no_direct_access)

ROUTES = (
    Route("POST", "/calls/{id}/hold", hold, _TIER),
    Route("DELETE", "/calls/{id}/hold", unhold, _TIER),
    Route("POST", "/calls/{id}/mute", mute, _TIER),
    Route("DELETE", "/calls/{id}/mute", unmute, _TIER),
    Route("POST", "/calls/{id}/moh", start_music, _TIER),
    Route("DELETE", "/calls/{id}/moh", stop_music, _TIER),
    Route("POST", "/calls/{id}/silence", silence, _TIER),
    Route("DELETE", "/calls/{id}/silence", unsilence, _TIER),
    Route("POST", "/calls/{id}/talk", talk, _TIER),
    Route("POST", "/calls/{id}/recording_start", start_recording, _TIER),
    Route("POST", "/calls/{id}/recording_stop", stop_recording, _TIER),
)
