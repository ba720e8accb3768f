"""The ring-twice sweep: one scenario of a client, cut at each point in turn, and how many phones rang."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .client import FAILURES
from .rule import Broken
from .stage import Fake, Stage

LATE = 3500.0
"""Seconds after which an answer comes that no client waits for."""


class Cut(NamedTuple):
    """Where a scenario is cut: a fault at its first POST, on a connection that was used before if it is `warm`."""

    name: str
    fault: Mapping[str, Any]
    warm: bool = False


CUTS = (
    Cut("there is no connection", {"kind": "drop", "when": "connecting"}),
    Cut("read, closed, not placed", {"kind": "drop", "when": "before"}),
    Cut("placed, closed before the answer", {"kind": "drop", "when": "after"}),
    Cut("placed, closed on a connection that was kept", {"kind": "drop", "when": "after"}, warm=True),
    Cut("placed, the connection is reset", {"kind": "reset", "when": "after"}),
    Cut("placed, closed in the middle of the body", {"kind": "truncate"}),
    Cut("placed, the answer is not JSON", {"kind": "garble"}),
    Cut("placed, the answer comes too late", {"kind": "delay"}),
    Cut("placed, 500 is answered", {"kind": "answer", "when": "after", "status": 500}),
    Cut("placed, a proxy answers 502", {"kind": "answer", "when": "after", "status": 502}),
    Cut("placed, 503 is answered", {"kind": "answer", "when": "after", "status": 503}),
    Cut("not placed, 429 is answered", {"kind": "answer", "status": 429, "retry_after": 1}),
)
"""The cut points of a sweep."""


class Row(NamedTuple):
    """What became of one cut: how many phones were meant to ring and rang, and what the caller was told."""

    cut: str
    wanted: int
    posts: int
    """How many POSTs were sent that place calls."""
    rang: int
    told: str
    story: str = ""
    """The requests, from the fake's journal."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The rows of a sweep; as text, a table."""

    rows: tuple[Row, ...]

    @property
    def twice(self) -> tuple[Row, ...]:
        """The rows in which more phones rang than were meant to."""
        return tuple(row for row in self.rows if row.rang > row.wanted)

    def check(self) -> None:
        """Raise Broken, an AssertionError, with the table if any phone rang twice."""
        for row in self.twice[:1]:
            raise Broken(
                f"{len(self.twice)} of {len(self.rows)} cut points rang a phone twice\n{self}\n"
                f"what was sent at the first of them ({row.cut}):\n{row.story}"
            )

    def data(self) -> list[dict[str, Any]]:
        """The rows as JSON's data."""
        return [row._asdict() for row in self.rows]

    def __str__(self) -> str:
        width = max(len(row.cut) for row in self.rows)
        lines = [f"  {'cut point':{width}}  POSTs  phones  the caller"]
        for row in self.rows:
            mark = "!" if row.rang > row.wanted else " "
            lines.append(f"{mark} {row.cut:{width}}  {row.posts:5}  {row.rang:6}  {row.told}")
        return "\n".join(lines)


def ring_twice_sweep(fake: Fake, scenario: Callable[[], object], *, late: float = LATE) -> Sweep:
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
    return Sweep(tuple(swept(fake, cut, scenario, wanted=wanted, late=late) for cut in CUTS))


def swept(fake: Fake, cut: Cut, scenario: Callable[[], object], *, wanted: int, late: float) -> Row:
    """One row of a sweep."""
    start = fake.snapshot()
    try:
        if cut.warm:
            _told(scenario)
        rung, sent = len(fake.placed()), len(fake.requests)
        more = {"seconds": late} if cut.fault["kind"] == "delay" else {}
        fake.faults.add(**cut.fault, **more, method="POST", path="/providercalls")
        told = _told(scenario)
        entries = fake.requests[sent:]
        story = "\n".join(map(str, entries))
        return Row(cut.name, wanted, sum(map(places_calls, entries)), len(fake.placed()) - rung, told, story)
    finally:
        fake.restore(start)


def places_calls(entry: Any) -> bool:
    """Whether a request, as the journal has it, asks for calls to be placed."""
    path: str = entry.url.partition("?")[0]
    return entry.method == "POST" and path.endswith("/providercalls")


def late_after(patience: float, stage: Stage) -> float:
    """After how many seconds an answer comes too late for a client on a stage."""
    return LATE if stage.virtual else patience + 1


def _told(scenario: Callable[[], object]) -> str:
    """What the caller of a scenario is told."""
    try:
        result = scenario()
        if inspect.iscoroutine(result):
            asyncio.run(result)
    except FAILURES as error:
        return f"is told: {type(error).__name__}"
    return "is told that all is well"
