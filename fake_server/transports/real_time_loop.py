"""An event loop that uses real time, even while a test replaces the clocks of its clients."""

from __future__ import annotations

import asyncio
import time


class RealTimeLoop(asyncio.SelectorEventLoop):
    """A loop on `time.perf_counter`: virtual time replaces `time.monotonic`, which other loops use."""

    def time(self) -> float:
        return time.perf_counter()
