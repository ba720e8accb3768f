"""The names of the commands, and their modules."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Final

COMMANDS: Final = ("check", "completion", "conform", "demo", "guard", "lint-mocks", "openapi", "rules", "serve")
"""Each is a module of this package, with underscores for dashes. Its docstring is the help text, `arguments(parser)`
adds its options, and `run(options)` runs it."""


def command_module(name: str) -> ModuleType:
    """Return the module of a command."""
    return import_module(f".{name.replace('-', '_')}", __package__)


def summary_of(module: ModuleType) -> str:
    """Return the help text of a command."""
    return str(module.__doc__).partition("\n")[0]
