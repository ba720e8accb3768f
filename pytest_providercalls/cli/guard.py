"""Run a command that cannot reach the real VoIPbin, next to a fake, and report its attempts."""

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
        "The exit code is the command's, or 1 if it succeeded but tried to reach a guarded host. Environment variables"
        " such as VOIPBIN_BASE_URL and VOIPBIN_TOKEN point the command to the fake."
    )
    parser.add_argument(
        "--host", action="append", default=[], metavar="GLOB", help="guard another host; may be repeated"
    )
    parser.add_argument("--no-namespace", action="store_true", help="use a proxy instead of a network namespace")
    parser.add_argument("--report", type=Path, metavar="FILE", help="also write the report to a file, as JSON")
    fake_options.arguments(parser)
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND", help="the command to run, after --")


def run(options: argparse.Namespace) -> int:
    """Run the command; return its exit code, or 1 instead of 0 if it tried to reach a guarded host."""
    command = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not command:
        raise UsageError("no command given; put it after --, for example `providercalls guard -- npm test`")
    _check_writable(options.report)
    report = SandboxReport(command)
    with ExitStack() as stack:
        # First of all: a process that has threads cannot enter a namespace.
        sandbox = Sandbox(Guard((*DEFAULT_HOSTS, *options.host)), report, namespace=not options.no_namespace)
        from ..fake_server.env_vars import variables

        control = fake_options.build_fake(options)
        fake = control.fake
        listener = stack.enter_context(fake_options.run_server(control, allow_cross_origin=True))
        sandboxed = stack.enter_context(sandbox.environment(os.environ))
        environment = {**sandboxed, **variables(f"{listener.url}/v1.0", fake)}
        report.exit_code = _run(command, environment)
    report.fake = {"requests": len(fake.requests), "calls placed": len(fake.placed())}
    if report.guarded and report.exit_code == 0:
        report.exit_code = _ATTEMPTED
    _write_report(report, options.report)
    return report.exit_code


def _run(command: list[str], environment: Mapping[str, str]) -> int:
    with _forwarded_signals() as started:
        try:
            process = subprocess.Popen(command, env=environment)
        except FileNotFoundError:
            print(f"providercalls guard: command not found: {command[0]!r}", file=sys.stderr)
            return _NOT_FOUND
        except OSError as error:
            print(f"providercalls guard: cannot run {command[0]!r}: {error.strerror}", file=sys.stderr)
            return _NOT_RUN
        started(process)
        code = process.wait()
    return _BY_SIGNAL - code if code < 0 else code


@contextmanager
def _forwarded_signals() -> Iterator[Callable[[subprocess.Popen[bytes]], None]]:
    """Let the command handle signals: the terminal itself sends it SIGINT, and SIGTERM is forwarded to it.

    Yields a function to call with the process once it has started.
    """
    received: list[int] = []
    processes: list[subprocess.Popen[bytes]] = []

    def started(process: subprocess.Popen[bytes]) -> None:
        processes.append(process)
        for number in received:
            process.send_signal(number)

    def forward(number: int, _: object) -> None:
        received.append(number)
        for process in processes:
            process.send_signal(number)

    # Not SIG_IGN, since the command would inherit it.
    interrupted = signal.signal(signal.SIGINT, lambda *_: None)
    terminated = signal.signal(signal.SIGTERM, forward)
    try:
        yield started
    finally:
        signal.signal(signal.SIGINT, interrupted)
        signal.signal(signal.SIGTERM, terminated)


def _check_writable(path: Path | None) -> None:
    """Raise UsageError if the report cannot be written, before the command has run for nothing."""
    if path is None:
        return
    existed = path.exists()
    try:
        with path.open("a", encoding="utf-8"):
            pass
    except OSError as error:
        raise UsageError(f"cannot write the report to {path}: {error.strerror}") from None
    if not existed:
        path.unlink()


def _write_report(report: SandboxReport, path: Path | None) -> None:
    print("\n".join(report.lines()), file=sys.stderr)
    if path is not None:
        try:
            path.write_text(report.as_json() + "\n", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot write the report to {path}: {error.strerror}") from None
