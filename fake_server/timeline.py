"""What is going to happen to calls, and when: VoIPbin's own timers, and what the carriers do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

from . import carriers, sip

if TYPE_CHECKING:
    from ..contracts.editions import Edition
    from .records import Call

_UNANSWERED = frozenset({"dialing", "ringing"})
FROM = {
    "ring": frozenset({"dialing"}),
    "answer": _UNANSWERED,
    "refuse": _UNANSWERED,
    "hang_up": frozenset({"progressing"}),
}
"""From which statuses a step leads anywhere; from others it has been overtaken."""


class Step(NamedTuple):
    """One thing that happens to a call, at a time.

    `reason` is the hangup_reason of a step that ends it, `sip` the carrier's response that does.
    """

    due: datetime
    verb: str
    reason: str = ""
    sip: int = 0


class Timeline:
    """The next step of every call, in the order of time. Calls are planned when somebody first looks ahead."""

    def __init__(self) -> None:
        self.planned = 0
        """How many calls, in the order of their creation, have their steps."""
        self._next: list[tuple[datetime, int, str]] = []
        self._count = 0

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
                do(call, step)
                self.follow(call)

    def copy(self) -> Timeline:
        """An independent copy."""
        other = Timeline()
        other.planned, other._next, other._count = self.planned, self._next.copy(), self._count
        return other


def timers(call: Call) -> tuple[Step, ...]:
    """VoIPbin's own timers: the dial time-out and the longest duration (calls.md 2.3)."""
    return (
        Step(_after(call, carriers.DIAL_TIMEOUT), "refuse", sip.reason_of_cause(sip.DIAL_TIMEOUT_CAUSE)),
        Step(_after(call, carriers.CALL_LIMIT), "hang_up", "timeout"),
    )


def steps(call: Call, outcome: carriers.Outcome, edition: Edition) -> tuple[Step, ...]:
    """All that is going to happen to a call if nobody interferes."""
    found = [*timers(call)]
    if outcome.rings_after is not None:
        found.append(Step(_after(call, outcome.rings_after), "ring"))
    if outcome.sip == 200:
        found.append(Step(_after(call, outcome.after), "answer"))
        if outcome.hangs_up_after is not None:
            found.append(Step(_after(call, outcome.after + outcome.hangs_up_after), "hang_up", "normal"))
    elif outcome.sip is not None:
        found.append(Step(_after(call, outcome.after), "refuse", sip.reason_of(outcome.sip, edition), outcome.sip))
    return tuple(sorted(found, key=lambda step: step.due))


def _after(call: Call, seconds: float) -> datetime:
    return call.tm_create + timedelta(seconds=seconds)
