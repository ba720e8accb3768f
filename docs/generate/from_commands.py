"""The page about the command line `providercalls`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib import import_module

from markdown import items, sentence

from pytest_providercalls.cli import COMMANDS


def command_line() -> Iterator[str]:
    """Yield each command with its options."""
    yield from ("# The command line `providercalls`", "")
    yield "The exit code is 0 on success, 1 if the command found problems, and 2 if it could not run."
    for name in COMMANDS:
        yield from ("", f"## providercalls {name}", "", *_command(name))


def _command(name: str) -> Iterator[str]:
    module = import_module(f"pytest_providercalls.cli.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(add_help=False)
    module.arguments(parser)
    yield str(module.__doc__).partition("\n")[0]
    if parser._actions:
        yield ""
        yield from items((_syntax(action), sentence(action.help or "")) for action in parser._actions)


def _syntax(action: argparse.Action) -> str:
    name = ", ".join(action.option_strings) or str(action.metavar or action.dest)
    if not action.option_strings or action.nargs == 0:
        return name
    value = "|".join(map(str, action.choices)) if action.choices else action.metavar or action.dest.upper()
    return f"{name} {value}"
