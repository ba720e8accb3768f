"""Soak for some seconds, and say each minute how it goes: `python -m tests.soak SECONDS [THREADS [TURNS]]`."""

from __future__ import annotations

import platform
import sys
import time
from itertools import count
from statistics import median

from .rounds import Round, Soak

_EVERY = 60.0
_FEWEST = 5
"""Rounds before the last: the first two warm up."""
_GROWTH = 0.1
"""By how much of what they were in the first third memory and what a request takes may be more in the last."""


def main(seconds: float, threads: int = 32, turns: int = 100) -> int:
    """Soak. The status is 1 where memory was not flat; what does not agree raises AssertionError."""
    print(f"{threads} threads, {turns} turns a round; {platform.python_implementation()} {platform.python_version()}")
    began = told = time.monotonic()
    rounds: list[Round] = []
    with Soak(threads, turns) as soak:
        for number in count():
            now = time.monotonic()
            over = now - began >= seconds and number >= _FEWEST
            # tracemalloc makes a round slow, and keeps memory of its own: it watches the second and the last.
            rounds.append(soak.round(traced=number == 1 or over))
            if now - told >= _EVERY or over:
                told = now
                print(_line(now - began, rounds), flush=True)
            if over:
                break
    return _close(rounds, time.monotonic() - began)


def _line(seconds: float, rounds: list[Round]) -> str:
    last = rounds[-1]
    return (
        f"{seconds:5.0f} s  {len(rounds)} rounds, {_sum(rounds, 'requests')} requests, {_sum(rounds, 'calls')} calls,"
        f" {_sum(rounds, 'faults')} faults, {_sum(rounds, 'webhooks')} webhooks;"
        f" {last.resident:.1f} MiB resident, {last.blocks} blocks, {last.blocks_a_request:.1f} blocks a request,"
        f" {last.threads} threads, {last.descriptors} descriptors"
    )


def _sum(rounds: list[Round], name: str) -> int:
    return int(sum(getattr(one, name) for one in rounds))


def _close(rounds: list[Round], seconds: float) -> int:
    """Print the table, and say whether memory was flat."""
    print(f"\n{seconds:.0f} s, {len(rounds)} rounds: nothing was lost, and the books agree\n")
    for name in ("requests", "lost", "faults", "calls", "answered", "webhooks"):
        print(f"  {name:<20} {_sum(rounds, name):>12}")
    watched, quiet = (rounds[1], rounds[-1]), rounds[2:-1]
    third = len(quiet) // 3
    figures = {"bytes_a_request": tuple(one.bytes_a_request for one in watched)}
    for name in ("resident", "blocks", "blocks_a_request", "threads", "descriptors"):
        figures[name] = _median(quiet[:third], name), _median(quiet[-third:], name)
    print(f"\n  {'median of':<20} {'first third':>12} {'last third':>12}")
    for name, (before, after) in figures.items():
        print(f"  {name:<20} {before:>12.1f} {after:>12.1f}")
    flat = all(after <= before * (1 + _GROWTH) for before, after in figures.values())
    print(f"\nmemory is {'flat' if flat else 'NOT flat'}")
    return not flat


def _median(rounds: list[Round], name: str) -> float:
    return median(getattr(one, name) for one in rounds)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
