"""An event loop that goes by the real time, whatever a test does to the clocks of its clients."""

from __future__ import annotations

import asyncio
import time


class RealTimeLoop(asyncio.SelectorEventLoop):
    """What moves time in a process replaces `time.monotonic`, by which loops go, and asks a loop whether it may."""

    def time(self) -> float:
        return time.perf_counter()
