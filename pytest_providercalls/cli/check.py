"""Check a real server against the contract without placing calls, and report which edition it matches."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ..contracts.loopback import is_loopback
from . import fake_options, rule_patterns
from .checking import bench, credentials, recording
from .errors import UsageError

if TYPE_CHECKING:
    from ..contracts.checker.far_side import FarSide
    from ..contracts.checker.remote_target import RemoteTarget
    from ..contracts.rule import Rule, Safety
    from .checking.bench import Bench
    from .checking.credentials import Credentials
    from .checking.dry_run import AvailableCredentials, DryRun

_FAILED: Final = 1
_LEVELS: Final = ("read", "inert", "refused", "billable")
_RATE: Final = 4.0
"""Requests per second: a quarter of the API's limit for a customer."""
_TIMEOUT: Final = 10.0
_MAX_TIMEOUT: Final = 3600


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Credentials are read from environment variables that the options name. If the server's certificate is from a"
        " private CA, set SSL_CERT_FILE to the file with the CA's certificate in PEM format. The exit code is 0 if no"
        " rule failed, 1 if a rule failed, and 2 if no rule could be checked, the server or one of its services stopped"
        " working, or an option is wrong."
    )
    parser.add_argument("url", metavar="URL", help="the server, such as https://api.voipbin.net/v1.0")
    credentials.arguments(parser)
    parser.add_argument("--allow", choices=_LEVELS, default="read", help="the highest safety level to run")
    fake_options.add_rule_option(
        parser, "--rule", f"also run these rules, at any safety level: {rule_patterns.HELP}; may be repeated"
    )
    fake_options.add_rule_option(parser, "--only", "run only these rules, at any safety level; may be repeated")
    parser.add_argument("--max-calls", type=int, metavar="N", help="the maximum number of calls to place")
    fake_options.add_edition(parser, "the edition to check against", default="the closest one")
    parser.add_argument("--dry-run", action="store_true", help="list the requests without sending them")
    parser.add_argument("--confirm-host", metavar="HOST", help="the host of URL, instead of typing it at the prompt")
    parser.add_argument("--rate", type=float, default=_RATE, metavar="N", help="requests per second (default: 4)")
    parser.add_argument(
        "--timeout",
        type=float,
        default=_TIMEOUT,
        metavar="SECONDS",
        help="the limit for a request and its whole response (default: 10)",
    )
    bench.arguments(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    recording.arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Dry-run each rule against the fake, then check the server with those that can run; return the exit code."""
    host = _host(options.url)
    _check_options(options)
    known = credentials.read(options)
    if options.dry_run:
        return _dry_run(options, known)
    _confirm(host, options.confirm_host)
    return _check(options, known)


def _check(options: argparse.Namespace, known: Credentials) -> int:
    from ..contracts.checker.edition_comparison import compare_editions
    from ..contracts.checker.remote_target import UnusableTarget
    from .checking import output as check_report

    withheld = _withheld(options)
    try:
        with bench.far_side(options) as far_side, _target(options, known, far_side) as target:
            limits = bench.Bench.create(options, far_side)
            target.identify()
            addresses = {role: target.addresses[identity.id] for role, identity in target.credentials.items()}
            dry_runs = _dry_runs(options, _available(known, addresses), limits)
            _check_max_calls(options, dry_runs)
            _warn(dry_runs)
            blocked = {rule: one.blocked_reason for rule, one in dry_runs.items() if one.blocked_reason}
            rules = [rule for rule in _rules(options) if rule not in blocked and rule not in withheld]
            comparison = compare_editions(target, _allowed(options), rules, named=_named(options))
    except UnusableTarget as error:
        raise UsageError(known.masked(str(error))) from None
    output = check_report.CheckOutput.create(options.url, comparison, blocked, withheld, options.edition)
    if not output.has_results:
        reasons = (one.reason for one in output.verdicts if one.ran and one.rule not in blocked)
        raise UsageError(known.masked(f"no rule could be checked: {next(reasons, output.verdicts[0].reason)}"))
    recording.write(options, output, known)
    print(known.masked(output.as_json() if options.format == "json" else "\n".join(output.lines())))
    if target.failure:
        raise UsageError(known.masked(f"{target.failure}, so the results cover only the rules checked until then"))
    return _FAILED if output.failed else 0


def _dry_run(options: argparse.Namespace, known: Credentials) -> int:
    from .checking import output as check_report

    dry_runs = _dry_runs(options, _available(known, {}), bench.Bench.create(options))
    print(known.masked("\n".join(check_report.format_dry_run(options.url, list(known.tokens), dry_runs))))
    return 0


def _dry_runs(options: argparse.Namespace, available: AvailableCredentials, limits: Bench) -> dict[Rule, DryRun]:
    """Return the dry run of each rule that the options allow."""
    from ..contracts.checker.check_report import in_running_order
    from .checking.dry_run import dry_run

    named, allowed, withheld = _named(options), _allowed(options), _withheld(options)
    found = {}
    for rule in in_running_order(_rules(options)):
        if rule not in withheld and (rule.safety <= allowed or rule.id in named):
            one = dry_run(rule, options.edition or "deployed", available, limits)
            found[rule] = replace(one, blocked_reason=bench.with_option(credentials.with_option(one.blocked_reason)))
    return found


def _withheld(options: argparse.Namespace) -> dict[Rule, str]:
    """Return the rules that could damage the server, and that the user has not asked for by their full ids."""
    return {
        rule: f"{rule.hazard}: only --rule {rule.id} runs it"
        for rule in _rules(options)
        if rule.hazard and rule.id not in options.ids
    }


def _warn(dry_runs: Mapping[Rule, DryRun]) -> None:
    for rule, one in dry_runs.items():
        if rule.hazard and not one.blocked_reason:
            print(f"warning: {rule.id} runs last: {rule.hazard}", file=sys.stderr)


def _rules(options: argparse.Namespace) -> list[Rule]:
    """Return the rules that --only leaves: all by default."""
    from ..contracts.rules import RULES

    return [rule for rule in RULES.values() if not options.only or rule.id in options.only]


def _named(options: argparse.Namespace) -> frozenset[str]:
    """Return the ids of the rules that run at any safety level."""
    named: frozenset[str] = options.rule | options.only
    return named


def _allowed(options: argparse.Namespace) -> Safety:
    from ..contracts.rule import Safety

    return Safety[options.allow.upper()]


def _available(known: Credentials, addresses: Mapping[str, int]) -> AvailableCredentials:
    from .checking.dry_run import AvailableCredentials

    return AvailableCredentials(tuple(known.tokens), tuple(known.accesskeys), tuple(known.passwords), addresses)


def _target(options: argparse.Namespace, known: Credentials, far_side: FarSide | None) -> RemoteTarget:
    from ..contracts.checker.remote_target import RemoteTarget
    from ..contracts.target import PROVIDER_HOST

    return RemoteTarget(
        options.url,
        options.edition or "deployed",
        tokens=known.tokens,
        accesskeys=known.accesskeys,
        passwords=known.passwords,
        max_calls=options.max_calls or 0,
        requests_per_second=options.rate,
        timeout=options.timeout,
        max_wait=options.max_wait,
        flood=options.flood,
        far_side=far_side,
        provider_host=options.provider_host or PROVIDER_HOST,
    )


# validation before anything is sent


def _check_options(options: argparse.Namespace) -> None:
    from ..contracts.editions import get_edition
    from ..contracts.rules import RULES

    if not options.rate > 0:
        raise UsageError(f"--rate must be greater than 0, not {options.rate:g}")
    if not 0 < options.timeout <= _MAX_TIMEOUT:
        raise UsageError(f"--timeout must be greater than 0 and at most {_MAX_TIMEOUT}, not {options.timeout:g}")
    if (options.max_calls or 0) < 0:
        raise UsageError(f"--max-calls must be at least 0, not {options.max_calls}")
    bench.check(options)
    try:
        options.edition = options.edition and get_edition(options.edition).name
    except ValueError as error:
        raise UsageError(str(error)) from None
    recording.check_options(options)
    options.ids = {pattern.upper() for pattern in [*options.rule, *options.only]}
    options.rule = rule_patterns.all_matching(options.rule, RULES)
    options.only = rule_patterns.all_matching(options.only, RULES)
    if unused := options.only and options.rule - options.only:
        raise UsageError(f"--rule names rules that --only excludes: {', '.join(sorted(unused))}")


def _check_max_calls(options: argparse.Namespace, dry_runs: Mapping[Rule, DryRun]) -> None:
    """Raise UsageError if the rules to run may place more calls than --max-calls allows."""
    worst_case = {rule: one.calls for rule, one in dry_runs.items() if one.calls and not one.blocked_reason}
    total, each = sum(worst_case.values()), ", ".join(f"{rule.id} {calls}" for rule, calls in worst_case.items())
    if worst_case and options.max_calls is None:
        raise UsageError(f"the rules may place {total} calls ({each}): set a limit with --max-calls")
    if total > (options.max_calls or 0):
        raise UsageError(f"--max-calls is {options.max_calls}, but the rules may place {total} calls: {each}")


def _host(url: str) -> str:
    """Return the URL's host. Raises UsageError if the URL is invalid or would expose credentials."""
    try:
        parts = urlsplit(url)
        # Reading the port validates it.
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https"):
        raise UsageError(f"{url!r} is not the URL of a server, such as https://api.voipbin.net/v1.0")
    if parts.username or parts.query:
        raise UsageError("URL must not contain a user or a query: for credentials, see --token-env")
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(f"http://{host} would receive the tokens unencrypted: use https")
    return host


def _confirm(host: str, given: str | None) -> None:
    """Require the user to confirm the host of a real server. Raises UsageError."""
    if is_loopback(host):
        return
    if given is None:
        given = _typed(host)
    if given != host:
        raise UsageError(f"the confirmed host is not {host}, the host of URL: nothing was sent")


def _typed(host: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(
            f"{host} is a real server: confirm by typing its name at the prompt, or pass --confirm-host HOST"
        )
    print(
        f"This sends requests to a real server, {host}. Type its name to continue: ",
        end="",
        file=sys.stderr,
        flush=True,
    )
    return sys.stdin.readline().strip()
