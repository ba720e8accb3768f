"""The duplicate-call sweep: run one scenario of a client with a fault at each failure point, and count the calls."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..visible_text import visible_line
from .client_driver import FAILURES
from .exceptions import ClientRuleBroken
from .harness import Fake, Harness

TOO_LATE = 3500.0
"""A delay of a response, in seconds, that no client waits for."""


class FailurePoint(NamedTuple):
    """A fault at the first POST of a scenario; on a connection that was used before if `warm`."""

    name: str
    fault: Mapping[str, Any]
    warm: bool = False


FAILURE_POINTS = (
    FailurePoint("no connection", {"kind": "drop", "when": "connect"}),
    FailurePoint("not placed, connection closed", {"kind": "drop", "when": "before"}),
    FailurePoint("placed, connection closed before the response", {"kind": "drop", "when": "after"}),
    FailurePoint("placed, kept-alive connection closed", {"kind": "drop", "when": "after"}, warm=True),
    FailurePoint("placed, connection reset", {"kind": "reset", "when": "after"}),
    FailurePoint("placed, response truncated", {"kind": "truncate"}),
    FailurePoint("placed, response is not JSON", {"kind": "corrupt"}),
    FailurePoint("placed, response too late", {"kind": "delay"}),
    FailurePoint("placed, 500", {"kind": "error", "when": "after", "status": 500}),
    FailurePoint("placed, 502 from a proxy", {"kind": "error", "when": "after", "status": 502}),
    FailurePoint("placed, 503", {"kind": "error", "when": "after", "status": 503}),
    FailurePoint("not placed, 429", {"kind": "error", "status": 429, "retry_after": 1}),
)
"""The failure points of a sweep."""


class Row(NamedTuple):
    """The result of a scenario at one failure point."""

    failure_point: str
    expected_calls: int
    posts: int
    """How many POST requests that place calls were sent."""
    placed_calls: int
    client_result: str
    """What the scenario did: `returned`, or `raised` and the error's type."""
    requests: str = ""
    """The requests, from the fake's journal."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The rows of a sweep. As text it is a table."""

    rows: tuple[Row, ...]

    @property
    def duplicates(self) -> tuple[Row, ...]:
        """The rows in which more calls were placed than expected."""
        return tuple(row for row in self.rows if row.placed_calls > row.expected_calls)

    def assert_no_duplicates(self) -> None:
        """Raise ClientRuleBroken, an AssertionError, with the table if any call was placed twice."""
        for row in self.duplicates[:1]:
            raise ClientRuleBroken(
                f"duplicate calls at {len(self.duplicates)} of {len(self.rows)} failure points\n{self}\n"
                f"requests at the first of them ({row.failure_point}):\n{row.requests}"
            )

    def data(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries for JSON."""
        return [row._asdict() for row in self.rows]

    def __str__(self) -> str:
        width = max(len(row.failure_point) for row in self.rows)
        lines = [f"  {'failure point':{width}}  POSTs  calls  result"]
        for row in self.rows:
            mark = "!" if row.placed_calls > row.expected_calls else " "
            lines.append(
                f"{mark} {row.failure_point:{width}}  {row.posts:5}  {row.placed_calls:5}"
                f"  {visible_line(row.client_result)}"
            )
        return "\n".join(lines)


def duplicate_call_sweep(fake: Fake, scenario: Callable[[], object], *, slow_after: float = TOO_LATE) -> Sweep:
    """Run a scenario once per failure point, each time from the same state of the fake, and restore that state.

    The scenario may be a coroutine function. It first runs without a fault, to count the expected calls. `slow_after`
    is the delay in seconds of the response that comes too late. Raises ValueError if the scenario places no call.
    """
    start, before = fake.snapshot(), len(fake.placed())
    try:
        result = _run(scenario)
        expected = len(fake.placed()) - before
    finally:
        fake.restore(start)
    if not expected:
        raise ValueError(f"the scenario places no call even without a fault; it {result}")
    return Sweep(
        tuple(
            run_failure_point(fake, point, scenario, expected_calls=expected, slow_after=slow_after)
            for point in FAILURE_POINTS
        )
    )


def run_failure_point(
    fake: Fake, point: FailurePoint, scenario: Callable[[], object], *, expected_calls: int, slow_after: float
) -> Row:
    """Run a scenario at one failure point and return the row of the sweep."""
    start = fake.snapshot()
    try:
        if point.warm:
            _run(scenario)
        placed, sent = len(fake.placed()), len(fake.requests)
        delay = {"seconds": slow_after} if point.fault["kind"] == "delay" else {}
        fake.faults.add(**point.fault, **delay, method="POST", path="/providercalls")
        result = _run(scenario)
        entries = fake.requests[sent:]
        return Row(
            point.name,
            expected_calls,
            sum(map(places_calls, entries)),
            len(fake.placed()) - placed,
            result,
            "\n".join(map(str, entries)),
        )
    finally:
        fake.restore(start)


def places_calls(entry: Any) -> bool:
    """Return whether a journal entry is a request to place calls."""
    path: str = entry.url.partition("?")[0]
    return entry.method == "POST" and path.endswith("/providercalls")


def slow_after(max_request_timeout: float, harness: Harness) -> float:
    """Return the delay in seconds after which a response comes too late for the client."""
    return TOO_LATE if harness.virtual_time else max_request_timeout + 1


def _run(scenario: Callable[[], object]) -> str:
    """Run a scenario and return its result in a word or two."""
    try:
        result = scenario()
        if inspect.iscoroutine(result):
            asyncio.run(result)
    except FAILURES as error:
        return f"raised {type(error).__name__}"
    return "returned"
