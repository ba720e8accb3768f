"""Whether a library's functions are its own, or patched by another tool."""

from __future__ import annotations

import os
import sys


def is_own(owner: type, function: object) -> bool:
    """Return whether the package of a class defines a function.

    The module that a function names is not enough: `functools.wraps` copies it.
    """
    package = sys.modules.get(owner.__module__.partition(".")[0])
    folder = os.path.dirname(getattr(package, "__file__", None) or "")
    file: str = getattr(getattr(function, "__code__", None), "co_filename", "")
    return folder != "" and file.startswith(folder + os.sep)
