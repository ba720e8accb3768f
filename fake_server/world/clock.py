"""The fake's own time. It passes only when it is advanced, and by one tick for each timestamp."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

from .lock import Lock
from .real_time import monotonic
from .scheduler import Scheduler

START = datetime(2026, 4, 21, 23, 15, tzinfo=timezone.utc)
"""The time at which the documents' example was recorded."""
LONGEST = 100 * 365 * 86_400
"""A hundred years in seconds: longer than any call, token or record lives, and short enough for a date."""


class Clock:
    """Virtual time, in UTC.

    The clock advances by `tick` after each `timestamp()`, so that no two records have the same creation time, as on a
    real server. With a tick of zero they do, and lists lose the rows that share a page boundary (gateway.md 6).
    """

    def __init__(self, start: datetime = START, tick: timedelta = timedelta(microseconds=1)) -> None:
        self._now = start
        self._tick = tick
        self.lock = Lock()
        """Held while the clock advances. A fake also holds it for each request, so that no time passes during one."""
        self._callbacks: list[Callable[[datetime], None]] = []
        self._watchers: list[Callable[[timedelta], None]] = []
        self.drives_event_loops = False
        """Whether a waiting asyncio loop advances this clock. A coroutine then waits instead of advancing it."""
        self.scheduler: Scheduler | None = None
        """Decides when the requests of clients are handled, and how their threads sleep, while a schedule runs."""

    def now(self) -> datetime:
        """Return the present time."""
        return self._now

    def timestamp(self) -> datetime:
        """Return the present time for a record, then advance by one tick."""
        now = self._now
        self._now = now + self._tick
        return now

    def advance(self, seconds: float) -> None:
        """Advance by `seconds`; all events scheduled until then happen. Raises ValueError outside 0 to 100 years."""
        with self.lock:
            target = self.now_plus(seconds)
            for callback in self._callbacks:
                callback(target)
            # The events on the way may have ticked a little further.
            self._move(max(self._now, target))

    def now_plus(self, seconds: float) -> datetime:
        """Return the time in `seconds` seconds. Raises ValueError outside 0 to 100 years, TypeError for other types."""
        if not isinstance(seconds, (int, float)):
            hint = "; pass .total_seconds()" if isinstance(seconds, timedelta) else ""
            raise TypeError(f"the clock cannot advance by {seconds!r}: expected a number of seconds{hint}")
        if seconds < 0:
            raise ValueError(f"the clock cannot go back: cannot advance by {seconds} s")
        if not seconds <= LONGEST:
            raise ValueError(f"the clock can advance by at most 100 years, not by {seconds} s")
        return self._now + timedelta(seconds=seconds)

    def on_advance(self, callback: Callable[[datetime], None]) -> None:
        """Call a function before each advance, with the target time. It may set the clock on the way."""
        self._callbacks.append(callback)

    @property
    def callbacks(self) -> tuple[Callable[[datetime], None], ...]:
        """The functions that are called before each advance."""
        return tuple(self._callbacks)

    @callbacks.setter
    def callbacks(self, callbacks: Iterable[Callable[[datetime], None]]) -> None:
        self._callbacks = list(callbacks)

    def set(self, now: datetime) -> None:
        """Set the time. Nothing happens on the way."""
        self._move(now)

    @contextmanager
    def watched(self, watcher: Callable[[timedelta], None]) -> Iterator[None]:
        """Inside the block, call a function after each change of the time, with the difference.

        The ticks of timestamps are not reported, nor is the real time that a RealClock catches up with.
        """
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)

    def _move(self, now: datetime) -> None:
        moved, self._now = now - self._now, now
        for watcher in self._watchers:
            watcher(moved)

    def sync(self) -> None:
        """Catch up with real time. Virtual time has nothing to catch up with."""


class RealClock(Clock):
    """A clock that follows the machine's whenever it is synchronised. It can also be advanced."""

    def __init__(self) -> None:
        super().__init__(datetime.now(timezone.utc))
        self._seen = monotonic()
        self._syncing = False

    def sync(self) -> None:
        """Advance by the real time that has passed since the last call."""
        with self.lock:
            seen, self._seen = self._seen, monotonic()
            self._syncing = True
            try:
                self.advance(self._seen - seen)
            finally:
                self._syncing = False

    def _move(self, now: datetime) -> None:
        if self._syncing:
            self._now = now
        else:
            super()._move(now)
