"""Interleaved rounds: every contender runs in every round, so noise on the machine affects all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

Contender = Callable[[], AbstractContextManager[Callable[[], object]]]
"""Sets up one round and returns the function to time."""


def compare(contenders: Mapping[str, Contender], rounds: int = 15, times: int = 200) -> dict[str, float]:
    """Return the median processor time of one call of each contender in microseconds."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            with contender() as call:
                found[name].append(cost(call, times))
    return {name: statistics.median(values) for name, values in found.items()}


def cost(call: Callable[[], object], times: int) -> float:
    """Return the processor time of one call in microseconds, after one call to warm up."""
    call()
    start = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - start) / times * 1e6
