"""The lock of a fake: its owner may take it again, lend it to others for a while, and is told when it is free again."""

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
        # Written by the owner only.
        self._depth = 0
        self.release_count = 0
        """How often it has been let go: as long as that is the same, nobody has done anything."""
        self._when_free: list[Callable[[], object]] = []

    def on_release(self, then: Callable[[], object]) -> None:
        """Have something done each time that an owner has let go: by the same thread, which does not hold the lock."""
        self._when_free.append(then)

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth = depth = self._depth - 1
        if not depth:
            self.release_count += 1
        self._lock.release()
        if not depth:
            for then in self._when_free:
                then()

    @contextmanager
    def released(self) -> Iterator[None]:
        """Let other threads have the lock meanwhile, however often this one, its owner, has taken it."""
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
    """A method of something that has a lock, during which it is held."""

    @wraps(method)
    def held(self: _Locked, /, *arguments: Any, **named: Any) -> Any:
        with self.lock:
            return method(self, *arguments, **named)

    return cast(F, held)
