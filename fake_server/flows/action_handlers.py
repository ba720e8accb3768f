"""One function per action type (flows.md 3.5). It performs the action and returns its duration in seconds.

0 continues at once; `inf` waits for an event, such as a digit or the end of a bridge. Durations that depend on a voice
or a recording are only approximate.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from math import inf
from typing import Any

from ...contracts import models
from ...contracts.formats.go_uuids import NIL
from ...contracts.models.action_types import ACTIONS
from ...contracts.rules import activeflows as rules
from ...contracts.rules import calls as call_rules
from ..events.dispatcher import Webhooks
from ..wire.addresses import address_of
from ..world.records import Activeflow, Call, PlacementResult
from ..world.values import Action, DialRequest
from ..world.world import RuleContext, World
from . import action_builder, conditions, lookup, recordings
from .bridges import BRIDGES
from .call_control import CallControl
from .variables import DIGITS, Variables

_CHARACTERS_PER_SECOND = 15
_PLAYBACK = 5.0
"""Seconds per file."""
_BEEP = 0.5
_DETECTION = 2.0
"""Seconds until an answering machine is detected."""
_SERVICE = 10.0
"""Seconds in a conference, in a queue, or with an AI."""
_TALK = 10.0
"""Seconds that connected people talk."""
_ECHO = 180_000
"""Milliseconds, by default."""
_TAG = re.compile(r"<[^>]*>")


class ActionFailed(Exception):
    """An action failed. The message states the reason."""


class ActionContext(ABC):
    """What actions work with: the activeflow in execution, its call, and the order of its actions."""

    world: World
    calls: CallControl
    webhooks: Webhooks
    activeflow: Activeflow
    call: Call
    variables: Variables

    @abstractmethod
    def jump(self, target: str) -> None:
        """Continue with an action of this list or a list below it. Raises ActionFailed if there is none."""

    @abstractmethod
    def push(self, actions: tuple[Action, ...]) -> None:
        """Execute a list of actions now, then continue here."""

    @abstractmethod
    def rewrite(self, option: Mapping[str, Any]) -> None:
        """Change the option of the present action for its next execution."""

    @abstractmethod
    def finish(self) -> None:
        """Complete the flow, as after its last action."""

    @abstractmethod
    def stop_recording(self) -> None:
        """End the recording of the call, if there is one, and start the flow that it names."""


ActionHandler = Callable[[ActionContext, Any], float]


# media


def _talk(run: ActionContext, option: models.actions.TalkOption) -> float:
    run.call.said = (*run.call.said, option.text)
    if option.async_ or not run.world.enforces(rules.talk_takes_time):
        return 0
    # A tag that is never closed is text. Without this, each one would be compared with the whole rest: quadratic time.
    closed, bracket, rest = option.text.rpartition(">")
    return max(1.0, len(_TAG.sub("", closed + bracket) + rest) / _CHARACTERS_PER_SECOND)


def _takes(seconds: Callable[[Any], float]) -> ActionHandler:
    """Return the handler of an action that only takes time."""
    return lambda _, option: seconds(option)


def _timed(milliseconds: Callable[[Any], float]) -> ActionHandler:
    """Return the handler of an action that VoIPbin's timer ends."""
    return lambda run, option: _timer(run, milliseconds(option))


def _timer(run: ActionContext, milliseconds: float) -> float:
    """Return the seconds until VoIPbin's timer ends an action.

    The servers compare the action's start time, in nanoseconds, with that of the timer, in microseconds. The two
    differ, so the timer has no effect.
    """
    return max(0.0, milliseconds / 1000) if run.world.flag(rules.timed_actions_end) else inf


def _digits_send(option: models.actions.DigitsSendOption) -> float:
    count = len(option.digits)
    return option.duration * count + option.interval * (count - 1)


def _digits_receive(run: ActionContext, option: models.actions.DigitsReceiveOption) -> float:
    if _digits_suffice(run, option, run.variables[DIGITS]):
        return 0
    seconds = _timer(run, option.duration)
    if seconds > 0:
        run.calls.schedule_digits(run.call)
    return seconds


def handle_digit(run: ActionContext, digit: str) -> bool:
    """Pass a digit to the present action. Return whether that completes the action."""
    action = run.activeflow.current_action
    if action.type == "digits_receive":
        run.variables[DIGITS] += digit
        return _digits_suffice(run, models.actions.DigitsReceiveOption.model_validate(action.option), digit)
    run.variables[DIGITS] = digit
    return action.type == "talk" and action.option.get("digits_handle") == "next"


def _digits_suffice(run: ActionContext, option: models.actions.DigitsReceiveOption, new: str) -> bool:
    """Return whether the digits received so far complete the action. The `new` ones were not compared with its key."""
    digits, length = run.variables[DIGITS], option.length
    if not option.key and run.world.flag(rules.one_digit_by_default):
        length = length or 1
    return 0 < length <= len(digits) or any(digit in option.key for digit in new)


def _amd(run: ActionContext, option: models.actions.AmdOption) -> float:
    if run.call.behaviour is not None and run.call.behaviour.machine and option.machine_handle == "hangup":
        run.calls.schedule(run.call, "detect", _DETECTION)
        return 0 if option.async_ else inf
    return 0 if option.async_ else _DETECTION


def _recording_start(run: ActionContext, option: models.actions.RecordingStartOption) -> float:
    if run.call.recording_id == NIL:
        recordings.start(run.world, run.calls, run.activeflow, run.call, option)
    return 0


def _recording_stop(run: ActionContext, option: models.actions.NoOption) -> float:
    run.stop_recording()
    return 0


# the order of actions


def _goto(run: ActionContext, option: models.actions.GotoOption) -> float:
    if option.loop_count > 0:
        run.jump(option.target_id)
        # The servers lose a count of zero, and loop until the execution limit (flows.md 3.6).
        if run.world.flag(rules.goto_counts) or option.loop_count > 1:
            run.rewrite({**run.activeflow.current_action.option, "loop_count": option.loop_count - 1})
    return 0


def _branch(run: ActionContext, option: models.actions.BranchOption) -> float:
    name = option.variable or DIGITS
    value = run.variables[name]
    run.variables[name] = ""
    run.jump(option.target_ids.get(value, option.default_target_id))
    return 0


def _unless(holds: Callable[[ActionContext, Any], bool]) -> ActionHandler:
    def jump_otherwise(run: ActionContext, option: Any) -> float:
        if not holds(run, option):
            run.jump(option.false_target_id)
        return 0

    return jump_otherwise


def _has_digits(run: ActionContext, option: models.actions.ConditionCallDigitsOption) -> bool:
    digits = run.variables[DIGITS]
    return 0 != option.length <= len(digits) or (option.key != "" and option.key in digits)


def _has_status(run: ActionContext, option: models.actions.ConditionCallStatusOption) -> bool:
    return option.status == run.call.status


def _is_time(run: ActionContext, option: models.actions.ConditionDatetimeOption) -> bool:
    return conditions.time_matches(option, run.world.clock.now(), run.world.edition)


def _is_variable(run: ActionContext, option: models.actions.ConditionVariableOption) -> bool:
    text = option.variable
    if run.world.flag(rules.condition_words) and run.variables.has(text):
        text = run.variables[text]
    return conditions.variable_matches(option, text, run.world.edition)


def _fetch(run: ActionContext, option: models.actions.FetchOption) -> float:
    fetched = lookup.FETCHABLE.of(run.world.state).get(option.event_url)
    if fetched is None:
        raise ActionFailed(f"there are no actions at {option.event_url!r}; add some with add_fetchable()")
    run.push(fetched)
    return 0


def _fetch_flow(run: ActionContext, option: models.actions.FetchFlowOption) -> float:
    flow = lookup.find_flow(run.world, option.flow_id)
    if flow is None or flow.customer_id != run.activeflow.customer_id:
        raise ActionFailed(f"the customer has no flow {option.flow_id}")
    run.push(flow.actions)
    return 0


def _stop(run: ActionContext, option: models.actions.NoOption) -> float:
    run.finish()
    return 0


def _variable_set(run: ActionContext, option: models.actions.VariableSetOption) -> float:
    run.variables[option.key] = option.value
    return 0


# other calls, and the end of this one


def _hangup(run: ActionContext, option: models.actions.HangupOption) -> float:
    reason = option.reason
    if option.reference_id != NIL:
        other = run.world.state.calls.get(option.reference_id)
        reason = "" if other is None else other.hangup_reason
    amd = reason == "amd" and run.world.enforces(call_rules.only_amd_shows)
    run.calls.hang_up(run.call, "amd" if amd else "normal")
    return 0


def _call(run: ActionContext, option: models.actions.CallOption) -> float:
    """Place other calls, independent of this one unless they are chained."""
    ctx = run.world.system_context(run.activeflow.customer_id)
    if option.source is None:
        raise ActionFailed("a call action needs a source")
    flow_id = option.flow_id
    if flow_id == NIL:
        flow_id = lookup.create_temporary_flow(ctx, action_builder.build(ctx, option.actions), name="", detail="").id
    _place(ctx, run, option, flow_id, chained=option.chained)
    return 0


def _connect(run: ActionContext, option: models.actions.ConnectOption) -> float:
    """Call others. The first to answer joins a bridge with this call, until one of the two leaves."""
    ctx = run.world.system_context(run.activeflow.customer_id)
    bridge = run.world.ids.uuid()
    join = {"confbridge_id": bridge}
    steps = (_action(run, "confbridge_join", join), _action(run, "hangup"))
    flow = lookup.create_temporary_flow(ctx, steps, "tmp flow for action connect")
    BRIDGES.of(run.world.state).add(bridge, flow.id)
    placed = _place(ctx, run, option, flow.id, chained=True)
    if not placed:
        raise ActionFailed("nobody could be called")
    relay = option.relay_reason and not placed.groupcalls
    ending = (_action(run, "hangup", {"reference_id": placed.call_ids[0]}),) if relay else ()
    run.push((_action(run, "confbridge_join", join), *ending))
    return 0


def _place(
    ctx: RuleContext,
    run: ActionContext,
    option: models.actions.CallOption | models.actions.ConnectOption,
    flow_id: str,
    *,
    chained: bool,
) -> PlacementResult:
    request = DialRequest(
        source=address_of(option.source),
        flow_id=flow_id,
        anonymous=option.anonymous or "auto",
        master_call_id=run.call.id if chained else NIL,
        early_execution=option.early_media
        if isinstance(option, models.actions.ConnectOption)
        else option.early_execution,
    )
    placed = run.calls.place(ctx, request, [address_of(sent) for sent in option.destinations])
    if chained:
        groupcalls = tuple(groupcall.id for groupcall in placed.groupcalls)
        run.call.chained_groupcall_ids += groupcalls
    return placed


def _action(run: ActionContext, type: str, option: Mapping[str, Any] | None = None) -> Action:
    return Action(id=run.world.ids.uuid(), type=type, option=option or {})


def _confbridge_join(run: ActionContext, option: models.actions.ConfbridgeJoinOption) -> float:
    """Join a bridge until the other side leaves. Callees talk for a while, then hang up."""
    flow_id = BRIDGES.of(run.world.state).flow_of(option.confbridge_id)
    if flow_id is None:
        raise ActionFailed(f"there is no bridge {option.confbridge_id}")
    if run.call.flow_id == flow_id:
        run.calls.schedule_remote_hangup(run.call, _TALK)
    return inf


def _webhook_send(run: ActionContext, option: models.actions.WebhookSendOption) -> float:
    """Send a webhook. The response is discarded, and sets no variables."""
    customer = run.activeflow.customer_id
    run.webhooks.send(customer, option.uri, option.method, option.data_type, option.data)
    return 0


_AT_ONCE = _takes(lambda _: 0)
"""Actions without an effect on the call: they complete at once."""
_SERVED = _takes(lambda _: _SERVICE)
"""A conference, a queue or an AI: not simulated; somebody is assumed to be there for a while."""
_ECHOED = _timed(lambda option: option.duration if option.duration > 0 else _ECHO)

ACTION_HANDLERS: Mapping[str, ActionHandler] = {
    **dict.fromkeys(ACTIONS, _AT_ONCE),
    "ai_talk": _SERVED,
    "amd": _amd,
    "beep": _takes(lambda _: _BEEP),
    "block": _takes(lambda _: inf),
    "branch": _branch,
    "call": _call,
    "condition_call_digits": _unless(_has_digits),
    "condition_call_status": _unless(_has_status),
    "condition_datetime": _unless(_is_time),
    "condition_variable": _unless(_is_variable),
    "confbridge_join": _confbridge_join,
    "conference_join": _SERVED,
    "connect": _connect,
    "digits_receive": _digits_receive,
    "digits_send": _timed(_digits_send),
    "echo": _ECHOED,
    "fetch": _fetch,
    "fetch_flow": _fetch_flow,
    "goto": _goto,
    "hangup": _hangup,
    "play": _takes(lambda option: _PLAYBACK * len(option.stream_urls)),
    "queue_join": _SERVED,
    "recording_start": _recording_start,
    "recording_stop": _recording_stop,
    "sleep": _timed(lambda option: option.duration),
    "stop": _stop,
    "stream_echo": _ECHOED,
    "talk": _talk,
    "variable_set": _variable_set,
    "webhook_send": _webhook_send,
}
"""The handlers by action type."""
