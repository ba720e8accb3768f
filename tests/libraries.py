"""httpx, and httpx2 if it is installed (Python 3.11 and newer)."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

LIBRARIES: dict[str, ModuleType] = {name: import_module(name) for name in ("httpx", "httpx2") if find_spec(name)}
