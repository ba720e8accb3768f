"""Virtual time for trio: its own clock moves with the fake's, and a loop that has nothing else to do lets it pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

import trio

if TYPE_CHECKING:
    from .fake_server.clock import Clock

_IDLE: Final = trio.lowlevel.RunVar("providercalls_idle", False)
"""Whether the loop has looked for sockets that are ready since a task was last woken."""


@contextmanager
def virtual_trio(clock: Clock, after: Callable[[Callable[[], float]], Callable[[], float]]) -> Iterator[None]:
    """Meanwhile trio's loops, also those that run already, go by the clock. A clock that is given to one is left alone.

    `after` moves a system clock on by as much as the fake's has run.
    """
    # Not by the `clock` that a loop is started with: a plugin may have started it before the fixture was made.
    system = _system_clock()
    real_time, real_left = system.current_time, system.deadline_to_sleep_time

    def current_time(self: Any) -> float:
        return after(partial(real_time, self))()

    def deadline_to_sleep_time(self: Any, deadline: float) -> float:
        left: float = real_left(self, deadline)
        if left <= 0 or math.isinf(left):
            return left
        if _IDLE.get():
            _WOKEN.forget()
            clock.advance(left)
        else:
            _WOKEN.watch()
        return 0

    with (
        patch.object(system, "current_time", current_time),
        patch.object(system, "deadline_to_sleep_time", deadline_to_sleep_time),
    ):
        yield


class _Woken(trio.abc.Instrument):
    """Notices that a task goes on."""

    def watch(self) -> None:
        _IDLE.set(True)
        trio.lowlevel.add_instrument(self)

    def forget(self) -> None:
        _IDLE.set(False)
        trio.lowlevel.remove_instrument(self)

    def task_scheduled(self, _task: trio.lowlevel.Task, /) -> None:
        self.forget()


_WOKEN: Final = _Woken()


@cache
def _system_clock() -> Any:
    """The class of the clock that trio takes by itself."""

    async def clock() -> type[trio.abc.Clock]:
        return type(trio.lowlevel.current_clock())

    # In a thread of its own: this one may be within a loop.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(trio.run, clock).result()
