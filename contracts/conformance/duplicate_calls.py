"""The ring-twice sweep: one scenario of a client, cut at each point in turn, and how many phones rang."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .client_driver import FAILURES
from .client_rule import ClientRuleBroken
from .harness import Fake, Harness

LATE = 3500.0
"""Seconds after which an answer comes that no client waits for."""


class FailurePoint(NamedTuple):
    """Where a scenario is cut: a fault at its first POST, on a connection that was used before if it is `warm`."""

    name: str
    fault: Mapping[str, Any]
    warm: bool = False


FAILURE_POINTS = (
    FailurePoint("there is no connection", {"kind": "drop", "when": "connect"}),
    FailurePoint("read, closed, not placed", {"kind": "drop", "when": "before"}),
    FailurePoint("placed, closed before the answer", {"kind": "drop", "when": "after"}),
    FailurePoint("placed, closed on a connection that was kept", {"kind": "drop", "when": "after"}, warm=True),
    FailurePoint("placed, the connection is reset", {"kind": "reset", "when": "after"}),
    FailurePoint("placed, closed in the middle of the body", {"kind": "truncate"}),
    FailurePoint("placed, the answer is not JSON", {"kind": "corrupt"}),
    FailurePoint("placed, the answer comes too late", {"kind": "delay"}),
    FailurePoint("placed, 500 is answered", {"kind": "error", "when": "after", "status": 500}),
    FailurePoint("placed, a proxy answers 502", {"kind": "error", "when": "after", "status": 502}),
    FailurePoint("placed, 503 is answered", {"kind": "error", "when": "after", "status": 503}),
    FailurePoint("not placed, 429 is answered", {"kind": "error", "status": 429, "retry_after": 1}),
)
"""The cut points of a sweep."""


class Row(NamedTuple):
    """What became of one cut: how many phones were meant to ring and rang, and what the caller was told."""

    cut: str
    expected_calls: int
    posts: int
    """How many POSTs were sent that place calls."""
    placed_calls: int
    client_result: str
    requests: str = ""
    """The requests, from the fake's journal."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The rows of a sweep; as text, a table."""

    rows: tuple[Row, ...]

    @property
    def duplicates(self) -> tuple[Row, ...]:
        """The rows in which more phones rang than were meant to."""
        return tuple(row for row in self.rows if row.placed_calls > row.expected_calls)

    def assert_no_duplicates(self) -> None:
        """Raise Broken, an AssertionError, with the table if any phone rang twice."""
        for row in self.duplicates[:1]:
            raise ClientRuleBroken(
                f"{len(self.duplicates)} of {len(self.rows)} cut points rang a phone twice\n{self}\n"
                f"what was sent at the first of them ({row.cut}):\n{row.requests}"
            )

    def data(self) -> list[dict[str, Any]]:
        """The rows as JSON's data."""
        return [row._asdict() for row in self.rows]

    def __str__(self) -> str:
        width = max(len(row.cut) for row in self.rows)
        lines = [f"  {'cut point':{width}}  POSTs  phones  the caller"]
        for row in self.rows:
            mark = "!" if row.placed_calls > row.expected_calls else " "
            lines.append(f"{mark} {row.cut:{width}}  {row.posts:5}  {row.placed_calls:6}  {row.client_result}")
        return "\n".join(lines)


def duplicate_call_sweep(fake: Fake, scenario: Callable[[], object], *, slow_after: float = LATE) -> Sweep:
    """Run a scenario of a client once for each of CUTS, from the same state of the fake; it is as before at the end.

    The scenario may be a coroutine function; whatever it raises is what the caller is told. How many phones are meant
    to ring is found by running it once without a fault. `late` is after how many seconds an answer comes too late.
    Raises ValueError for a scenario that then rings none.
    """
    start, before = fake.snapshot(), len(fake.placed())
    try:
        told = _told(scenario)
        wanted = len(fake.placed()) - before
    finally:
        fake.restore(start)
    if not wanted:
        raise ValueError(f"the scenario rings no phone even when nothing goes wrong: it {told}")
    return Sweep(
        tuple(
            run_failure_point(fake, cut, scenario, expected_calls=wanted, slow_after=slow_after)
            for cut in FAILURE_POINTS
        )
    )


def run_failure_point(
    fake: Fake, cut: FailurePoint, scenario: Callable[[], object], *, expected_calls: int, slow_after: float
) -> Row:
    """One row of a sweep."""
    start = fake.snapshot()
    try:
        if cut.warm:
            _told(scenario)
        rung, sent = len(fake.placed()), len(fake.requests)
        more = {"seconds": slow_after} if cut.fault["kind"] == "delay" else {}
        fake.faults.add(**cut.fault, **more, method="POST", path="/providercalls")
        told = _told(scenario)
        entries = fake.requests[sent:]
        story = "\n".join(map(str, entries))
        return Row(cut.name, expected_calls, sum(map(places_calls, entries)), len(fake.placed()) - rung, told, story)
    finally:
        fake.restore(start)


def places_calls(entry: Any) -> bool:
    """Whether a request, as the journal has it, asks for calls to be placed."""
    path: str = entry.url.partition("?")[0]
    return entry.method == "POST" and path.endswith("/providercalls")


def slow_after(patience: float, stage: Harness) -> float:
    """After how many seconds an answer comes too late for a client on a stage."""
    return LATE if stage.virtual_time else patience + 1


def _told(scenario: Callable[[], object]) -> str:
    """What the caller of a scenario is told."""
    try:
        result = scenario()
        if inspect.iscoroutine(result):
            asyncio.run(result)
    except FAILURES as error:
        return f"is told: {type(error).__name__}"
    return "is told that all is well"
