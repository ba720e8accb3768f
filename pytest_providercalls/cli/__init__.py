"""The command line `providercalls`: one module per command."""

# argparse rather than Click: commands that need no server work after a plain install, and a plugin should not add a
# dependency whose version other tools pin.

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from .errors import UsageError

COMMANDS: Final = ("check", "demo", "guard", "lint-mocks", "openapi", "rules", "serve")
"""Each is a module of this package, with underscores for dashes. Its docstring is the help text, `arguments(parser)`
adds its options, and `run(options)` runs it."""
_WRONG_USE: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code. Raises SystemExit, like argparse, for help and for wrong arguments."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except UsageError as error:
        print(f"providercalls {options.command}: {error}", file=sys.stderr)
        return _WRONG_USE
    except BrokenPipeError:
        # The reader, such as `head`, has closed the pipe; without this Python would fail again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="providercalls", description="VoIPbin without phone calls.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = import_module(f".{name.replace('-', '_')}", __name__)
        summary = str(module.__doc__).partition("\n")[0]
        command = commands.add_parser(name, help=summary, description=summary)
        module.arguments(command)
        command.set_defaults(run=module.run)
    return parser
