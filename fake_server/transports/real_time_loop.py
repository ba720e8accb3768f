"""An event loop that uses real time, even while a test replaces the clocks of its clients."""

from __future__ import annotations

import asyncio

from ..world.real_time import monotonic


class RealTimeLoop(asyncio.SelectorEventLoop):
    """A loop on the real monotonic clock: other loops look up `time.monotonic`, which virtual time replaces."""

    def time(self) -> float:
        return monotonic()
