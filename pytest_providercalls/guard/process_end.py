"""The end of the process: what exit handlers and the last threads have done can still change the exit status."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from typing import Any, Final

_FAILED: Final = 1


def at_process_end(passes: Callable[[], bool]) -> None:
    """Call a function after all exit handlers, also those that were registered earlier.

    Unless it returns True, the exit status is 1. Python offers no hook for this: an exit handler cannot change the
    exit status, except by ending the process before the others have run. But after them all the interpreter flushes
    sys.stdout, then sys.stderr.
    """
    atexit.register(_watch_last_flush, passes)


def _watch_last_flush(passes: Callable[[], bool]) -> None:
    sys.stderr = _LastStream(sys.stderr, passes)


class _LastStream:
    """sys.stderr while the process ends."""

    closed: Final = False
    """The interpreter does not flush a closed stream."""

    def __init__(self, stream: Any, passes: Callable[[], bool]) -> None:
        self._stream = stream
        self._passes = passes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def flush(self) -> None:
        """Flush the stream. If the interpreter itself calls this, all exit handlers have run."""
        failed = sys._getframe().f_back is None and not self._passes()
        if not getattr(self._stream, "closed", True):
            self._stream.flush()
        if failed:
            # Skips nothing but the deletion of modules.
            os._exit(_FAILED)
