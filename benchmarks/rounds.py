"""Interleaved rounds: every contender runs in every round, so that a noisy machine is noisy for all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

Contender = Callable[[], AbstractContextManager[Callable[[], object]]]
"""Sets up for one round, and gives what is to be timed."""


def compare(contenders: Mapping[str, Contender], rounds: int = 15, times: int = 200) -> dict[str, float]:
    """The median cost of one call of each contender, in microseconds."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            with contender() as call:
                call()
                found[name].append(_cost(call, times))
    return {name: statistics.median(values) for name, values in found.items()}


def _cost(call: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times * 1e6


def show(title: str, costs: Mapping[str, float], peer: str) -> None:
    """Print each cost, and its ratio to a peer's."""
    print(f"\n{title}")
    for name, cost in costs.items():
        print(f"  {name:<40} {cost:10.1f} us  {cost / costs[peer]:6.2f} x {peer}")
