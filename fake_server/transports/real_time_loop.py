"""An event loop that goes by the real time, whatever a test does to the clocks of its clients."""

from __future__ import annotations

import asyncio
import time


class RealTimeLoop(asyncio.SelectorEventLoop):
    """Whatever moves time replaces `time.monotonic`, by which other loops go, and leaves a loop of this type alone."""

    def time(self) -> float:
        return time.perf_counter()
