"""What is going to happen to calls, and when: VoIPbin's own timers, and what the carriers do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from ...contracts.rules import calls as rules
from . import carriers, hangup_causes

if TYPE_CHECKING:
    from ..world.records import Call

_UNANSWERED = frozenset({"dialing", "ringing"})
FROM = {
    "ring": frozenset({"dialing"}),
    "answer": _UNANSWERED,
    "reject": _UNANSWERED,
    "give_up": _UNANSWERED,
    **dict.fromkeys(("hang_up", "limit", "go_on", "press", "detect"), frozenset({"progressing"})),
}
"""From which statuses a step leads anywhere; from others it has been overtaken."""
OF_FLOWS = ("go_on", "detect")
"""What VoIPbin does in the course of a flow."""


RULES = {"give_up": rules.dialling_is_limited, "limit": rules.calls_are_limited}
"""The rules that VoIPbin's own timers follow."""


class ScheduledEvent(NamedTuple):
    """One thing that happens to a call, at a time.

    `reason` is the hangup_reason of a step that ends it, `sip` the carrier's response that does; `digits` are those
    that the far side presses.
    """

    due: datetime
    kind: str
    reason: str = ""
    sip: int = 0
    digits: str = ""


class Schedule:
    """The next step of every call, in the order of time. Calls are planned when somebody first looks ahead."""

    def __init__(self) -> None:
        self.planned = 0
        """How many calls, in the order of their creation, have their steps."""
        self._next: list[tuple[datetime, int, str]] = []
        self._count = 0
        self._at_work = ""
        """The id of the call that is having its step done: it is followed after that."""

    @property
    def due(self) -> datetime | None:
        """Nothing is due before this; None for nothing at all."""
        return self._next[0][0] if self._next else None

    def track(self, call: Call) -> None:
        """Keep a call's next step in mind."""
        if call.scheduled_events:
            self._count += 1
            heappush(self._next, (call.scheduled_events[0].due, self._count, call.id))

    def run(self, until: datetime, calls: Callable[[str], Call], do: Callable[[Call, ScheduledEvent], None]) -> None:
        """Have everything done that is due until a time."""
        while self._next and self._next[0][0] <= until:
            due, _, id = heappop(self._next)
            call = calls(id)
            # The call may have got other steps since.
            if call.scheduled_events and call.scheduled_events[0].due == due:
                step, call.scheduled_events = call.scheduled_events[0], call.scheduled_events[1:]
                self._at_work = id
                try:
                    do(call, step)
                finally:
                    # Whatever a receiver of webhooks may raise, the call goes on.
                    self._at_work = ""
                    self.track(call)

    def add(self, call: Call, step: ScheduledEvent) -> None:
        """Let one more thing happen to a call."""
        call.scheduled_events = sort_by_time(*call.scheduled_events, step)
        if call.id != self._at_work:
            self.track(call)

    def cancel(self, call: Call, verb: str) -> None:
        """Let a thing not happen to a call."""
        call.scheduled_events = tuple(step for step in call.scheduled_events if step.kind != verb)
        if call.id != self._at_work:
            self.track(call)

    def copy(self) -> Schedule:
        """An independent copy."""
        other = Schedule()
        other.planned, other._next, other._count = self.planned, self._next.copy(), self._count
        return other


def sort_by_time(*steps: ScheduledEvent) -> tuple[ScheduledEvent, ...]:
    """Steps in the order of time."""
    return tuple(sorted(steps, key=_due))


def _due(step: ScheduledEvent) -> datetime:
    return step.due


def timers(call: Call) -> tuple[ScheduledEvent, ...]:
    """VoIPbin's own timers: the dial time-out and the longest duration (calls.md 2.3)."""
    return (
        ScheduledEvent(
            _after(call, carriers.DIAL_TIMEOUT),
            "give_up",
            hangup_causes.reason_of_cause(hangup_causes.DIAL_TIMEOUT_CAUSE),
        ),
        ScheduledEvent(_after(call, carriers.CALL_LIMIT), "limit", "timeout"),
    )


def steps(call: Call, outcome: carriers.CallBehaviour) -> tuple[ScheduledEvent, ...]:
    """All that is going to happen to a call if nobody interferes."""
    found = [*timers(call)]
    if outcome.rings_after is not None:
        found.append(ScheduledEvent(_after(call, outcome.rings_after), "ring"))
    if outcome.sip == 200:
        found.append(ScheduledEvent(_after(call, outcome.after), "answer"))
        if outcome.hangs_up_after is not None:
            found.append(ScheduledEvent(_after(call, outcome.after + outcome.hangs_up_after), "hang_up", "normal"))
    elif outcome.sip is not None:
        found.append(ScheduledEvent(_after(call, outcome.after), "reject", sip=outcome.sip))
    return sort_by_time(*found)


def _after(call: Call, seconds: float) -> datetime:
    return within_limit(call.tm_create, seconds)


def within_limit(start: datetime, seconds: float) -> datetime:
    """So many seconds from a time, at most as many as a call lasts: beyond that nothing happens to it any more."""
    return start + timedelta(seconds=min(seconds, carriers.CALL_LIMIT))
