"""Where a call came from: the nearest line of the user's own code."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

_NO_USER_CODE: Final = "a thread without user code"
_PACKAGE: Final = __name__.partition(".")[0]
_CHILD_SITE: Final = os.path.join(os.path.dirname(__file__), "child_site", "")
_STANDARD_LIBRARY: Final = os.path.dirname(os.__file__) + os.sep
# The `pytest` script itself is at the bottom of every stack of the main thread.
_SCRIPTS: Final = os.path.dirname(sys.executable) + os.sep
_INSTALLED: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def call_site() -> str:
    """Return `path:line` of the user's code on this stack, or else of an installed library."""
    frame = sys._getframe()
    line = _nearest(frame, _is_users) or _nearest(frame, _is_installed)
    if line is not None:
        return line
    main = sys._current_frames().get(threading.main_thread().ident or 0)
    waiting = _nearest(main, _is_users)
    # asyncio runs DNS lookups in a separate thread; the code that waits for the result is more informative.
    return f"{_NO_USER_CODE}, while the main thread was at {waiting}" if waiting else _NO_USER_CODE


def _nearest(frame: FrameType | None, matches: Callable[[FrameType], bool]) -> str | None:
    while frame is not None:
        if matches(frame):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return None


def _is_users(frame: FrameType) -> bool:
    path = frame.f_code.co_filename
    # `python -c`
    if path == "<string>" and frame.f_globals.get("__name__") == "__main__":
        return True
    foreign = path.startswith(("<", _STANDARD_LIBRARY, _SCRIPTS)) or _is_in_packages(path)
    return not foreign and not _is_ours(frame)


def _is_installed(frame: FrameType) -> bool:
    return _is_in_packages(frame.f_code.co_filename) and not _is_ours(frame)


def _is_in_packages(path: str) -> bool:
    return any(part in path for part in _INSTALLED)


def _is_ours(frame: FrameType) -> bool:
    name = str(frame.f_globals.get("__name__")).partition(".")[0]
    return name == _PACKAGE or frame.f_code.co_filename.startswith(_CHILD_SITE)
