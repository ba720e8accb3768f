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
from typing import TYPE_CHECKING, Final

from ..guard.attempt import HOST
from ..guard.guard import DEFAULT_HOSTS, Guard
from ..sandbox.report import SandboxReport
from ..sandbox.sandbox import Sandbox
from . import fake_options
from .errors import UsageError

if TYPE_CHECKING:
    from ..fixtures.tls_fixture import Authority

API_ADDRESS: Final = "127.118.98.110"
"""The loopback address of the host in the namespace. Not 127.0.0.1, whose port 443 the command may use."""
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
    parser.add_argument(
        "--tls",
        action="store_true",
        help="also serve the fake as https://api.voipbin.net, with a temporary CA; requires a network namespace",
    )
    fake_options.arguments(parser)
    fake_options.add_access(parser)
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND", help="the command to run, after --")


def run(options: argparse.Namespace) -> int:
    """Run the command; return its exit code, or 1 instead of 0 if it tried to reach a guarded host."""
    command = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not command:
        raise UsageError("no command given; put it after --, for example `providercalls guard -- npm test`")
    if options.tls and options.no_namespace:
        raise UsageError("--tls requires a network namespace: remove --no-namespace")
    _check_writable(options.report)
    report = SandboxReport(command)
    with ExitStack() as stack:
        # First of all: a process that has threads cannot enter a namespace.
        sandbox = Sandbox(
            Guard((*DEFAULT_HOSTS, *options.host)),
            report,
            namespace=not options.no_namespace,
            served={HOST: API_ADDRESS} if options.tls else None,
        )
        if options.tls and sandbox.unavailable is not None:
            raise UsageError(f"--tls requires a network namespace, which is not available: {sandbox.unavailable}")
        from ..fake_server.env_vars import variables

        access = fake_options.access_policy(options)
        control = fake_options.build_fake(options)
        fake = control.fake
        authority = stack.enter_context(_authority()) if options.tls else None
        listener = stack.enter_context(
            fake_options.run_server(
                control,
                access=access,
                notes=options.notes,
                production=None if authority is None else (API_ADDRESS, authority.server),
            )
        )
        sandboxed = stack.enter_context(sandbox.environment(os.environ))
        environment = {**sandboxed, **variables(f"{listener.url}/v1.0", fake)}
        if authority is not None:
            trust = authority.environment()
            environment.update(trust)
            report.layers += [
                f"TLS, active: https://{HOST} is the fake, for programs that read {', '.join(trust)}",
                "Python children, not active: the namespace blocks them, and they may connect to the fake",
            ]
        report.exit_code = _run(command, environment)
    report.fake = {"requests": len(fake.requests), "calls placed": len(fake.placed())}
    if report.guarded and report.exit_code == 0:
        report.exit_code = _ATTEMPTED
    _write_report(report, options.report)
    return report.exit_code


@contextmanager
def _authority() -> Iterator[Authority]:
    try:
        from ..fixtures.tls_fixture import certificate_authority
    except ImportError as error:
        raise UsageError(f"--tls requires {error.name}: pip install 'pytest-providercalls[tls]'") from None
    with certificate_authority() as authority:
        yield authority


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
