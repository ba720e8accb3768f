"""The steps of an operation: how its cost grows, without a measured time, and what may come between two of them."""

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


class Between:
    """Runs a function once, before a step of Python in some files: an interrupt, or the handler of a signal."""

    def __init__(self, step: int, run: Callable[[], object], files: tuple[str, ...]) -> None:
        self._left = step
        self._run = run
        self._files = files
        self.has_run = False

    def during(self, call: Callable[[], object]) -> None:
        """Run the function during a call, if that has so many steps."""
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            call()
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, _event: str, _value: object) -> Any:
        if frame.f_code.co_filename not in self._files:
            return None
        frame.f_trace_opcodes = True
        return self._step

    def _step(self, frame: FrameType, event: str, _value: object) -> Any:
        if event == "opcode" and not self.has_run:
            self._left -= 1
            if not self._left:
                self.has_run = True
                sys.settrace(None)
                self._run()
        return self._step
