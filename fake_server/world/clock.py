"""The fake's own time: it moves when it is told to, and by one tick for each time that is written down."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from .lock import Lock

START = datetime(2026, 4, 21, 23, 15, tzinfo=timezone.utc)
"""When the documents' example was recorded."""
LONGEST = 100 * 365 * 86_400
"""A hundred years in seconds: more than any call, token or record lives, and less than a date can hold."""


class Clock:
    """Virtual time, in UTC.

    `tick` passes after each `stamp()`, so that no two records share a creation time, as on a real server; with
    a tick of zero they do, and pages lose the rows that share a boundary (gateway.md 6).
    """

    def __init__(self, start: datetime = START, tick: timedelta = timedelta(microseconds=1)) -> None:
        self._now = start
        self._tick = tick
        self.lock = Lock()
        """Held while time passes; a fake holds it for each request too, so that time does not pass meanwhile."""
        self._watchers: list[Callable[[datetime], None]] = []
        self.drives_event_loops = False
        """Whether an asyncio loop that waits lets this clock's time pass: then it is better to wait than to advance."""

    def now(self) -> datetime:
        """The present time."""
        return self._now

    def timestamp(self) -> datetime:
        """The present time, to be written down; then one tick passes."""
        now = self._now
        self._now = now + self._tick
        return now

    def advance(self, seconds: float) -> None:
        """Let time pass, with all that is due meanwhile. Raises ValueError below 0, and beyond a hundred years."""
        with self.lock:
            target = self.now_plus(seconds)
            for watcher in self._watchers:
                watcher(target)
            # What happened on the way may have ticked a little beyond.
            self._now = max(self._now, target)

    def now_plus(self, seconds: float) -> datetime:
        """The time so many seconds from now. Raises ValueError below 0, and beyond a hundred years."""
        if seconds < 0:
            raise ValueError(f"time does not run backwards: cannot advance by {seconds} s")
        if not seconds <= LONGEST:
            raise ValueError(f"time passes by a hundred years at most, and not by {seconds} s")
        return self._now + timedelta(seconds=seconds)

    def on_advance(self, watcher: Callable[[datetime], None]) -> None:
        """Have somebody called before each advance, with the time that it leads to; he may set the clock on the way."""
        self._watchers.append(watcher)

    def set(self, now: datetime) -> None:
        """Put the clock to a time; nothing happens on the way."""
        self._now = now

    def sync(self) -> None:
        """Let the time pass that has really passed; virtual time does not mind it."""


class RealClock(Clock):
    """A clock that goes by the machine's, whenever somebody has it catch up; it can be advanced besides."""

    def __init__(self) -> None:
        super().__init__(datetime.now(timezone.utc))
        self._seen = time.monotonic()

    def sync(self) -> None:
        """Let the time pass that has really passed since the last time."""
        with self.lock:
            seen, self._seen = self._seen, time.monotonic()
            self.advance(self._seen - seen)
