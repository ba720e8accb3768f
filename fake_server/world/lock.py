"""The lock of a fake: reentrant, it can be released for a while, and it reports each release."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class Lock:
    """A reentrant lock, used as a context manager."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        # Only the owner writes it.
        self._depth = 0
        self.release_count = 0
        """The number of releases so far: while it is unchanged, nothing has changed in the fake."""
        self._callbacks: list[Callable[[], object]] = []

    def on_release(self, callback: Callable[[], object]) -> None:
        """Call a function after each release, in the thread that released the lock and no longer holds it."""
        self._callbacks.append(callback)

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth = depth = self._depth - 1
        if not depth:
            self.release_count += 1
        self._lock.release()
        if not depth:
            for callback in self._callbacks:
                callback()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold the lock while the block only reads: no callback is called, so no webhook is delivered."""
        self._lock.acquire()
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            self._lock.release()

    @contextmanager
    def released(self) -> Iterator[None]:
        """Release the lock while the block runs, however often its owner has acquired it."""
        depth, self._depth = self._depth, 0
        for _ in range(depth):
            self._lock.release()
        try:
            yield
        finally:
            for _ in range(depth):
                self._lock.acquire()
            self._depth = depth


class _Locked(Protocol):
    lock: Lock


def synchronized(method: F) -> F:
    """Hold the object's lock while the method runs."""

    @wraps(method)
    def locked(self: _Locked, /, *arguments: Any, **named: Any) -> Any:
        with self.lock:
            return method(self, *arguments, **named)

    return cast(F, locked)
