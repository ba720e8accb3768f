"""Interleaved rounds: every contender runs in every round, so that a noisy machine is noisy for all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

Contender = Callable[[], AbstractContextManager[Callable[[], object]]]
"""Sets up for one round, and gives what is to be timed."""


def compare(contenders: Mapping[str, Contender], rounds: int = 15, times: int = 200) -> dict[str, float]:
    """The median cost of one call of each contender, in microseconds of the processor."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            with contender() as call:
                found[name].append(cost(call, times))
    return {name: statistics.median(values) for name, values in found.items()}


def cost(call: Callable[[], object], times: int) -> float:
    """What one call costs once it is warm, in microseconds of the processor: others on the machine count for less."""
    call()
    start = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - start) / times * 1e6
