"""The cost of records: a page out of few and out of many, and the memory of each record."""

from __future__ import annotations

import gc
import statistics
import tracemalloc
from collections.abc import Callable
from functools import partial
from itertools import count

from posting import POST, WITH_FLOW, numbered
from pytest_providercalls.contracts import Request
from pytest_providercalls.contracts.light_imports import without_collections
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import ProviderCall
from rounds import cost
from tables import Goal, Results, Table, show

SIZES = (1_000, 10_000, 100_000, 1_000_000)
TURNS, TIMES, POSTS = 9, 50, 5_000
LIST = Request("GET", POST.target, POST.headers)
_HOUR = 3600


def pages() -> dict[int, float]:
    """Return, for each table size, the microseconds for a page of 100 providercalls."""
    with without_collections():
        fakes = {size: _filled(size) for size in SIZES}
        turns = [{size: cost(partial(fake.handle, LIST), TIMES) for size, fake in fakes.items()} for _ in range(TURNS)]
    return {size: statistics.median(turn[size] for turn in turns) for size in SIZES}


def _filled(size: int) -> FakeVoipbin:
    """Return a fake with `size` records, added directly because a million requests would take a minute."""
    fake = FakeVoipbin()
    fake.handle(POST)
    (first,) = fake.providercalls.values()
    shared = {name: getattr(first, name) for name in ProviderCall.__slots__}
    for _ in range(size - 1):
        row = ProviderCall(id=fake.ids.uuid(), tm_create=fake.clock.timestamp(), **shared)
        fake.state.providercalls.add(row)
    return fake


def memory() -> dict[str, float]:
    """Return the bytes of memory per request, with everything that it created."""
    numbers = count()
    return {
        "a record with its call, always the same body": _memory_per_request(lambda: POST),
        "the same, with all bodies different": _memory_per_request(lambda: POST._replace(body=numbered(next(numbers)))),
        "always the same body, before its call is read": _memory_per_request(lambda: POST, reads=False),
        "a record with its call, after its events are scheduled": _memory_per_request(lambda: POST, 1e-6),
        "with a temporary flow of three actions": _memory_per_request(lambda: WITH_FLOW),
        "the same, after the call has ended and was billed": _memory_per_request(lambda: WITH_FLOW, _HOUR),
    }


def _memory_per_request(request: Callable[[], Request], seconds: float = 0, *, reads: bool = True) -> float:
    fake = FakeVoipbin()
    fake.handle(POST)
    gc.collect()
    tracemalloc.start()
    for _ in range(POSTS):
        fake.handle(request())
    if seconds:
        fake.clock.advance(seconds)
    if reads:
        # The records of the calls are created when they are read.
        len(fake.calls)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / POSTS


def measure() -> Results:
    """Measure pages and memory."""
    costs, sizes = pages(), memory()
    smallest = costs[SIZES[0]]
    rows = tuple((f"{size:,}", f"{one:,.0f} us", f"{one / smallest:.2f}") for size, one in costs.items())
    note = f"GET /providercalls, medians of {TURNS} rounds of {TIMES} requests"
    lists = Table("A page of 100 records", ("records", "median", f"times that of {SIZES[0]:,}"), rows, note)
    memory_rows = tuple((name, f"{one / 1024:.2f} KiB") for name, one in sizes.items())
    note = f"measured by tracemalloc after {POSTS:,} requests: all records, the events, the journal with its bodies"
    goals = (
        Goal("a page out of a million records, compared with a thousand", 1.25, costs[SIZES[-1]] / smallest, "times"),
        Goal("a record with its call", 2.0, next(iter(sizes.values())) / 1024, "KiB"),
    )
    return Results((lists, Table("Memory", ("per request", "memory"), memory_rows, note)), goals)


if __name__ == "__main__":
    show(measure())
