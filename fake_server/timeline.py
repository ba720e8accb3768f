"""What is going to happen to calls, and when: VoIPbin's own timers, and what the carriers do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from ..contracts.rules import calls as rules
from . import carriers, sip

if TYPE_CHECKING:
    from .records import Call

_UNANSWERED = frozenset({"dialing", "ringing"})
FROM = {
    "ring": frozenset({"dialing"}),
    "answer": _UNANSWERED,
    "refuse": _UNANSWERED,
    "give_up": _UNANSWERED,
    **dict.fromkeys(("hang_up", "limit", "go_on", "press", "detect"), frozenset({"progressing"})),
}
"""From which statuses a step leads anywhere; from others it has been overtaken."""
OF_FLOWS = ("go_on", "detect")
"""What VoIPbin does in the course of a flow."""


RULES = {"give_up": rules.dialling_is_limited, "limit": rules.calls_are_limited}
"""The rules that VoIPbin's own timers follow."""


class Step(NamedTuple):
    """One thing that happens to a call, at a time.

    `reason` is the hangup_reason of a step that ends it, `sip` the carrier's response that does; `digits` are those
    that the far side presses.
    """

    due: datetime
    verb: str
    reason: str = ""
    sip: int = 0
    digits: str = ""


class Timeline:
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

    def follow(self, call: Call) -> None:
        """Keep a call's next step in mind."""
        if call.steps:
            self._count += 1
            heappush(self._next, (call.steps[0].due, self._count, call.id))

    def run(self, until: datetime, calls: Callable[[str], Call], do: Callable[[Call, Step], None]) -> None:
        """Have everything done that is due until a time."""
        while self._next and self._next[0][0] <= until:
            due, _, id = heappop(self._next)
            call = calls(id)
            # The call may have got other steps since.
            if call.steps and call.steps[0].due == due:
                step, call.steps = call.steps[0], call.steps[1:]
                self._at_work = id
                try:
                    do(call, step)
                finally:
                    # Whatever a receiver of webhooks may raise, the call goes on.
                    self._at_work = ""
                    self.follow(call)

    def add(self, call: Call, step: Step) -> None:
        """Let one more thing happen to a call."""
        call.steps = in_order(*call.steps, step)
        if call.id != self._at_work:
            self.follow(call)

    def drop(self, call: Call, verb: str) -> None:
        """Let a thing not happen to a call."""
        call.steps = tuple(step for step in call.steps if step.verb != verb)
        if call.id != self._at_work:
            self.follow(call)

    def copy(self) -> Timeline:
        """An independent copy."""
        other = Timeline()
        other.planned, other._next, other._count = self.planned, self._next.copy(), self._count
        return other


def in_order(*steps: Step) -> tuple[Step, ...]:
    """Steps in the order of time."""
    return tuple(sorted(steps, key=_due))


def _due(step: Step) -> datetime:
    return step.due


def timers(call: Call) -> tuple[Step, ...]:
    """VoIPbin's own timers: the dial time-out and the longest duration (calls.md 2.3)."""
    return (
        Step(_after(call, carriers.DIAL_TIMEOUT), "give_up", sip.reason_of_cause(sip.DIAL_TIMEOUT_CAUSE)),
        Step(_after(call, carriers.CALL_LIMIT), "limit", "timeout"),
    )


def steps(call: Call, outcome: carriers.Outcome) -> tuple[Step, ...]:
    """All that is going to happen to a call if nobody interferes."""
    found = [*timers(call)]
    if outcome.rings_after is not None:
        found.append(Step(_after(call, outcome.rings_after), "ring"))
    if outcome.sip == 200:
        found.append(Step(_after(call, outcome.after), "answer"))
        if outcome.hangs_up_after is not None:
            found.append(Step(_after(call, outcome.after + outcome.hangs_up_after), "hang_up", "normal"))
    elif outcome.sip is not None:
        found.append(Step(_after(call, outcome.after), "refuse", sip=outcome.sip))
    return in_order(*found)


def _after(call: Call, seconds: float) -> datetime:
    return within_limit(call.tm_create, seconds)


def within_limit(start: datetime, seconds: float) -> datetime:
    """So many seconds from a time, at most as many as a call lasts: beyond that nothing happens to it any more."""
    return start + timedelta(seconds=min(seconds, carriers.CALL_LIMIT))
