"""An event loop that uses real time, even while a test replaces the clocks of its clients."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ..world.real_time import monotonic

REAL_DELAYS: Final[set[object]] = set()
"""The delays that run on real time at present. Virtual time must not advance until they end."""
UPGRADED: Final[set[object]] = set()
"""The addresses of the clients whose connections are WebSockets: they await no response to what they send."""


class RealTimeLoop(asyncio.SelectorEventLoop):
    """A loop on the real monotonic clock: other loops look up `time.monotonic`, which virtual time replaces."""

    def time(self) -> float:
        return monotonic()


@contextmanager
def delaying() -> Iterator[None]:
    """Add a delay to REAL_DELAYS inside the block, if the running loop uses real time."""
    delay = object()
    if isinstance(asyncio.get_running_loop(), RealTimeLoop):
        REAL_DELAYS.add(delay)
    try:
        yield
    finally:
        REAL_DELAYS.discard(delay)
