"""The cost of calls from ringing to billing: many calls run a flow in virtual time."""

from __future__ import annotations

import statistics
import time

from posting import WITH_FLOW
from pytest_providercalls.fake_server import FakeVoipbin
from tables import Results, Table, show

COUNTS, TURNS, HOUR = (1_000, 10_000), 5, 3600


def run_calls(calls: int) -> float:
    """Return the seconds that `calls` calls take from ringing through a flow of three actions to the end."""
    fake = FakeVoipbin()
    for _ in range(calls):
        fake.handle(WITH_FLOW)
    start = time.process_time()
    fake.clock.advance(HOUR)
    return time.process_time() - start


def measure() -> Results:
    """Measure few and many calls."""
    costs = {count: statistics.median(run_calls(count) for _ in range(TURNS)) for count in COUNTS}
    rows = tuple((f"{count:,}", f"{cost:.3f} s", f"{cost / count * 1e6:,.0f} us") for count, cost in costs.items())
    note = f"calls with a flow of three actions, from ringing to billing in virtual time; medians of {TURNS}"
    return Results((Table("Calls from ringing to billing", ("calls", "total", "per call"), rows, note),))


if __name__ == "__main__":
    show(measure())
