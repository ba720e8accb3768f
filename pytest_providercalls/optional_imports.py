"""Imports of libraries that may be missing: each missing library is searched for only once."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final

_absent: Final[set[str]] = set()
"""The libraries that were not found: under pytest a failed search takes longer than creating a test's fake."""


def import_optional(name: str) -> Any:
    """Return a library, or None if it cannot be imported."""
    if name in _absent and name not in sys.modules:
        return None
    try:
        return import_module(name)
    except ImportError:
        if name not in sys.modules:
            _absent.add(name)
        return None
