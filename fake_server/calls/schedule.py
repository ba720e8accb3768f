"""Scheduled events of calls: VoIPbin's own timers, and what carrier and callee do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from typing import NamedTuple

from ...contracts.rules import calls as rules
from ..flows.call_control import RESUME
from ..flows.recordings import STOP_RECORDING
from ..world.records import Call
from ..world.state import Section
from ..world.values import CallBehaviour, ScheduledEvent
from . import hangup_causes

DIAL_TIMEOUT = 60.0
"""VoIPbin's timeout for an unanswered call, in seconds (calls.md 2.3)."""
CHANNEL_START = 0.06
"""Seconds until the channel of a call has started, about."""
CALL_LIMIT = 3600.0
"""VoIPbin's limit for a call in seconds, including ringing (calls.md 2.3)."""
DTMF_DIGITS = frozenset("0123456789ABCD#*")
_UNANSWERED = frozenset({"dialing", "ringing"})
VALID_STATUSES = {
    "channel": frozenset({"dialing"}),
    "ring": frozenset({"dialing"}),
    "answer": _UNANSWERED,
    "reject": _UNANSWERED,
    "dial_timeout": _UNANSWERED,
    **dict.fromkeys(("hang_up", "limit", RESUME, STOP_RECORDING, "press", "detect"), frozenset({"progressing"})),
}
"""The statuses in which each kind of event has an effect. In any other, the call has moved on."""
FLOW_EVENTS = (RESUME, STOP_RECORDING, "detect")
"""The kinds of events that belong to a flow."""
SILENT_EVENTS = ("channel",)
"""The kinds of events that no client waits for."""
RULES = {"dial_timeout": rules.dialling_is_limited, "limit": rules.calls_are_limited}
"""The rules of VoIPbin's own timers."""


class Schedule:
    """The next scheduled event of every call, in the order of time. New calls are scheduled on the first look ahead."""

    def __init__(self) -> None:
        self.scheduled_calls = 0
        """The number of calls, in the order of their creation, that have been scheduled."""
        self._next: list[tuple[datetime, int, str]] = []
        self._count = 0
        self._current_call = ""
        """The id of the call whose event is being handled. It is tracked again afterwards."""

    @property
    def next_due(self) -> datetime | None:
        """The time before which nothing is due; None if nothing is scheduled."""
        return self._next[0][0] if self._next else None

    def track(self, call: Call) -> None:
        """Track a call's next event."""
        if call.scheduled_events:
            self._count += 1
            heappush(self._next, (call.scheduled_events[0].due, self._count, call.id))

    def __len__(self) -> int:
        return len(self._next)

    def run(
        self, until: datetime, calls: Callable[[str], Call], handle: Callable[[Call, ScheduledEvent], None]
    ) -> None:
        """Handle all events that are due until a time."""
        while self._next and self._next[0][0] <= until:
            due, _, id = heappop(self._next)
            call = calls(id)
            # The call's events may have changed since.
            if call.scheduled_events and call.scheduled_events[0].due == due:
                event, call.scheduled_events = call.scheduled_events[0], call.scheduled_events[1:]
                self._current_call = id
                try:
                    handle(call, event)
                finally:
                    # The call continues even if a receiver of webhooks raises.
                    self._current_call = ""
                    self.track(call)

    def replace(self, call: Call, events: tuple[ScheduledEvent, ...]) -> None:
        """Replace all events of a call."""
        call.scheduled_events = events
        self._track_again(call)

    def add(self, call: Call, event: ScheduledEvent) -> None:
        """Add an event to a call."""
        call.scheduled_events = sort_by_time(*call.scheduled_events, event)
        self._track_again(call)

    def cancel(self, call: Call, kind: str) -> None:
        """Cancel a call's events of a kind."""
        call.scheduled_events = tuple(event for event in call.scheduled_events if event.kind != kind)
        self._track_again(call)

    def _track_again(self, call: Call) -> None:
        if call.id != self._current_call:
            self.track(call)

    def copy(self) -> Schedule:
        """Return an independent copy."""
        other = Schedule()
        other.scheduled_calls, other._next, other._count = self.scheduled_calls, self._next.copy(), self._count
        return other


SCHEDULE: Section[Schedule] = Section.late("schedule", Schedule)


def sort_by_time(*events: ScheduledEvent) -> tuple[ScheduledEvent, ...]:
    """Return events in the order of time."""
    return tuple(sorted(events, key=_due))


def _due(event: ScheduledEvent) -> datetime:
    return event.due


class _Step(NamedTuple):
    """An event, and the time from the start of an attempt to it."""

    after: timedelta
    kind: str
    reason: str = ""
    sip: int = 0


_TIMERS = (
    _Step(timedelta(seconds=CHANNEL_START), "channel"),
    _Step(
        timedelta(seconds=DIAL_TIMEOUT),
        "dial_timeout",
        hangup_causes.reason_of_cause(hangup_causes.DIAL_TIMEOUT_CAUSE),
    ),
    _Step(timedelta(seconds=CALL_LIMIT), "limit", "timeout"),
)


def timers(call: Call) -> tuple[ScheduledEvent, ...]:
    """Return what VoIPbin does itself: the start of the channel, the dial timeout and the limit (calls.md 2.3)."""
    return _events(call, _TIMERS)


def events_of(call: Call, behaviour: CallBehaviour) -> tuple[ScheduledEvent, ...]:
    """Return all events of a call that nobody interferes with."""
    return _events(call, _steps_of(behaviour))


def _events(call: Call, steps: tuple[_Step, ...]) -> tuple[ScheduledEvent, ...]:
    start = call.tm_dialled or call.tm_create
    return tuple([ScheduledEvent(start + after, kind, reason, sip) for after, kind, reason, sip in steps])


@lru_cache(maxsize=1024)
def _steps_of(behaviour: CallBehaviour) -> tuple[_Step, ...]:
    """Return all steps of a behaviour, in the order of time. Most calls have one of a few behaviours."""
    found = [*_TIMERS]
    if behaviour.rings_after is not None:
        found.append(_Step(_within_limit(behaviour.rings_after), "ring"))
    if behaviour.sip == 200:
        found.append(_Step(_within_limit(behaviour.after), "answer"))
        if behaviour.hangs_up_after is not None:
            found.append(_Step(_within_limit(behaviour.after + behaviour.hangs_up_after), "hang_up", "normal"))
    elif behaviour.sip is not None:
        found.append(_Step(_within_limit(behaviour.after), "reject", sip=behaviour.sip))
    return tuple(sorted(found, key=_after))


def _after(step: _Step) -> timedelta:
    return step.after


def _within_limit(seconds: float) -> timedelta:
    return timedelta(seconds=min(seconds, CALL_LIMIT))


def within_limit(start: datetime, seconds: float) -> datetime:
    """Return the time `seconds` after a start, at most the longest duration of a call: nothing happens after that."""
    return start + _within_limit(seconds)
