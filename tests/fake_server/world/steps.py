"""Counts the steps of an operation: how its cost grows, without a measured time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from pytest_providercalls.contracts.light_imports import without_collections

FEW, MANY = 4, 400
SAME = 1.2


def steps_of(function: Callable[[], object]) -> int:
    """Return how many instructions of Python a function executes, including those of generators and comprehensions."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    # A collection calls functions of other plugins.
    with without_collections():
        sys.settrace(trace)
        try:
            function()
        finally:
            sys.settrace(before)
    return count


def assert_same_cost(prepare: Callable[[int], Callable[[], object]], most: float = SAME) -> None:
    """Check that what is prepared with many records takes as many steps as with few, apart from the first time.

    `most` is the ratio below which they count as as many.
    """
    few, many = prepare(FEW), prepare(MANY)
    few(), many()
    assert steps_of(many) < most * steps_of(few)
