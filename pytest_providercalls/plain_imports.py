"""Imports of our own modules that pytest does not rewrite.

pytest rewrites the assertions of every module of a plugin's distribution. Ours have none that a test could fail, and
where bytecode is not written (PYTHONDONTWRITEBYTECODE, as in many container images), each session would compile them.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class PlainImports:
    """A finder for the modules of one package, which imports them as if pytest did not run."""

    def __init__(self, package: str) -> None:
        self._prefix = f"{package}."

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module of the package that is a file; None for any other."""
        return PathFinder.find_spec(fullname, path, target) if fullname.startswith(self._prefix) else None
