"""The ladder: what happened around one call, from the client's request to the hang-up, with the rule at each step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

from ...contracts.go_uuids import NIL
from ...contracts.rules import activeflows, billings, calls, groupcalls, providercalls
from ..world.records import FINISH_ID
from . import hangup_causes

if TYPE_CHECKING:
    from ..core import FakeVoipbin
    from ..events.events import Event
    from ..world.journal import Exchange
    from ..world.records import Call

_CLIENT = "client  -> VoIPbin"
_OUT = "VoIPbin -> carrier"
_IN = "VoIPbin <- carrier"
_SELF = "VoIPbin"
_BY_TIMER = {"dialout": calls.dialling_is_limited, "timeout": calls.calls_are_limited}
"""The reasons of VoIPbin's own timers: the API says `remote` of them (calls.md 2.3)."""
_PLACING = {
    "/providercalls": providercalls.one_call_per_destination,
    "/calls": calls.answers_calls_and_groupcalls,
    "/groupcalls": groupcalls.one_call_per_address,
}
_PHRASES = {
    603: "Decline",
    486: "Busy Here",
    480: "Temporarily Unavailable",
    408: "Request Timeout",
    600: "Busy Everywhere",
}


class LadderStep(NamedTuple):
    """One step: when, who told whom, what, and the id of the rule that it follows."""

    at: datetime
    participants: str
    event: str
    rule: str = ""

    def seconds_after(self, start: datetime) -> float:
        """How long after the call was placed, the `start`."""
        # A request is written down before what it leads to, by a few ticks.
        return max(0.0, (self.at - start).total_seconds())

    def format(self, start: datetime) -> str:
        """The rung as a line: seconds since the call was placed, and the rest."""
        return f"{self.seconds_after(start):10.3f} s  {self.participants:18}  {self.event}" + (
            f"  [{self.rule}]" if self.rule else ""
        )


def ladder(fake: FakeVoipbin, call: Call) -> str:
    """A call's rungs, one line each, below a line that says how it stands."""
    end = f", {call.hangup_reason} ({call.hangup_by})" if call.status == "hangup" else ""
    lines = [rung.format(call.tm_create) for rung in ladder_steps(fake, call)]
    return "\n".join([f"call {call.id} to {call.destination.target}: {call.status}{end}", *lines])


def ladder_steps(fake: FakeVoipbin, call: Call) -> list[LadderStep]:
    """Everything that happened around a call, in the order of time."""
    invite = call.invite
    return sorted([*_asked(fake, call), *_invited(call, invite), *_happened(fake, call)], key=_at)


def _at(rung: LadderStep) -> datetime:
    return rung.at


def _asked(fake: FakeVoipbin, call: Call) -> Iterator[LadderStep]:
    """The request that placed the call, or its groupcall, and those about it since."""
    placing, placed = None, call.tm_create
    groupcall = fake.state.groupcalls.get(call.parent_groupcall_id)
    while groupcall is not None:
        placed, groupcall = groupcall.tm_create, fake.state.groupcalls.get(groupcall.master_groupcall_id)
    for entry in fake.requests:
        path = entry.url.partition("?")[0]
        if entry.method == "POST" and path.endswith(tuple(_PLACING)) and entry.at <= placed:
            placing = entry
        elif call.id in path:
            yield _request(entry, entry.refused_by or "")
    # A call that another one made, or a test, was placed by no request.
    if placing is not None and call.master_call_id == NIL:
        resource = "/" + placing.url.partition("?")[0].rpartition("/")[2]
        yield _request(placing, placing.refused_by or _PLACING[resource].id)


def _request(entry: Exchange, rule: str) -> LadderStep:
    became = f"{entry.status or 'nothing'}" + (", refused" if entry.refused_by else "")
    fault = f", fault: {entry.fault}" if entry.fault else ""
    return LadderStep(entry.at, _CLIENT, f"{entry.method} {entry.url.partition('?')[0]}: {became}{fault}", rule)


def _invited(call: Call, invite: Any) -> Iterator[LadderStep]:
    if invite is None:
        yield LadderStep(call.tm_create, _SELF, "no INVITE: an orphan call has no channel", calls.channel_exists.id)
        return
    caller = f'From "{invite.from_name}" <{invite.from_number}>'
    forced = providercalls.call_names_its_provider.id if call.provider_id != NIL else ""
    yield LadderStep(call.tm_create, _OUT, f"INVITE {invite.uri}, {caller}", forced)


def _happened(fake: FakeVoipbin, call: Call) -> Iterator[LadderStep]:
    for event in fake.events:
        if event.resource_id == call.id:
            yield from _of_event(fake, event, call)
    billing = fake.state.billings.get(call.billing_id)
    if billing is not None and billing.tm_update is not None:
        cost = f"{fake.ledger.cost_of(call):.2f} for {billing.usage_duration} s"
        yield LadderStep(billing.tm_update, _SELF, f"the bill: ${cost}", billings.started_minutes_count.id)


def _of_event(fake: FakeVoipbin, event: Event, call: Call) -> Iterator[LadderStep]:
    if event.type == "call_ringing":
        yield LadderStep(event.at, _IN, "180 Ringing")
    elif event.type == "call_progressing":
        yield LadderStep(event.at, _IN, "200 OK", billings.answered_is_billed.id)
    elif event.type == "call_canceling":
        yield LadderStep(event.at, _OUT, "CANCEL", calls.hangup_before_answer_cancels.id)
    elif event.type == "call_terminating":
        yield LadderStep(event.at, _OUT, "BYE", calls.hangup_after_answer_terminates.id)
    elif event.type == "call_updated" and event.data["action"]["tm_execute"] == fake.render.time(event.at):
        # Otherwise it is something else about the call that has changed.
        yield _action(event)
    elif event.type == "call_hangup" and call.hangup_by == "remote":
        yield _end(event, call)


def _action(event: Event) -> LadderStep:
    action = event.data["action"]
    if action["id"] == FINISH_ID:
        return LadderStep(event.at, _SELF, "the flow has come to its end", activeflows.end_hangs_up.id)
    spoken = action.get("option", {}).get("text")
    text = f" {spoken!r}" if isinstance(spoken, str) else ""
    return LadderStep(event.at, _SELF, f"action {action['type']}{text}", activeflows.executed_in_order.id)


def _end(event: Event, call: Call) -> LadderStep:
    if call.sip:
        return LadderStep(event.at, _IN, f"{call.sip} {_phrase(call.sip)}".rstrip(), hangup_causes.rule_of(call.sip).id)
    answered = call.tm_progressing is not None
    if call.hangup_reason in _BY_TIMER:
        return LadderStep(event.at, _OUT, "BYE" if answered else "CANCEL", _BY_TIMER[call.hangup_reason].id)
    return LadderStep(event.at, _IN, "BYE" if answered else "no answer to the INVITE")


def _phrase(code: int) -> str:
    """SIP took most of its phrases from HTTP."""
    return _PHRASES.get(code) or (HTTPStatus(code).phrase if code in HTTPStatus._value2member_map_ else "")
