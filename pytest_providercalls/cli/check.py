"""Ask a real server whether it keeps the rules, without ringing a phone, and say which edition it is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ..contracts.loopback import is_loopback
from . import credentials
from .errors import UsageError

if TYPE_CHECKING:
    from ..contracts.checker.remote_target import RemoteTarget
    from ..contracts.rule import Rule, Safety
    from .credentials import Credentials
    from .dry_run import AvailableCredentials, DryRun

_BROKEN: Final = 1
_PACE: Final = 4.0
"""Requests a second: a quarter of what the API allows a customer."""
_TIMEOUT: Final = 10.0
_LONGEST: Final = 3600


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Credentials come from the environment: the options name variables. The exit code is 0 when every rule that"
        " could be asked is kept, 1 when one is broken, and 2 when nothing could be found out, or not all since the"
        " server stopped answering."
    )
    parser.add_argument("url", metavar="URL", help="the server, such as https://api.voipbin.net/v1.0")
    credentials.arguments(parser)
    parser.add_argument("--allow", choices=("read", "inert"), default="read", help="how dangerous a rule may be")
    parser.add_argument("--rule", action="append", default=[], metavar="ID", help="ask this rule, whatever its level")
    parser.add_argument("--max-calls", type=int, metavar="N", help="the most calls that the rules may place together")
    parser.add_argument("--edition", help="what the server is to be (default: what it is nearest to)")
    parser.add_argument("--dry-run", action="store_true", help="send nothing: list what would be sent")
    parser.add_argument("--yes-really", metavar="HOST", help="the URL's host, in place of typing it when asked")
    parser.add_argument("--pace", type=float, default=_PACE, metavar="N", help="requests a second (default: 4)")
    parser.add_argument(
        "--timeout", type=float, default=_TIMEOUT, metavar="SECONDS", help="for an answer (default: 10)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(options: argparse.Namespace) -> int:
    """Rehearse each rule on the fake, then ask the server those that it can be asked; gives the exit code."""
    host = _host(options.url)
    _check_options(options)
    known = credentials.read(options)
    if options.dry_run:
        return _dry_run(options, known)
    _confirm(host, options.yes_really)
    return _ask(options, known)


def _ask(options: argparse.Namespace, known: Credentials) -> int:
    from ..contracts.checker.edition_comparison import compare_editions
    from ..contracts.checker.remote_target import UnusableTarget
    from . import check_report

    try:
        with _target(options, known) as target:
            target.identify()
            addresses = {role: target.addresses[who.id] for role, who in target.credentials.items()}
            rehearsals = _rehearsed(options, _means(known, addresses))
            _check_cap(options, rehearsals)
            hindered = {rule: one.blocked_reason for rule, one in rehearsals.items() if one.blocked_reason}
            found = compare_editions(target, _allowed(options), _rest(hindered), named=options.rule)
    except UnusableTarget as why:
        raise UsageError(known.masked(str(why))) from None
    results = check_report.CheckOutput.of(options.url, found, hindered, options.edition)
    if not results.answered:
        tried = (one.reason for one in results.verdicts if one.ran and one.rule not in hindered)
        raise UsageError(known.masked(f"none of the rules could be asked: {next(tried, results.verdicts[0].reason)}"))
    print(known.masked(results.as_json() if options.format == "json" else "\n".join(results.lines())))
    if results.broken:
        return _BROKEN
    if target.stopped_responding:
        raise UsageError("the server stopped answering: what is said of it holds for the rules only that it did answer")
    return 0


def _dry_run(options: argparse.Namespace, known: Credentials) -> int:
    from . import check_report

    rehearsals = _rehearsed(options, _means(known, {}))
    print(known.masked("\n".join(check_report.format_dry_run(options.url, list(known.tokens), rehearsals))))
    return 0


def _rehearsed(options: argparse.Namespace, means: AvailableCredentials) -> dict[Rule, DryRun]:
    """What the rules that may be run would send, by rule."""
    from ..contracts.rules import RULES
    from .dry_run import dry_run

    chosen = [rule for rule in RULES.values() if rule.safety <= _allowed(options) or rule.id in options.rule]
    return {rule: dry_run(rule, options.edition or "deployed", means) for rule in chosen}


def _rest(hindered: Mapping[Rule, str]) -> list[Rule]:
    from ..contracts.rules import RULES

    return [rule for rule in RULES.values() if rule not in hindered]


def _allowed(options: argparse.Namespace) -> Safety:
    from ..contracts.rule import Safety

    return Safety[options.allow.upper()]


def _means(known: Credentials, addresses: Mapping[str, int]) -> AvailableCredentials:
    from .dry_run import AvailableCredentials

    return AvailableCredentials(tuple(known.tokens), tuple(known.accesskeys), tuple(known.passwords), addresses)


def _target(options: argparse.Namespace, known: Credentials) -> RemoteTarget:
    from ..contracts.checker.remote_target import RemoteTarget

    return RemoteTarget(
        options.url,
        options.edition or "deployed",
        tokens=known.tokens,
        accesskeys=known.accesskeys,
        passwords=known.passwords,
        max_calls=options.max_calls or 0,
        requests_per_second=options.pace,
        timeout=options.timeout,
    )


# what must be right before anything is sent


def _check_options(options: argparse.Namespace) -> None:
    from ..contracts.editions import get_edition
    from ..contracts.rules import RULES

    if not (options.pace > 0 and 0 < options.timeout <= _LONGEST and (options.max_calls or 0) >= 0):
        raise UsageError(
            f"--pace is more than 0, --timeout is more than 0 and {_LONGEST} at the most, and --max-calls is not less"
            " than 0"
        )
    try:
        options.edition = options.edition and get_edition(options.edition).name
    except ValueError as why:
        raise UsageError(str(why)) from None
    for id in options.rule:
        if id not in RULES:
            near = get_close_matches(id, list(RULES), n=1)
            raise UsageError(f"there is no rule {id!r}" + (f"; did you mean {near[0]}?" if near else ""))


def _check_cap(options: argparse.Namespace, rehearsals: Mapping[Rule, DryRun]) -> None:
    """Refuse to start when the rules that are to be run may place more calls than they may."""
    worst = {rule: one.calls for rule, one in rehearsals.items() if one.calls and not one.blocked_reason}
    total, each = sum(worst.values()), ", ".join(f"{rule.id} {calls}" for rule, calls in worst.items())
    if worst and options.max_calls is None:
        raise UsageError(f"the rules that were named may place {total} calls ({each}): say how many with --max-calls")
    if total > (options.max_calls or 0):
        raise UsageError(f"--max-calls is {options.max_calls}, and the rules may place {total} calls: {each}")


def _host(url: str) -> str:
    """The URL's host. Raises Unusable for a URL that is none, or by which credentials would be told to others."""
    try:
        parts = urlsplit(url)
        # Whether a port is one shows when it is asked for.
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https"):
        raise UsageError("URL is that of a server, such as https://api.voipbin.net/v1.0")
    if parts.username or parts.query:
        raise UsageError("URL has neither a user nor a query: credentials come from the environment, see --token-env")
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError(f"http://{host} would be sent the tokens in the clear: use https")
    return host


def _confirm(host: str, given: str | None) -> None:
    """Have somebody say by hand which real server is asked. Raises Unusable."""
    if is_loopback(host):
        return
    if given is None:
        given = _typed(host)
    if given != host:
        raise UsageError(f"the host of URL is {host}, and not what was said: nothing was sent")


def _typed(host: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(f"{host} is a real server: type its name when asked at a terminal, or say --yes-really HOST")
    print(
        f"This sends requests to a real server, {host}. Type its name to go on: ", end="", file=sys.stderr, flush=True
    )
    return sys.stdin.readline().strip()
