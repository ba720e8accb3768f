"""Soak test that prints its progress every minute: `python -m tests.soak SECONDS [THREADS [TURNS]]`."""

from __future__ import annotations

import platform
import sys
import time
from itertools import count
from statistics import median

from .rounds import Round, Soak

_EVERY = 60.0
_MIN_ROUNDS = 5
"""Rounds before the last one; the first two warm up."""
_GROWTH = 0.1
"""The largest relative growth of a figure from the first third of the rounds to the last."""


def main(seconds: float, threads: int = 32, turns: int = 100) -> int:
    """Run the soak test and return 1 if memory grew. Raises AssertionError if an invariant is violated."""
    print(f"{threads} threads, {turns} turns a round; {platform.python_implementation()} {platform.python_version()}")
    start = printed = time.monotonic()
    rounds: list[Round] = []
    with Soak(threads, turns) as soak:
        for number in count():
            now = time.monotonic()
            last = now - start >= seconds and number >= _MIN_ROUNDS
            # tracemalloc is slow and allocates memory itself, so it runs in the second and the last round only.
            rounds.append(soak.round(traced=number == 1 or last))
            if now - printed >= _EVERY or last:
                printed = now
                print(_line(now - start, rounds), flush=True)
            if last:
                break
    return _close(rounds, time.monotonic() - start)


def _line(seconds: float, rounds: list[Round]) -> str:
    last = rounds[-1]
    return (
        f"{seconds:5.0f} s  {len(rounds)} rounds, {_sum(rounds, 'requests')} requests, {_sum(rounds, 'calls')} calls,"
        f" {_sum(rounds, 'faults')} faults, {_sum(rounds, 'webhooks')} webhooks;"
        f" {last.resident:.1f} MiB resident, {last.blocks} blocks, {last.blocks_per_request:.1f} blocks per request,"
        f" {last.threads} threads, {last.descriptors} descriptors"
    )


def _sum(rounds: list[Round], name: str) -> int:
    return int(sum(getattr(one, name) for one in rounds))


def _close(rounds: list[Round], seconds: float) -> int:
    """Print the table and return 1 if memory grew."""
    print(f"\n{seconds:.0f} s, {len(rounds)} rounds: nothing was lost, and all invariants hold\n")
    for name in ("requests", "lost", "faults", "calls", "answered", "webhooks"):
        print(f"  {name:<20} {_sum(rounds, name):>12}")
    traced, untraced = (rounds[1], rounds[-1]), rounds[2:-1]
    third = len(untraced) // 3
    figures = {"bytes_per_request": tuple(one.bytes_per_request for one in traced)}
    for name in ("resident", "blocks", "blocks_per_request", "threads", "descriptors"):
        figures[name] = _median(untraced[:third], name), _median(untraced[-third:], name)
    print(f"\n  {'median of':<20} {'first third':>12} {'last third':>12}")
    for name, (before, after) in figures.items():
        print(f"  {name:<20} {before:>12.1f} {after:>12.1f}")
    constant = all(after <= before * (1 + _GROWTH) for before, after in figures.values())
    print(f"\nmemory {'did not grow' if constant else 'GREW'}")
    return not constant


def _median(rounds: list[Round], name: str) -> float:
    return median(getattr(one, name) for one in rounds)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
