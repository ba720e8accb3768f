"""The options of `providercalls conform`, and its run."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ...contracts.suggestions import suggestion
from ...guard.guard import DEFAULT_HOSTS, Guard
from ...sandbox.report import SandboxReport
from ...sandbox.sandbox import Sandbox
from .. import fake_options, rule_patterns
from ..errors import UsageError

if TYPE_CHECKING:
    from ...contracts.conformance.client_rule import ClientRule
    from ...contracts.conformance.program_adapter import ProgramAdapter
    from ...contracts.conformance.rule_check import ClientVerdict
    from .report import ConformReport

_FAILED: Final = 1
_MAX_TIMEOUT: Final = 600.0
_NO_REPR: Final = ("CLIENT-SECRET-03",)
_NEEDS_CLOSE: Final = ("CLIENT-CLOSE-01",)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.usage = "providercalls conform [options] -- COMMAND ..."
    parser.epilog = (
        "The exit code is 1 if the client breaks a rule or tried to reach the real VoIPbin. COMMAND reads"
        " VOIPBIN_BASE_URL and VOIPBIN_TOKEN, and responds to one line of JSON per operation; it runs once for each"
        " client that a rule needs. It can reach only this machine: download and build what it needs before."
    )
    fake_options.add_edition(parser, "which VoIPbin the client talks to")
    parser.add_argument(
        "--timeout",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="the longest time that the client waits for a response, and a tenth of the time that COMMAND has to start"
        " (default: 5)",
    )
    only = parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="RULE",
        help=f"check these client rules only: {rule_patterns.HELP.replace('PC-PRE', 'CLIENT-PAGE')}; may be repeated",
    )
    gap = parser.add_argument(
        "--known-gap",
        action="append",
        default=[],
        metavar="RULE=REASON",
        help="expect the client to break this rule; may be repeated",
    )
    fake_options.offer(only, fake_options.CLIENT_RULE_IDS)
    fake_options.offer(gap, fake_options.CLIENT_RULE_IDS)
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print the report (default: text)"
    )
    parser.add_argument("--verbose", action="store_true", help="show what the command writes to its standard error")
    parser.add_argument("--no-namespace", action="store_true", help="use a proxy instead of a network namespace")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND", help="the program to run, after --")


def run(options: argparse.Namespace) -> int:
    """Check the client; return 1 if it breaks a rule or tried to reach the real VoIPbin."""
    command = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not command:
        raise UsageError("no command given; put it after --, for example `providercalls conform -- node adapter.js`")
    if not 0 < options.timeout <= _MAX_TIMEOUT:
        raise UsageError(f"--timeout must be greater than 0 and at most {_MAX_TIMEOUT:g}, not {options.timeout:g}")
    rules, gaps = _rules(options.only), _gaps(options.known_gap)
    edition = _edition(options.edition)
    sandbox_report = SandboxReport(command)
    # Before any thread starts: a process that has threads cannot enter a namespace.
    sandbox = Sandbox(Guard(DEFAULT_HOSTS), sandbox_report, namespace=not options.no_namespace)
    with _shown_output(options.verbose), sandbox.environment(os.environ) as environment:
        verdicts = _check(command, environment, options.timeout, rules, edition)
    report = _report(edition, gaps, sandbox_report, verdicts)
    print(report.as_json() if options.format == "json" else "\n".join(report.lines()))
    return _FAILED if report.failed else 0


def _check(
    command: list[str], environment: Mapping[str, str], timeout: float, rules: list[ClientRule], edition: str
) -> list[ClientVerdict]:
    from ...contracts.conformance.exceptions import ClientSetupError
    from ...contracts.conformance.rule_check import run_check

    try:
        from ...fake_server.transports.loopback_server import LoopbackServer
        from .harnesses import ServedHarnesses
    except ImportError as error:
        raise UsageError(f"the server requires {error.name}: pip install 'pytest-providercalls[server]'") from None
    adapter = _adapter(command, environment, timeout)
    with LoopbackServer() as server:
        harnesses = ServedHarnesses(server, edition)
        try:
            return [_not_run(adapter, rule) or run_check(adapter, rule, harnesses) for rule in rules]
        except ClientSetupError as error:
            raise UsageError(str(error)) from None
        finally:
            adapter.end()


def _adapter(command: list[str], environment: Mapping[str, str], timeout: float) -> ProgramAdapter:
    from ...contracts.conformance.program_adapter import ProgramAdapter
    from ...contracts.line_process import ProcessFailed

    try:
        adapter = ProgramAdapter(command, environment, timeout)
    except OSError as error:
        raise UsageError(f"cannot run {command[0]!r}: {error.strerror}") from None
    except ProcessFailed as failure:
        raise UsageError(f"the command {failure}; --verbose shows its standard error") from None
    if "place" not in adapter.operations:
        raise UsageError("the command does not offer the operation `place`, which almost every rule needs")
    return adapter


def _not_run(adapter: ProgramAdapter, rule: ClientRule) -> ClientVerdict | None:
    """Return a verdict on a rule that says nothing about this program."""
    from ...contracts.conformance.program_adapter import CLOSE
    from ...contracts.conformance.rule_check import ClientVerdict

    if rule.id in _NO_REPR:
        return ClientVerdict(rule, None, "not run: it is about Python objects")
    if rule.id in _NEEDS_CLOSE and CLOSE not in adapter.operations:
        return ClientVerdict(rule, None, f"not run: the command does not offer the operation `{CLOSE}`")
    return None


def _report(
    edition: str, gaps: Mapping[str, str], sandbox: SandboxReport, verdicts: list[ClientVerdict]
) -> ConformReport:
    from .report import ConformReport

    return ConformReport(edition, gaps, sandbox, verdicts)


def _edition(name: str) -> str:
    from ...contracts.editions import get_edition

    try:
        return get_edition(name).name
    except ValueError as error:
        raise UsageError(str(error)) from None


def _rules(patterns: list[str]) -> list[ClientRule]:
    """Return the client rules that match a pattern: all by default. Raises UsageError if a pattern matches none."""
    from ...contracts.conformance.rules import CLIENT_RULES

    chosen = rule_patterns.all_matching(patterns, CLIENT_RULES)
    return [rule for id, rule in CLIENT_RULES.items() if not patterns or id in chosen]


def _gaps(texts: list[str]) -> dict[str, str]:
    """Return the reason of each known gap. Raises UsageError for an unknown rule, or if there is no reason."""
    from ...contracts.conformance.rules import CLIENT_RULES

    gaps = {}
    for text in texts:
        id, _, reason = text.partition("=")
        if id not in CLIENT_RULES:
            raise UsageError(f"--known-gap: unknown rule {id!r}{suggestion(id, CLIENT_RULES)}")
        if not reason:
            raise UsageError(f"--known-gap {id}: expected RULE=REASON")
        gaps[id] = reason
    return gaps


@contextmanager
def _shown_output(verbose: bool) -> Iterator[None]:
    """With `verbose`, write what the command logs to this process's standard error inside the block."""
    if not verbose:
        yield
        return
    logger, handler = logging.getLogger("providercalls.program"), logging.StreamHandler(sys.stderr)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
