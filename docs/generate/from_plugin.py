"""Pages about the pytest plugin: the fixtures, the marker, the options."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from markdown import code, items, sentence, table

from pytest_providercalls import plugin
from pytest_providercalls.marker_arguments import ARGUMENTS
from pytest_providercalls.settings import MARKER


def fixtures() -> Iterator[str]:
    """Yield the public fixtures, in the order of the plugin."""
    yield from ("# Fixtures", "", "Each test gets its own, except for `voipbin_factory`, which is session-scoped.", "")
    functions = [node for node in ast.parse(inspect.getsource(plugin)).body if isinstance(node, ast.FunctionDef)]
    found = [one for one in functions if one.name.startswith("voipbin") and one.decorator_list]
    yield from table(["fixture", "type", "description"], [(code(one.name), _type(one), _doc(one)) for one in found])
    yield from ("", "The [Python API](python.md) documents these types.")


def _type(fixture: ast.FunctionDef) -> str:
    type = ast.unparse(fixture.returns) if fixture.returns else ""
    return code(type.removeprefix("Iterator[").removesuffix("]") if type.startswith("Iterator[") else type)


def _doc(fixture: ast.FunctionDef) -> str:
    return ast.get_docstring(fixture) or ""


def marker() -> Iterator[str]:
    """Yield the arguments of the marker."""
    yield f"# The marker `@pytest.mark.{MARKER}`"
    yield from ("", "It configures the fake of a test. Put it on a test, a class or (as `pytestmark`) a module.")
    yield "For each argument, the nearest marker decides. All arguments are keywords; an unknown one is an error."
    yield ""
    rows = [(code(name), _types(one.types), one.default, one.help) for name, one in ARGUMENTS.items()]
    yield from table(["argument", "type", "default", "meaning"], rows)


def _types(types: type | tuple[type, ...]) -> str:
    every = types if isinstance(types, tuple) else (types,)
    return " or ".join(code(one.__name__) for one in every)


class _Recorder:
    """A replacement for pytest's parser that records what the plugin adds."""

    def __init__(self) -> None:
        self.options: list[tuple[str, str]] = []
        self.settings: list[tuple[str, str, str, str]] = []

    def getgroup(self, *_names: str) -> _Recorder:
        return self

    def addoption(self, name: str, *, metavar: str = "", nargs: str = "", help: str, **_more: Any) -> None:
        value = f"[={metavar}]" if nargs == "?" else f"={metavar}" if metavar else ""
        self.options.append((name + value, help))

    def addini(self, name: str, help: str, type: str = "string", default: Any = "") -> None:
        self.settings.append((code(name), type, code(_shown(default)), sentence(help)))


def _shown(default: Any) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default or "")


def options() -> Iterator[str]:
    """Yield the options for pytest's command line and ini file."""
    recorder: Any = _Recorder()
    plugin.pytest_addoption(recorder, pytest.PytestPluginManager())
    yield from ("# Options of pytest", "", "## On the command line", "")
    yield from items((name, sentence(help)) for name, help in recorder.options)
    yield from ("", "## In the ini file", "", "Or in `pyproject.toml`, below `[tool.pytest.ini_options]`.", "")
    yield from table(["setting", "type", "default", "meaning"], recorder.settings)
