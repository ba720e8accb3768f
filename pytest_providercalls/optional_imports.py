"""Libraries that need not be installed: each is looked for in vain once."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final

_absent: Final[set[str]] = set()
"""Those that were looked for in vain: under pytest that takes longer than all else that a test's fake costs."""


def import_optional(name: str) -> Any:
    """A library, or None where it cannot be imported."""
    if name in _absent and name not in sys.modules:
        return None
    try:
        return import_module(name)
    except ImportError:
        if name not in sys.modules:
            _absent.add(name)
        return None
