"""How a child process reports its attempts to the session that started it."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Final

from .attempt import Attempt

_FUNCTIONS: Final = (os.open, os.write, os.close)
"""Tests may replace them, or the whole file system (pyfakefs), but not what is inside a tuple."""


def this_process() -> str:
    """Describe this process in the report of an attempt."""
    # Without the arguments, which may include a token.
    program = os.path.basename(sys.executable or "python")
    return f"`{' '.join([program, *sys.argv[:1]])}` (pid {os.getpid()})"


def append(attempt: Attempt, reports: str) -> None:
    """Append an attempt to the file of the session, if it still exists."""
    line = json.dumps(attempt._asdict()) + "\n"
    # Without O_CREAT: a child process that outlives its session must not leave a file behind.
    with suppress(OSError):
        open_file, write, close = _FUNCTIONS
        file = open_file(reports, os.O_WRONLY | os.O_APPEND)
        try:
            write(file, line.encode())
        finally:
            close(file)
