"""The command line `providercalls`: one module per command."""

# argparse rather than Click: commands that need no server work after a plain install, and a plugin should not add a
# dependency whose version other tools pin.

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Final

from ..contracts.suggestions import suggestion
from ..contracts.visible_text import visible
from .commands import COMMANDS as COMMANDS
from .commands import command_module, summary_of
from .errors import UsageError

_WRONG_USE: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. Raises SystemExit, like argparse, for help and for wrong arguments."""
    options = parse(list(sys.argv[1:] if arguments is None else arguments))
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except UsageError as error:
        print(visible(f"providercalls {options.command}: {error}"), file=sys.stderr)
        return _WRONG_USE
    except BrokenPipeError:
        # The reader, such as `head`, has closed the pipe; without this Python would fail again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def parse(words: list[str]) -> argparse.Namespace:
    """Return the options of a command. Raises SystemExit for help and for wrong arguments."""
    given = next((word for word in words if not word.startswith("-")), "")
    parser = argparse.ArgumentParser(prog="providercalls", description="VoIPbin without phone calls.")
    parser.add_argument("--version", action=_Version, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    chosen = parser
    for name in COMMANDS:
        module = command_module(name)
        command = commands.add_parser(name, help=summary_of(module), description=summary_of(module))
        # Some options import the names that they accept, so only the given command adds its own.
        if name == given:
            chosen = command
            module.arguments(command)
        command.set_defaults(run=module.run)
    if given and given not in COMMANDS:
        hint = suggestion(given, COMMANDS) or f"; expected one of {', '.join(COMMANDS)}"
        parser.error(f"unknown command {given!r}{hint}")
    options, unknown = parser.parse_known_args(words)
    if unknown:
        known = [option for action in chosen._actions for option in action.option_strings]
        shown = (f"{word}{suggestion(word.partition('=')[0], known)}" for word in unknown)
        chosen.error(f"unknown arguments: {' '.join(shown)}")
    return options


class _Version(argparse.Action):
    """Prints the version. It is read only when it is requested, because that takes a while."""

    def __init__(self, option_strings: list[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"providercalls {version('pytest-providercalls')}")
        parser.exit()
