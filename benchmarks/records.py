"""What records cost: a page out of few and out of many, and the memory that is kept of each."""

from __future__ import annotations

import gc
import statistics
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count

from posting import POST, WITH_FLOW, numbered
from pytest_providercalls.contracts import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import ProviderCall
from rounds import cost
from tables import Found, Goal, Table, show

SIZES = (1_000, 10_000, 100_000, 1_000_000)
TURNS, TIMES, POSTS = 9, 50, 5_000
LIST = Request("GET", POST.target, POST.headers)
_HOUR = 3600


def pages() -> dict[int, float]:
    """Microseconds for a page of 100 providercalls out of so many."""
    with _without_collections():
        fakes = {size: _filled(size) for size in SIZES}
        turns = [{size: cost(partial(fake.handle, LIST), TIMES) for size, fake in fakes.items()} for _ in range(TURNS)]
    return {size: statistics.median(turn[size] for turn in turns) for size in SIZES}


def _filled(size: int) -> FakeVoipbin:
    """A fake with records that are there at once: a million requests would take a minute."""
    fake = FakeVoipbin()
    fake.handle(POST)
    (first,) = fake.providercalls.values()
    shared = {name: getattr(first, name) for name in ProviderCall.__slots__}
    for _ in range(size - 1):
        row = ProviderCall(id=fake.ids.uuid(), tm_create=fake.clock.timestamp(), **shared)
        fake.state.providercalls.add(row)
    return fake


@contextmanager
def _without_collections() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()


def memory() -> dict[str, float]:
    """Bytes that are kept of each request with all that came of it."""
    numbers = count()
    return {
        "a record with its call, the same body again and again": _kept(lambda: POST),
        "the same, no two bodies alike": _kept(lambda: POST._replace(body=numbered(next(numbers)))),
        "a record with its call, once it is planned what happens to it": _kept(lambda: POST, 1e-6),
        "with a temporary flow of three actions": _kept(lambda: WITH_FLOW),
        "the same, once the call has rung, followed its flow, ended and been charged": _kept(lambda: WITH_FLOW, _HOUR),
    }


def _kept(request: Callable[[], Request], seconds: float = 0) -> float:
    fake = FakeVoipbin()
    fake.handle(POST)
    gc.collect()
    tracemalloc.start()
    for _ in range(POSTS):
        fake.handle(request())
    if seconds:
        fake.clock.advance(seconds)
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept / POSTS


def measure() -> Found:
    """Both."""
    costs, kept = pages(), memory()
    least = costs[SIZES[0]]
    rows = tuple((f"{size:,}", f"{one:,.0f} us", f"{one / least:.2f}") for size, one in costs.items())
    note = f"GET /providercalls, medians of {TURNS} turns of {TIMES}"
    lists = Table("A page of 100 records", ("out of", "median", f"times that of {SIZES[0]:,}"), rows, note)
    sizes = tuple((name, f"{one / 1024:.2f} KiB") for name, one in kept.items())
    note = f"what tracemalloc finds after {POSTS:,} requests: all records, the events, the journal with its bodies"
    goals = (
        Goal("a page out of a million, beside one out of a thousand", 1.25, costs[SIZES[-1]] / least, "times"),
        Goal("a record with its call", 2.0, next(iter(kept.values())) / 1024, "KiB"),
    )
    return Found((lists, Table("Memory", ("kept of each request", "memory"), sizes, note)), goals)


if __name__ == "__main__":
    show(measure())
