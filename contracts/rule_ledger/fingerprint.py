"""Fingerprints of rules, which tell whether a rule is still the one that was run on a server."""

from __future__ import annotations

import ast
import enum
import hashlib
import inspect
import linecache
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from types import FunctionType
from typing import Any, Final

from .. import rules
from ..editions import Edition
from ..rule import Rule

_LENGTH: Final = 12
_FLAGS: Final = frozenset(one.name for one in fields(Edition)) - {"name", "description", "based_on"}
_IGNORED: Final = frozenset({"annotation", "returns", "ctx", "kind", "type_comment", "type_params"})
"""Fields of syntax nodes that do not change what the code does."""
_MODULES: Final = 32
_RULES: Final = 1024


@lru_cache(_RULES)
def fingerprint(rule: Rule, edition: Edition) -> str:
    """Return a hash of a rule in an edition, or an empty string if the source of its probe is not installed.

    It covers the statement, the edition's answer, the edition flags, and the probe with the helpers and constants that
    it uses. It does not cover formatting, comments, type hints, the name of the rule's function, and the code that all
    probes share (`contracts.probes`), and it is the same in each version of Python.
    """
    try:
        code = _ProbeCode(rule, edition)
    except OSError:
        return ""
    content = [rule.statement, _canonical(rule.answers[edition.name]), *code.lines()]
    return hashlib.sha256("\n".join(content).encode()).hexdigest()[:_LENGTH]


class _ProbeCode:
    """A probe's code, the helpers and the constants of the catalogue that it uses, and the edition flags they read."""

    def __init__(self, rule: Rule, edition: Edition) -> None:
        self._edition = edition
        self._helpers: dict[str, str] = {}
        self._constants: dict[str, str] = {}
        self._flags = {rule.edition_flag, rule.edition_value} - {""}
        probe = rule.probe
        assert isinstance(probe, FunctionType)
        self._probe = self._code(probe)

    def lines(self) -> Iterator[str]:
        yield self._probe
        yield from (f"{name} = {text}" for name, text in sorted((self._helpers | self._constants).items()))
        yield from (f"{flag} = {_canonical(getattr(self._edition, flag))}" for flag in sorted(self._flags))

    def _code(self, function: FunctionType) -> str:
        node = _functions(_source(function))[function.__name__]
        self._flags.update(_flags_read(node))
        for name in _global_names(node):
            if name in function.__globals__:
                self._add(name, function.__globals__[name])
        return _shape([node.args, *_without_docstring(node)])

    def _add(self, name: str, value: object) -> None:
        if isinstance(value, FunctionType):
            if value.__module__.startswith(f"{rules.__name__}.") and name not in self._helpers:
                self._helpers[name] = ""  # ends the recursion of a helper that calls itself
                self._helpers[name] = self._code(value)
        elif isinstance(value, Rule):
            self._constants[name] = f"{value.id} {_canonical(value.answers[self._edition.name])}"
        elif _is_data(value):
            self._constants[name] = _canonical(value)


def _source(function: FunctionType) -> str:
    """Return the source of a function's module, even if a test has forgotten the module. Raises OSError without one."""
    # Not by the module's name: after patch.dict(sys.modules) and pytest's own inner sessions it leads nowhere.
    written = inspect.unwrap(function)
    lines = linecache.getlines(written.__code__.co_filename, written.__globals__)
    if not lines:
        raise OSError(f"the source of {function.__module__} is not installed")
    return "".join(lines)


@lru_cache(_MODULES)
def _functions(source: str) -> Mapping[str, ast.FunctionDef]:
    """Return the functions of a module by name."""
    return {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}


def _without_docstring(node: ast.FunctionDef) -> list[ast.stmt]:
    return node.body[ast.get_docstring(node, clean=False) is not None :]


def _global_names(node: ast.FunctionDef) -> list[str]:
    names = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
    local = {one.id for one in names if not isinstance(one.ctx, ast.Load)}
    local |= {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
    return sorted({one.id for one in names} - local)


def _flags_read(node: ast.FunctionDef) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute) and one.attr in _FLAGS and _is_edition(one.value):
            yield one.attr


def _is_edition(node: ast.expr) -> bool:
    return "edition" in (getattr(node, "attr", ""), getattr(node, "id", ""))


def _shape(node: Any) -> str:
    """Return a syntax tree as text. Unlike `ast.dump`, the text does not depend on the version of Python."""
    if isinstance(node, list):
        return f"[{','.join(map(_shape, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    values = ((name, getattr(node, name)) for name in node._fields if name not in _IGNORED)
    given = (f"{name}={_shape(value)}" for name, value in values if value is not None and value != [])
    return f"{type(node).__name__}({','.join(given)})"


def _is_data(value: object) -> bool:
    return isinstance(value, (str, bytes, int, float, tuple, list, dict, frozenset, re.Pattern)) or (
        is_dataclass(value) and not isinstance(value, type)
    )


def _canonical(value: Any) -> str:
    """Return data as text that does not depend on the version of Python or on the order of a set."""
    if isinstance(value, enum.Enum):
        return str(value.name)
    if isinstance(value, re.Pattern):
        return _canonical((value.pattern, int(value.flags)))
    if is_dataclass(value):
        return _canonical({one.name: getattr(value, one.name) for one in fields(value)})
    if isinstance(value, dict):
        return f"{{{','.join(f'{key!r}:{_canonical(one)}' for key, one in value.items())}}}"
    if isinstance(value, frozenset):
        return f"{{{','.join(sorted(map(_canonical, value)))}}}"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(_canonical, value))}]"
    return repr(value)
