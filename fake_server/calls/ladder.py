"""The ladder: everything that happened around one call, from the client's request to the hangup, with the rules."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from threading import Lock
from typing import NamedTuple
from weakref import WeakKeyDictionary

from ...contracts.formats.go_uuids import NIL
from ...contracts.redaction import redact_values
from ...contracts.rules import activeflows, billings, calls, groupcalls, providercall_placement, providercalls
from ...contracts.visible_text import visible_line
from ..events.event import EVENTS, Event
from ..wire.serializers import renderer
from ..world.journal import Exchange, Journal
from ..world.records import Call
from ..world.values import FINISH_ID, Invite
from ..world.world import World
from . import hangup_causes
from .ledger import Ledger

_CLIENT = "client  -> VoIPbin"
TO_CARRIER = "VoIPbin -> carrier"
FROM_CARRIER = "VoIPbin <- carrier"
_SELF = "VoIPbin"
NO_RESPONSE = "no response to the INVITE"
_BY_TIMER = {"dialout": calls.dialling_is_limited, "timeout": calls.calls_are_limited}
"""The hangup_reasons of VoIPbin's own timers. Their hangup_by is `remote` (calls.md 2.3)."""
_PLACED_BY = {
    "/providercalls": providercall_placement.one_call_per_destination,
    "/calls": calls.answers_calls_and_groupcalls,
    "/groupcalls": groupcalls.one_call_per_address,
}
_ID = re.compile(r"(?=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))").findall
"""Finds the ids in a path, even where two overlap."""
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
        """Return the seconds since the call was placed, at `start`."""
        # A request is recorded a few ticks before its effects.
        return max(0.0, (self.at - start).total_seconds())

    def format(self, start: datetime) -> str:
        """Return the step as a line that begins with the seconds since the call was placed."""
        return f"{self.seconds_after(start):10.3f} s  {self.participants:18}  {self.event}" + (
            f"  [{self.rule}]" if self.rule else ""
        )


def ladder(world: World, call: Call) -> str:
    """Return a call's ladder: its status, then one line per step."""
    end = f", {call.hangup_reason} ({call.hangup_by})" if call.status == "hangup" else ""
    lines = [step.format(call.tm_create) for step in ladder_steps(world, call)]
    title = f"call {call.id} to {call.destination.target}: {call.status}{end}"
    return "\n".join(map(visible_line, [title, *lines]))


def ladder_steps(world: World, call: Call) -> list[LadderStep]:
    """Return the steps of a call's ladder, in the order of time."""
    invite = call.invite
    return sorted([*_requests(world, call), *_attempts(call), *_invite(call, invite), *_events(world, call)], key=_at)


def steps_of_last_attempt(world: World, call: Call) -> list[LadderStep]:
    """Return the steps of a call itself from its last INVITE on, without those of earlier attempts."""
    dialled = call.tm_dialled or call.tm_create
    steps = [*_invite(call, call.invite), *_events(world, call)]
    return sorted((step for step in steps if step.at >= dialled), key=_at)


def _at(step: LadderStep) -> datetime:
    return step.at


def _requests(world: World, call: Call) -> Iterator[LadderStep]:
    """Yield the request that placed the call or its groupcall, and later requests about the call."""
    placed_at = call.tm_create
    groupcall = world.state.groupcalls.get(call.parent_groupcall_id)
    while groupcall is not None:
        placed_at, groupcall = groupcall.tm_create, world.state.groupcalls.get(groupcall.master_groupcall_id)
    placing, later = _request_index(world.journal).of_call(call.id, placed_at)
    for entry in later:
        yield _request(entry, entry.refused_by or "")
    # No request placed a call that belongs to another call.
    if placing is not None and call.master_call_id == NIL:
        resource = "/" + placing.url.partition("?")[0].rpartition("/")[2]
        yield _request(placing, placing.refused_by or _PLACED_BY[resource].id)


class _RequestIndex:
    """The requests of a journal that place calls, and those with each id in their path.

    It is extended when a ladder is read: a look at all requests for each of many ladders would take quadratic time.
    """

    def __init__(self) -> None:
        self._entries: list[Exchange] = []
        self._count = 0
        self._placing: list[Exchange] = []
        self._by_id: dict[str, list[Exchange]] = {}
        self._lock = Lock()

    def update(self, entries: list[Exchange]) -> _RequestIndex:
        """Add the requests that are new in a list, or all of another list."""
        with self._lock:
            if entries is not self._entries or len(entries) < self._count:
                self._entries, self._count, self._placing, self._by_id = entries, 0, [], {}
            for entry in islice(entries, self._count, None):
                self._add(entry)
                self._count += 1
        return self

    def _add(self, entry: Exchange) -> None:
        path = entry.url.partition("?")[0]
        if entry.method == "POST" and path.endswith(tuple(_PLACED_BY)):
            self._placing.append(entry)
        for id in dict.fromkeys(_ID(path)):
            self._by_id.setdefault(id, []).append(entry)

    def of_call(self, id: str, placed_at: datetime) -> tuple[Exchange | None, Sequence[Exchange]]:
        """Return the last request that placed calls until a time, and those with an id in their path."""
        with self._lock:
            until = bisect_right(self._placing, placed_at, key=lambda entry: entry.at)
            return self._placing[until - 1] if until else None, [*self._by_id.get(id, ())]


_REQUEST_INDEXES: WeakKeyDictionary[Journal, _RequestIndex] = WeakKeyDictionary()


def _request_index(journal: Journal) -> _RequestIndex:
    """Return the index of a journal, with all its requests."""
    return _REQUEST_INDEXES.setdefault(journal, _RequestIndex()).update(journal.entries)


def _request(entry: Exchange, rule: str) -> LadderStep:
    outcome = f"{entry.status or 'no response'}" + (", refused" if entry.refused_by else "")
    fault = f", fault: {entry.fault}" if entry.fault else ""
    path = redact_values(entry.url.partition("?")[0])
    return LadderStep(entry.at, _CLIENT, f"{entry.method} {path}: {outcome}{fault}", rule)


def _attempts(call: Call) -> Iterator[LadderStep]:
    """Yield the INVITE and the failure of each earlier attempt."""
    if not call.attempts:
        return
    from ...contracts.rules.routing.dialroutes import failed_call_fails_over as rule

    for one in call.attempts:
        yield LadderStep(one.dialled, TO_CARRIER, _described(one.invite))
        if one.sip:
            yield LadderStep(one.ended, FROM_CARRIER, f"{one.sip} {_phrase(one.sip)}".rstrip(), rule.id)
        else:
            yield LadderStep(one.ended, TO_CARRIER, "CANCEL", rule.id)


def _described(invite: Invite) -> str:
    return f'INVITE {invite.uri}, From "{invite.from_name}" <{invite.from_number}>'


def _invite(call: Call, invite: Invite | None) -> Iterator[LadderStep]:
    if invite is None:
        yield LadderStep(call.tm_create, _SELF, "no INVITE: an orphan call has no channel", calls.channel_exists.id)
        return
    rule = providercalls.call_names_its_provider.id if call.provider_id != NIL else ""
    yield LadderStep(call.tm_dialled or call.tm_create, TO_CARRIER, _described(invite), rule)


def _events(world: World, call: Call) -> Iterator[LadderStep]:
    for event in EVENTS.of(world.state).of(call.id):
        yield from _event(world, event, call)
    billing = world.state.billings.get(call.billing_id)
    if billing is not None and billing.tm_update is not None:
        cost = f"{Ledger(world).cost_of(call):.2f} for {billing.usage_duration} s"
        yield LadderStep(billing.tm_update, _SELF, f"billing: ${cost}", billings.started_minutes_count.id)


def _event(world: World, event: Event, call: Call) -> Iterator[LadderStep]:
    if event.type == "call_ringing":
        yield LadderStep(event.at, FROM_CARRIER, "180 Ringing")
    elif event.type == "call_progressing":
        yield LadderStep(event.at, FROM_CARRIER, "200 OK", billings.answered_is_billed.id)
    elif event.type == "call_canceling":
        yield LadderStep(event.at, TO_CARRIER, "CANCEL", calls.hangup_before_answer_cancels.id)
    elif event.type == "call_terminating":
        yield LadderStep(event.at, TO_CARRIER, "BYE", calls.hangup_after_answer_terminates.id)
    elif event.type == "call_updated" and event.data["action"]["tm_execute"] == renderer(world.edition).time(event.at):
        # Otherwise something else about the call has changed.
        yield _action(event)
    elif event.type == "call_hangup" and call.hangup_by == "remote":
        yield _end(event, call)


def _action(event: Event) -> LadderStep:
    action = event.data["action"]
    if action["id"] == FINISH_ID:
        return LadderStep(event.at, _SELF, "the flow completed", activeflows.end_hangs_up.id)
    spoken = action.get("option", {}).get("text")
    text = f" {json.dumps(spoken, ensure_ascii=False)}" if isinstance(spoken, str) else ""
    return LadderStep(event.at, _SELF, f"action {action['type']}{text}", activeflows.executed_in_order.id)


def _end(event: Event, call: Call) -> LadderStep:
    if call.sip:
        return LadderStep(
            event.at, FROM_CARRIER, f"{call.sip} {_phrase(call.sip)}".rstrip(), hangup_causes.rule_of(call.sip).id
        )
    answered = call.tm_progressing is not None
    if call.hangup_reason in _BY_TIMER:
        return LadderStep(event.at, TO_CARRIER, "BYE" if answered else "CANCEL", _BY_TIMER[call.hangup_reason].id)
    return LadderStep(event.at, FROM_CARRIER, "BYE" if answered else NO_RESPONSE)


def _phrase(code: int) -> str:
    """Return the reason phrase. SIP took most of them from HTTP."""
    return _PHRASES.get(code) or (HTTPStatus(code).phrase if code in HTTPStatus._value2member_map_ else "")
