"""The end of the process: what exit handlers and the last threads have done can still change the exit status."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

_FAILED: Final = 1
_LAST: Final = "__interactivehook__"
"""A value of sys that the interpreter deletes first when it deletes its modules. Exit handlers leave it alone."""


def at_process_end(passes: Callable[[], bool]) -> None:
    """Call a function after all exit handlers, also those that were registered earlier.

    Unless it returns True, the exit status is 1. Python offers no hook for this: an exit handler cannot change the
    exit status, except by ending the process before the others have run. But after them all the interpreter deletes
    its modules, and with them an object that can notice this. It does so even if the handlers replace the streams.
    """
    atexit.register(_watch_deletion, passes)


def _watch_deletion(passes: Callable[[], bool]) -> None:
    setattr(sys, _LAST, _LastObject(passes))


class _LastObject:
    """The first object that is deleted when the process ends. Nothing can be imported any more."""

    def __init__(self, passes: Callable[[], bool]) -> None:
        self._passes = passes
        self._stream = sys.stderr

    def __del__(self) -> None:
        failed = True
        try:
            # An exit handler may have replaced it.
            sys.stderr = self._stream
            failed = not self._passes()
        finally:
            if failed:
                with suppress(Exception):
                    self._stream.flush()
                # Skips nothing but the deletion of modules.
                os._exit(_FAILED)
