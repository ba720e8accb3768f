"""httpx, and httpx2 where it can be installed: from Python 3.11 on."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

LIBRARIES: dict[str, ModuleType] = {name: import_module(name) for name in ("httpx", "httpx2") if find_spec(name)}
