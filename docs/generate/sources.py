"""Docstrings below attributes, which only the source code contains."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

_SETTERS = ("__init__", "_initialise")


@cache
def attribute_docs(of: type | ModuleType) -> Mapping[str, str]:
    """Return the docstrings of the attributes of a class or a module, by name."""
    tree = ast.parse(_source(of))
    bodies: list[Any] = [tree.body if isinstance(of, ModuleType) else tree.body[0].body]  # type: ignore[attr-defined]
    bodies += [one.body for one in bodies[0] if isinstance(one, ast.If) or getattr(one, "name", "") in _SETTERS]
    pairs = [pair for body in bodies for pair in pairwise(body)]
    return {name: text for one, after in pairs if (name := _assigned(one)) and (text := _text(after))}


def _source(of: type | ModuleType) -> str:
    if isinstance(of, ModuleType):
        # inspect.getsource fails for an empty module.
        return Path(of.__file__ or "").read_text("utf-8")
    return textwrap.dedent(inspect.getsource(of))


def _assigned(statement: ast.stmt) -> str:
    """Return the name of the assigned variable or attribute of `self`."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return getattr(targets[0], "id", "") or getattr(targets[0], "attr", "")


def _text(statement: ast.stmt) -> str:
    value = getattr(statement, "value", None) if isinstance(statement, ast.Expr) else None
    return str(value.value) if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""
