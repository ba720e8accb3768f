"""The end of a server on SIGINT or SIGTERM: in order if possible, and after a few seconds in any case."""

from __future__ import annotations

import os
import signal
import socket
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
_PARTS: Final = 10
"""How often the end of the block is checked in its grace period."""
_WAIT_SECONDS: Final = 1.0
_END: Final = b"\0"


class Stopped(BaseException):
    """A signal arrived before `Shutdown.wait`. Not an Exception, so that nothing swallows it."""


class Shutdown:
    """A context manager that replaces the default action of SIGINT and SIGTERM.

    Before `wait`, a signal raises Stopped in the main thread, which also ends a blocked call. During `wait`, it ends
    the wait. From the first signal on, the block has `grace` seconds to end; then the process is ended with `end`,
    after the files in `leftovers` are removed. Use it in the main thread.
    """

    def __init__(self, grace: float = _GRACE, end: Callable[[int], Any] = os._exit) -> None:
        self.leftovers: list[PublishedFile] = []
        self._grace = grace
        self._end = end
        self._starting = True
        # Not Events: a handler that runs while the Event's own lock is held would deadlock.
        self._received: SimpleQueue[int] = SimpleQueue()
        self._ended: SimpleQueue[None] = SimpleQueue()
        self._handled = False
        # The interpreter writes the number of a signal as soon as it arrives, before it calls the handler.
        self._woken, self._waker = socket.socketpair()
        self._watchdog = threading.Thread(target=self._watch, name="providercalls-shutdown", daemon=True)
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Shutdown:
        self._waker.setblocking(False)
        self._before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        self._wakeup_before = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        self._watchdog.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is Stopped:
            self._remove_leftovers()
        self._ended.put(None)
        signal.set_wakeup_fd(self._wakeup_before)
        with suppress(BlockingIOError):
            self._waker.send(_END)
        self._watchdog.join()
        self._woken.close()
        self._waker.close()
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
        self._handled = True
        if self._starting:
            self._starting = False
            raise Stopped
        self._received.put(number)

    def _watch(self) -> None:
        numbers = iter(lambda: self._woken.recv(1)[0], _END[0])
        number = next((number for number in numbers if number in _SIGNALS), None)
        if number is None:
            return
        for _ in range(_PARTS):
            with suppress(Empty):
                self._ended.get(timeout=self._grace / _PARTS)
                return
            # It may have arrived just before the main thread entered a call that blocks.
            if not self._handled and hasattr(signal, "pthread_kill"):
                signal.pthread_kill(threading.main_thread().ident or 0, number)
        self._remove_leftovers()
        self._end(_BY_SIGNAL + number)

    def _remove_leftovers(self) -> None:
        for file in self.leftovers:
            file.remove()
