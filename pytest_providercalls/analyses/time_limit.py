"""A time limit for one run of a test against a mutant."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any


class MutantTimeout(BaseException):
    """A test that does not finish. Not an Exception, because clients catch those and try again."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupt the main thread after `seconds` of CPU time, or after ten times as long in real time; 0 is no limit.

    The interruption is repeated, because a client may catch any exception. Not every operating system supports it.
    """
    if not (seconds and hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()):
        yield
        return
    # On a busy machine every test waits longer, but none uses more CPU time.
    timers = ((signal.ITIMER_PROF, signal.SIGPROF, seconds), (signal.ITIMER_REAL, signal.SIGALRM, 10 * seconds))
    before = {number: signal.signal(number, _raise_timeout) for _, number, _ in timers}
    for timer, _, limit in timers:
        signal.setitimer(timer, limit, 1.0)
    try:
        yield
    finally:
        try:
            _disarm(before)
        finally:
            # Twice, since the last interruption may have come during the first call.
            _disarm(before)


def _disarm(handlers: Mapping[signal.Signals, Any]) -> None:
    for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):
        signal.setitimer(timer, 0)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _raise_timeout(*_: object) -> None:
    raise MutantTimeout("the test takes many times longer against the mutant than without it")
