"""Run a command that cannot reach the real VoIPbin, with the fake beside it, and write down what it attempted."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from ..guard.guard import DEFAULT_HOSTS, Guard
from ..sandbox.report import SandboxReport
from ..sandbox.sandbox import Sandbox
from . import fake_options
from .errors import UsageError

_ATTEMPTED: Final = 1
_NOT_RUN: Final = 126
_NOT_FOUND: Final = 127
_BY_SIGNAL: Final = 128


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "providercalls guard [options] -- COMMAND ..."
    parser.epilog = (
        "The exit code is the command's; 1 when it succeeded, but attempted to reach a guarded host. The command finds"
        " the fake in the environment: VOIPBIN_BASE_URL, VOIPBIN_TOKEN, ..."
    )
    parser.add_argument("--host", action="append", default=[], metavar="GLOB", help="one more host to guard")
    parser.add_argument("--no-namespace", action="store_true", help="leave the network be, and use a proxy")
    parser.add_argument("--receipt", type=Path, metavar="FILE.json", help="write the receipt as JSON, too")
    fake_options.arguments(parser)
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND", help="what to run, after --")


def run(options: argparse.Namespace) -> int:
    """Run the command; gives its exit code, or 1 where it would have been 0 but for an attempt."""
    command = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not command:
        raise UsageError("name the command to run after --, such as `providercalls guard -- npm test`")
    receipt = SandboxReport(command)
    with ExitStack() as stack:
        # First of all: a process that has threads cannot go into a namespace.
        confinement = Sandbox(Guard((*DEFAULT_HOSTS, *options.host)), receipt, namespace=not options.no_namespace)
        from ..fake_server.env_vars import variables

        control = fake_options.build_fake(options)
        fake = control.fake
        listener = stack.enter_context(fake_options.run_server(control, foreign_pages=True))
        confined = stack.enter_context(confinement.environment(os.environ))
        environment = {**confined, **variables(f"{listener.url}/v1.0", fake)}
        receipt.exit_code = _run(command, environment)
    receipt.fake = {"requests": len(fake.requests), "calls placed": len(fake.placed())}
    if receipt.guarded and receipt.exit_code == 0:
        receipt.exit_code = _ATTEMPTED
    _hand_out(receipt, options.receipt)
    return receipt.exit_code


def _run(command: list[str], environment: Mapping[str, str]) -> int:
    with _signals_passed_on() as started:
        try:
            process = subprocess.Popen(command, env=environment)
        except FileNotFoundError:
            print(f"providercalls guard: there is no command {command[0]!r}", file=sys.stderr)
            return _NOT_FOUND
        except OSError as why:
            print(f"providercalls guard: {command[0]!r} cannot be run: {why.strerror}", file=sys.stderr)
            return _NOT_RUN
        started(process)
        code = process.wait()
    return _BY_SIGNAL - code if code < 0 else code


@contextmanager
def _signals_passed_on() -> Iterator[Callable[[subprocess.Popen[bytes]], None]]:
    """Leave it to the command to end: the terminal sends it SIGINT by itself, and SIGTERM is passed on.

    Gives a function that is to be told of the command when it has started.
    """
    early: list[int] = []
    processes: list[subprocess.Popen[bytes]] = []

    def started(process: subprocess.Popen[bytes]) -> None:
        processes.append(process)
        for number in early:
            process.send_signal(number)

    def pass_on(number: int, _: object) -> None:
        early.append(number)
        for process in processes:
            process.send_signal(number)

    # Not SIG_IGN, which the command would inherit.
    interrupted = signal.signal(signal.SIGINT, lambda *_: None)
    terminated = signal.signal(signal.SIGTERM, pass_on)
    try:
        yield started
    finally:
        signal.signal(signal.SIGINT, interrupted)
        signal.signal(signal.SIGTERM, terminated)


def _hand_out(receipt: SandboxReport, path: Path | None) -> None:
    print("\n".join(receipt.lines()), file=sys.stderr)
    if path is not None:
        try:
            path.write_text(receipt.as_json() + "\n", encoding="utf-8")
        except OSError as why:
            raise UsageError(f"the receipt cannot be written to {path}: {why.strerror}") from None
