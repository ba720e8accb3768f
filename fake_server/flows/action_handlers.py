"""What each action does (flows.md 3.5), one function an action type: it gives the seconds that the action takes.

0 goes on at once, `inf` waits for something to happen: a digit, the end of a bridge. Durations that depend on a voice
or a recording are plausible, no more.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from math import inf
from typing import TYPE_CHECKING, Any

from ...contracts.go_uuids import NIL
from ...contracts.models import actions as options
from ...contracts.rules import activeflows as rules
from ...contracts.rules import calls as call_rules
from ..calls import creation, placement
from ..gateway.request_context import RequestContext, system_context
from ..world.records import Action
from . import action_builder, conditions, lookup
from .variables import DIGITS

if TYPE_CHECKING:
    from ..core import FakeVoipbin
    from ..world.records import Activeflow, Call
    from .variables import Variables

_CHARACTERS_A_SECOND = 15
_PLAYBACK = 5.0
"""Seconds of each file that is played."""
_BEEP = 0.5
_DETECTION = 2.0
"""Seconds that it takes to tell a machine from a person."""
_SERVICE = 10.0
"""Seconds in a conference, in a queue, or with an AI."""
_TALK = 10.0
"""Seconds that people talk who were connected."""
_ECHO = 180_000
"""Milliseconds, unless told."""
_TAG = re.compile(r"<[^>]*>")


class ActionFailed(Exception):
    """An action's work fails; the text says why."""


class ActionContext(ABC):
    """What actions work with: the activeflow that is executed, its call, and the order of its actions."""

    fake: FakeVoipbin
    activeflow: Activeflow
    call: Call
    variables: Variables

    @abstractmethod
    def jump(self, target: str) -> None:
        """Go on with an action of this list or of one below it. Raises CannotGoOn for an unknown one."""

    @abstractmethod
    def push(self, actions: tuple[Action, ...]) -> None:
        """Execute a list of actions now, and go on here after it."""

    @abstractmethod
    def rewrite(self, option: Mapping[str, Any]) -> None:
        """Give the present action another option, for the next time that it is executed."""

    @abstractmethod
    def finish(self) -> None:
        """End as after the last action."""


ActionHandler = Callable[[ActionContext, Any], float]


# media


def _talk(run: ActionContext, option: options.TalkOption) -> float:
    run.call.said = (*run.call.said, option.text)
    if option.async_ or not run.fake.enforces(rules.talk_takes_time):
        return 0
    return max(1.0, len(_TAG.sub("", option.text)) / _CHARACTERS_A_SECOND)


def _lasts(seconds: Callable[[Any], float]) -> ActionHandler:
    """An action of which a client sees only that it takes its time."""
    return lambda _, option: seconds(option)


def _digits_send(option: options.DigitsSendOption) -> float:
    count = len(option.digits)
    return max(0, option.duration * count + option.interval * (count - 1)) / 1000


def _digits_receive(run: ActionContext, option: options.DigitsReceiveOption) -> float:
    if _digits_suffice(run, option) or option.duration <= 0:
        return 0
    run.fake.call_engine.schedule_digits(run.call)
    return option.duration / 1000


def handle_digit(run: ActionContext, digit: str) -> bool:
    """Have the present action take a digit; whether it comes to its end by that."""
    action = run.activeflow.current_action
    if action.type == "digits_receive":
        run.variables[DIGITS] += digit
        return _digits_suffice(run, options.DigitsReceiveOption.model_validate(action.option))
    run.variables[DIGITS] = digit
    return action.type == "talk" and action.option.get("digits_handle") == "next"


def _digits_suffice(run: ActionContext, option: options.DigitsReceiveOption) -> bool:
    """Whether the digits that were pressed so far are all that is wanted."""
    digits, length = run.variables[DIGITS], option.length
    if not option.key and run.fake.flag(rules.one_digit_by_default):
        length = length or 1
    return 0 < length <= len(digits) or any(digit in option.key for digit in digits)


def _amd(run: ActionContext, option: options.AmdOption) -> float:
    if run.call.behaviour is not None and run.call.behaviour.machine and option.machine_handle == "hangup":
        run.fake.call_engine.schedule(run.call, "detect", _DETECTION)
        return 0 if option.async_ else inf
    return 0 if option.async_ else _DETECTION


def _recording_start(run: ActionContext, option: options.RecordingStartOption) -> float:
    if run.call.recording_id == NIL:
        run.call.recording_id = run.fake.ids.uuid()
        run.call.recording_ids = (*run.call.recording_ids, run.call.recording_id)
    return 0


def _recording_stop(run: ActionContext, option: options.NoOption) -> float:
    run.call.recording_id = NIL
    return 0


# the order of actions


def _goto(run: ActionContext, option: options.GotoOption) -> float:
    if option.loop_count > 0:
        run.jump(option.target_id)
        # The servers lose a count of zero, and loop until the execution limit (flows.md 3.6).
        if run.fake.flag(rules.goto_counts) or option.loop_count > 1:
            run.rewrite({**run.activeflow.current_action.option, "loop_count": option.loop_count - 1})
    return 0


def _branch(run: ActionContext, option: options.BranchOption) -> float:
    name = option.variable or DIGITS
    value = run.variables[name]
    run.variables[name] = ""
    run.jump(option.target_ids.get(value, option.default_target_id))
    return 0


def _unless(met: Callable[[ActionContext, Any], bool]) -> ActionHandler:
    def go_elsewhere(run: ActionContext, option: Any) -> float:
        if not met(run, option):
            run.jump(option.false_target_id)
        return 0

    return go_elsewhere


def _has_digits(run: ActionContext, option: options.ConditionCallDigitsOption) -> bool:
    digits = run.variables[DIGITS]
    return 0 != option.length <= len(digits) or (option.key != "" and option.key in digits)


def _has_status(run: ActionContext, option: options.ConditionCallStatusOption) -> bool:
    return option.status == run.call.status


def _is_time(run: ActionContext, option: options.ConditionDatetimeOption) -> bool:
    return conditions.time_matches(option, run.fake.clock.now(), run.fake.edition)


def _is_variable(run: ActionContext, option: options.ConditionVariableOption) -> bool:
    text = option.variable
    if run.fake.flag(rules.condition_words) and run.variables.has(text):
        text = run.variables[text]
    return conditions.variable_matches(option, text, run.fake.edition)


def _fetch(run: ActionContext, option: options.FetchOption) -> float:
    fetched = run.fake.state.fetchable.get(option.event_url)
    if fetched is None:
        raise ActionFailed(f"nothing is known at {option.event_url!r}; add_fetchable says what there is")
    run.push(fetched)
    return 0


def _fetch_flow(run: ActionContext, option: options.FetchFlowOption) -> float:
    flow = lookup.find_flow(run.fake, option.flow_id)
    if flow is None or flow.customer_id != run.activeflow.customer_id:
        raise ActionFailed(f"there is no flow {option.flow_id} of this customer's")
    run.push(flow.actions)
    return 0


def _stop(run: ActionContext, option: options.NoOption) -> float:
    run.finish()
    return 0


def _variable_set(run: ActionContext, option: options.VariableSetOption) -> float:
    run.variables[option.key] = option.value
    return 0


# other calls, and the end of this one


def _hangup(run: ActionContext, option: options.HangupOption) -> float:
    reason = option.reason
    if option.reference_id != NIL:
        other = run.fake.state.calls.get(option.reference_id)
        reason = "" if other is None else other.hangup_reason
    amd = reason == "amd" and run.fake.enforces(call_rules.only_amd_shows)
    run.fake.call_engine.hang_up(run.call, "amd" if amd else "normal")
    return 0


def _call(run: ActionContext, option: options.CallOption) -> float:
    """Other calls, which have a life of their own unless they are chained to this one."""
    ctx = system_context(run.fake, run.activeflow.customer_id)
    if option.source is None:
        raise ActionFailed("a call action needs a source")
    flow_id = option.flow_id
    if flow_id == NIL:
        flow_id = lookup.create_temporary_flow(ctx, action_builder.build(ctx, option.actions), name="", detail="").id
    _place(ctx, run, option, flow_id, chained=option.chained)
    return 0


def _connect(run: ActionContext, option: options.ConnectOption) -> float:
    """Others are called, and whoever answers talks to this call, in a bridge that both are in until one leaves."""
    ctx = system_context(run.fake, run.activeflow.customer_id)
    bridge = run.fake.ids.uuid()
    join = {"confbridge_id": bridge}
    steps = (_made(run, "confbridge_join", join), _made(run, "hangup"))
    flow = lookup.create_temporary_flow(ctx, steps, "tmp flow for action connect")
    run.fake.state.bridges[bridge] = flow.id
    placed = _place(ctx, run, option, flow.id, chained=True)
    if not placed:
        raise ActionFailed("nobody could be called")
    relay = option.relay_reason and not placed.groupcalls
    ending = (_made(run, "hangup", {"reference_id": placed.calls[0].id}),) if relay else ()
    run.push((_made(run, "confbridge_join", join), *ending))
    return 0


def _place(
    ctx: RequestContext,
    run: ActionContext,
    option: options.CallOption | options.ConnectOption,
    flow_id: str,
    *,
    chained: bool,
) -> placement.PlacementResult:
    order = creation.DialRequest(
        source=creation.address(option.source),
        flow_id=flow_id,
        anonymous=option.anonymous or "auto",
        master_call_id=run.call.id if chained else NIL,
    )
    placed = placement.place(ctx, order, [creation.address(sent) for sent in option.destinations])
    if chained:
        groupcalls = tuple(groupcall.id for groupcall in placed.groupcalls)
        run.call.chained_groupcall_ids += groupcalls
        run.fake.call_engine.chain(run.call, placed.calls)
    return placed


def _made(run: ActionContext, type: str, option: Mapping[str, Any] | None = None) -> Action:
    return Action(id=run.fake.ids.uuid(), type=type, option=option or {})


def _confbridge_join(run: ActionContext, option: options.ConfbridgeJoinOption) -> float:
    """In the bridge until the other side leaves. Those who were called talk for a while, and hang up."""
    flow_id = run.fake.state.bridges.get(option.confbridge_id)
    if flow_id is None:
        raise ActionFailed(f"there is no bridge {option.confbridge_id}")
    if run.call.flow_id == flow_id:
        run.fake.call_engine.schedule_remote_hangup(run.call, _TALK)
    return inf


def _webhook_send(run: ActionContext, option: options.WebhookSendOption) -> float:
    """The answer is discarded, and sets no variables."""
    customer = run.activeflow.customer_id
    run.fake.webhooks.send(customer, option.uri, option.method, option.data_type, option.data)
    return 0


_AT_ONCE = _lasts(lambda _: 0)
"""What nobody sees in a call: it is shown as done."""
_SERVED = _lasts(lambda _: _SERVICE)
"""A conference, a queue, an AI: none exists here; somebody is taken to be there for a while."""
_ECHOED = _lasts(lambda option: (option.duration if option.duration > 0 else _ECHO) / 1000)

ACTION_HANDLERS: Mapping[str, ActionHandler] = {
    **dict.fromkeys(options.ACTIONS, _AT_ONCE),
    "ai_talk": _SERVED,
    "amd": _amd,
    "beep": _lasts(lambda _: _BEEP),
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
    "digits_send": _lasts(_digits_send),
    "echo": _ECHOED,
    "fetch": _fetch,
    "fetch_flow": _fetch_flow,
    "goto": _goto,
    "hangup": _hangup,
    "play": _lasts(lambda option: _PLAYBACK * len(option.stream_urls)),
    "queue_join": _SERVED,
    "recording_start": _recording_start,
    "recording_stop": _recording_stop,
    "sleep": _lasts(lambda option: option.duration / 1000),
    "stop": _stop,
    "stream_echo": _ECHOED,
    "talk": _talk,
    "variable_set": _variable_set,
    "webhook_send": _webhook_send,
}
"""What each action does, by its type."""
