"""The end of a server on SIGINT or SIGTERM: in order if possible, and after a few seconds in any case."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, Final

from .published_file import PublishedFile

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_BY_SIGNAL: Final = 128
_GRACE: Final = 3.0
_WAIT_SECONDS: Final = 1.0


class Stopped(BaseException):
    """A signal arrived before `Shutdown.wait`. Not an Exception, so that nothing swallows it."""


class Shutdown:
    """A context manager that replaces the default action of SIGINT and SIGTERM.

    Before `wait`, a signal raises Stopped in the main thread, which also ends a blocked call. During `wait`, it ends
    the wait. From the first signal on, the block has `grace` seconds to end; then the process is ended with `end`,
    after the files in `leftovers` are removed.
    """

    def __init__(self, grace: float = _GRACE, end: Callable[[int], Any] = os._exit) -> None:
        self.leftovers: list[PublishedFile] = []
        self._grace = grace
        self._end = end
        self._starting = True
        # Not Events: a handler that runs while the Event's own lock is held would deadlock.
        self._received: SimpleQueue[int] = SimpleQueue()
        self._watched: SimpleQueue[int | None] = SimpleQueue()
        self._ended: SimpleQueue[None] = SimpleQueue()
        self._watchdog = threading.Thread(target=self._watch, name="providercalls-shutdown", daemon=True)
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Shutdown:
        self._watchdog.start()
        self._before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is Stopped:
            self._remove_leftovers()
        self._ended.put(None)
        self._watched.put(None)
        self._watchdog.join()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def wait(self) -> None:
        """Wait for a signal."""
        self._starting = False
        # On Windows a signal does not interrupt a wait; its handler runs after the wait.
        while True:
            with suppress(Empty):
                self._received.get(timeout=_WAIT_SECONDS)
                return

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._watched.put(number)
        if self._starting:
            self._starting = False
            raise Stopped
        self._received.put(number)

    def _watch(self) -> None:
        number = self._watched.get()
        if number is None:
            return
        try:
            self._ended.get(timeout=self._grace)
        except Empty:
            self._remove_leftovers()
            self._end(_BY_SIGNAL + number)

    def _remove_leftovers(self) -> None:
        for file in self.leftovers:
            file.remove()
