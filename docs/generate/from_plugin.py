"""What a test author touches: the fixtures, the marker, the options."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any

from markdown import code, items, sentence, table

from pytest_providercalls import plugin
from pytest_providercalls.settings import ARGUMENTS, MARKER


def fixtures() -> Iterator[str]:
    """The public fixtures of the plugin, in its order."""
    yield from ("# Fixtures", "", "All of them are made anew for each test.", "")
    functions = [node for node in ast.parse(inspect.getsource(plugin)).body if isinstance(node, ast.FunctionDef)]
    found = [one for one in functions if one.name.startswith("voipbin") and one.decorator_list]
    yield from table(["fixture", "gives a", "which is"], [(code(one.name), _given(one), _doc(one)) for one in found])
    yield from ("", "What these types offer is in [the Python API](python.md).")


def _given(fixture: ast.FunctionDef) -> str:
    given = ast.unparse(fixture.returns) if fixture.returns else ""
    return code(given.removeprefix("Iterator[").removesuffix("]") if given.startswith("Iterator[") else given)


def _doc(fixture: ast.FunctionDef) -> str:
    return ast.get_docstring(fixture) or ""


def marker() -> Iterator[str]:
    """The arguments of the marker."""
    yield f"# The marker `@pytest.mark.{MARKER}`"
    yield from ("", "It says how a test's fake is made, on a test, a class or (`pytestmark`) a module.")
    yield "The nearest one wins, argument by argument. All are keywords; one that does not exist is an error."
    yield ""
    rows = [(code(name), _types(one.types), one.default, one.help) for name, one in ARGUMENTS.items()]
    yield from table(["argument", "type", "unless told", "meaning"], rows)


def _types(types: type | tuple[type, ...]) -> str:
    every = types if isinstance(types, tuple) else (types,)
    return " or ".join(code(one.__name__) for one in every)


class _Recorder:
    """Takes the place of pytest's parser, and notes what the plugin adds."""

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
    """What pytest's command line and ini file take."""
    recorder: Any = _Recorder()
    plugin.pytest_addoption(recorder)
    yield from ("# Options of pytest", "", "## On the command line", "")
    yield from items((name, sentence(help)) for name, help in recorder.options)
    yield from ("", "## In the ini file", "", "Also in `pyproject.toml`, below `[tool.pytest.ini_options]`.", "")
    yield from table(["setting", "type", "default", "meaning"], recorder.settings)
