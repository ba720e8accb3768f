"""Virtual time: what sleeps and what measures time in this process goes by the fake's clock, and nothing waits."""

from __future__ import annotations

import asyncio
import selectors
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from .fake_server.real_time import RealTimeLoop
from .importing import imported

if TYPE_CHECKING:
    from .fake_server.clock import Clock


_NOT_CLIENTS = frozenset({*sys.stdlib_module_names, "_pytest", "pytest", "xdist", "execnet", "pluggy", "hypothesis"})


@contextmanager
def virtual_time(clock: Clock) -> Iterator[None]:
    """Meanwhile `time.sleep` and a waiting asyncio loop advance the clock, and the system's clocks move with it.

    The same for trio. A loop that waits for a socket or a thread as well as for a time finds the time past at once. Not
    reached: waiting on a lock, a queue or an event of `threading`.
    """
    passed = _Passed(clock)
    sleep = time.sleep

    def virtual_sleep(seconds: float, /) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        clock.advance(seconds)
        # Other threads have their turn, as with a real sleep.
        sleep(0)

    with ExitStack() as patches:
        for module in [time, *_with_a_copy(sleep)]:
            patches.enter_context(patch.object(module, "sleep", virtual_sleep))
        patches.enter_context(patch.object(time, "monotonic", passed.after(time.monotonic)))
        patches.enter_context(patch.object(time, "time", passed.after(time.time)))
        patches.enter_context(patch.object(clock, "paces_loops", True))
        for selector in _selectors():
            patches.enter_context(patch.object(selector, "select", _virtual_select(selector.select, clock)))
        # Where it is installed it may be imported at any time: anyio does it when its loop starts.
        if imported("trio"):
            from .virtual_trio import virtual_trio

            patches.enter_context(virtual_trio(clock, passed.after))
        yield


def _selectors() -> list[Any]:
    """What asyncio's loops wait in: on Windows one of its own."""
    return [selectors.DefaultSelector, *filter(None, [getattr(asyncio, "IocpProactor", None)])]


def _virtual_select(select: Callable[..., Any], clock: Clock) -> Callable[..., Any]:
    def virtual_select(self: Any, timeout: float | None = None) -> Any:
        loop = asyncio._get_running_loop()
        if not timeout or timeout < 0 or loop is None or isinstance(loop, RealTimeLoop):
            return select(self, timeout)
        ready = select(self, 0)
        if not ready:
            clock.advance(timeout)
        return ready

    return virtual_select


def _with_a_copy(sleep: object) -> list[ModuleType]:
    """The modules that did `from time import sleep`, but for the standard library's and those that run the tests."""
    return [
        module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] not in _NOT_CLIENTS and getattr(module, "__dict__", {}).get("sleep") is sleep
    ]


class _Passed:
    """How long the clock has run; when a restored snapshot puts it back, it goes on from there, and never backwards."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = clock.now()
        self._passed = 0.0

    def after(self, real: Callable[[], float]) -> Callable[[], float]:
        """A system clock, moved on by as much."""

        def moved() -> float:
            now = self._clock.now()
            self._passed += max(0.0, (now - self._seen).total_seconds())
            self._seen = now
            return real() + self._passed

        return moved
