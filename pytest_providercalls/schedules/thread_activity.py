"""Whether a thread runs or waits, as the operating system sees it."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any, Final

from ..fake_server.world.real_time import monotonic
from ..fixtures.real_work import has_timeout, is_waiting_for_lock, system_call

CHECK_SECONDS: Final = 0.0005
"""How long, in real time, a thread is left alone between two checks."""
_LOCK_CHECKS: Final = 3
"""How often a thread must be seen in the same place, if the system says that it waits for a lock."""
_SECONDS: Final = 0.5
"""How long a thread must not have run, if it waits for anything else: a file, a socket or a child process."""
_UNKNOWN_SECONDS: Final = 0.1
"""The same where the system does not tell what a thread waits for."""


class Activity:
    """The observation of one thread that has not reached VoIPbin for a while."""

    def __init__(self, thread: threading.Thread) -> None:
        self._thread = thread
        self.restart()

    def restart(self) -> None:
        """Begin to observe: the thread has just been seen running."""
        self._last: object = None
        self._next_check = 0.0
        self._checks = 0
        self._since = monotonic()

    def waits(self) -> bool:
        """Return whether the thread has been waiting since `restart`, or since it last ran. Call it repeatedly."""
        if monotonic() < self._next_check:
            return False
        self._next_check = monotonic() + CHECK_SECONDS
        call = system_call(self._thread.native_id)
        # Afterwards, because the thread may run while the file is read.
        used = _cpu_time(self._thread)
        if used != self._last or call == "running":
            self._last, self._checks, self._since = used, 0, monotonic()
            return False
        self._checks += 1
        if is_waiting_for_lock(call):
            return self._checks >= _LOCK_CHECKS
        return monotonic() - self._since > (_SECONDS if call else _UNKNOWN_SECONDS)

    def is_endless(self) -> bool:
        """Return whether the thread waits for a lock without a timeout. Only Linux tells."""
        native_id = self._thread.native_id
        return is_waiting_for_lock(system_call(native_id)) and not has_timeout(native_id)


def _cpu_time(thread: threading.Thread) -> object:
    """Return how long a thread has run; elsewhere than on Linux, its present instruction."""
    clock: Any = getattr(time, "pthread_getcpuclockid", None)
    ident = thread.ident
    if ident is None:
        return None
    if clock is not None:
        try:
            return time.clock_gettime(clock(ident))
        except OSError:
            return None
    frame = sys._current_frames().get(ident)
    return frame and (id(frame), frame.f_lasti)
