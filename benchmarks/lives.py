"""What the life of a call costs: many calls ring, are answered, follow a flow, end and are charged, in virtual time."""

from __future__ import annotations

import statistics
import time

from posting import WITH_FLOW
from pytest_providercalls.fake_server import FakeVoipbin
from tables import Found, Table, show

COUNTS, TURNS, HOUR = (1_000, 10_000), 5, 3600


def life(calls: int) -> float:
    """The time that so many calls take from ringing through their flow of three actions to the end, in seconds."""
    fake = FakeVoipbin()
    for _ in range(calls):
        fake.handle(WITH_FLOW)
    start = time.process_time()
    fake.clock.advance(HOUR)
    return time.process_time() - start


def measure() -> Found:
    """Few calls, and many."""
    costs = {count: statistics.median(life(count) for _ in range(TURNS)) for count in COUNTS}
    rows = tuple((f"{count:,}", f"{cost:.3f} s", f"{cost / count * 1e6:,.0f} us") for count, cost in costs.items())
    note = f"calls with a flow of three actions, from ringing to the bill in virtual time; medians of {TURNS}"
    return Found((Table("Lives of calls", ("calls", "together", "each"), rows, note),))


if __name__ == "__main__":
    show(measure())
