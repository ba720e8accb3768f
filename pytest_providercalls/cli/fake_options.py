"""The options that configure the fake of a command, and the server for it."""

from __future__ import annotations

import argparse
import errno
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from . import rule_patterns
from .errors import UsageError

if TYPE_CHECKING:
    import ssl

    from ..fake_server.control.access import AccessPolicy
    from ..fake_server.control.api import ControlApi
    from ..fake_server.transports.loopback_server import Listener


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that `build_fake` reads."""
    from ..fake_server.calls import LIFECYCLES

    add_edition(parser, "what to imitate")
    parser.add_argument("--seed", type=int, default=0, help="the seed for ids, tokens and passwords (default: 0)")
    parser.add_argument("--seed-file", type=Path, metavar="FILE", help="YAML or JSON with more customers, agents, ...")
    lifecycle = parser.add_argument(
        "--lifecycle", default="realtime", help=f"how calls progress: {_one_of(LIFECYCLES)} (default: realtime)"
    )
    offer(lifecycle, LIFECYCLES)
    parser.add_argument(
        "--notes", action="store_true", help="add the notes of the journal to each response, as headers X-Fake-Note"
    )
    parser.add_argument("--rate-limits", action="store_true", help="apply the rate limits of the edition")
    add_rule_option(parser, "--broken", f"violate these rules: {rule_patterns.HELP}; may be repeated")


def add_edition(parser: argparse.ArgumentParser, purpose: str, default: str = "documented") -> None:
    """Add the option --edition. Its value is validated later, because a default in words is None."""
    from ..contracts.editions import ALIASES, EDITIONS

    names = (*EDITIONS, *ALIASES)
    action = parser.add_argument(
        "--edition",
        default=default if default in names else None,
        metavar="NAME",
        help=f"{purpose}: {_one_of(names)} (default: {default})",
    )
    offer(action, names)


def add_rule_option(parser: argparse.ArgumentParser, option: str, help: str) -> None:
    """Add an option that accepts rule patterns, and may be repeated."""
    action = parser.add_argument(option, action="append", default=[], metavar="RULE", help=help)
    offer(action, RULE_IDS)


def add_access(parser: argparse.ArgumentParser) -> None:
    """Add the options that `access_policy` reads."""
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let pages of this origin use the API, such as http://localhost:5173, or * for all pages; may be repeated",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="also serve requests to this host name or address, such as a container's; may be repeated",
    )


def access_policy(options: argparse.Namespace, *hosts: str) -> AccessPolicy:
    """Return who may use the server; `hosts` are served without an option. Raises UsageError."""
    from ..fake_server.control.access import AccessPolicy

    policy = AccessPolicy(hosts)
    for option, values, allow in (
        ("--allow-origin", options.allow_origin, policy.allow_origin),
        ("--allow-host", options.allow_host, policy.allow_host),
    ):
        for value in values:
            try:
                allow(value)
            except ValueError as error:
                raise UsageError(f"{option}: {error}") from None
    return policy


_HTTPS: Final = 443
RULE_IDS: Final = "rule ids"
"""Stands for the ids of all rules, which are slow to import."""
CLIENT_RULE_IDS: Final = "client rule ids"
"""The same for client rules."""


def offer(action: argparse.Action, values: Sequence[str]) -> None:
    """Offer these values of an option for shell completion. argparse's `choices` would replace our error messages."""
    action.completions = values  # type: ignore[attr-defined]


def _one_of(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def build_fake(options: argparse.Namespace) -> ControlApi:
    """Create the fake, apply its seed file, and return its control API. Raises UsageError."""
    from ..contracts.rules import RULES
    from ..fake_server.control.api import ControlApi
    from ..fake_server.core import FakeVoipbin
    from ..fake_server.seed_files import InvalidSeed, Seed, apply_seed, load

    broken = rule_patterns.all_matching(options.broken, RULES)
    try:
        fake = FakeVoipbin(
            options.edition,
            options.seed,
            lifecycle=options.lifecycle,
            broken=broken,
            rate_limits=options.rate_limits,
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    try:
        seed = load(options.seed_file) if options.seed_file else Seed()
        return ControlApi(fake, seed, apply_seed(fake, seed))
    except (InvalidSeed, OSError) as error:
        raise UsageError(f"--seed-file {options.seed_file}: {error}") from None


@contextmanager
def run_server(
    control: ControlApi,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    log: TextIO | None = None,
    notes: bool = False,
    tls: ssl.SSLContext | None = None,
    access: AccessPolicy | None = None,
    production: tuple[str, ssl.SSLContext] | None = None,
) -> Iterator[Listener]:
    """Serve a fake and its control API on a port, with background work between requests. Raises UsageError.

    `access` decides which hosts are served, and which origins may use the fake; by default only programs and pages of
    this machine. With `notes`, each response has those of the journal. `production` is an address on whose port 443
    the fake is also served with TLS, to all clients and without the control API.
    """
    fake = control.fake
    try:
        from ..fake_server.access_log import AccessLog
        from ..fake_server.background import background_worker
        from ..fake_server.control.access import ANY_ORIGIN, AccessPolicy
        from ..fake_server.control.asgi_app import FakeApp
        from ..fake_server.note_headers import NoteHeaders
        from ..fake_server.transports.loopback_server import LoopbackServer
        from ..fake_server.transports.production import HOST
    except ImportError as error:
        raise UsageError(f"the server requires {error.name}: pip install 'pytest-providercalls[server]'") from None
    with ExitStack() as stack:
        access_log = stack.enter_context(AccessLog(fake, log)) if log else None
        handler = NoteHeaders(fake, access_log, always=notes)
        server = stack.enter_context(LoopbackServer())
        stack.enter_context(background_worker(fake))
        try:
            app = FakeApp(handler, lambda: control, access, access_log.log_refused if access_log else None)
            listener = server.serve(app, host=host, port=port, tls=tls)
            if production is not None:
                everyone = AccessPolicy((HOST,), (ANY_ORIGIN,))
                server.serve(FakeApp(handler, access=everyone), host=production[0], port=_HTTPS, tls=production[1])
        except OSError as error:
            in_use = "it is in use; choose another one, or pass --port 0 for any free one"
            reason = in_use if error.errno == errno.EADDRINUSE else error
            raise UsageError(f"cannot listen on {host}, port {port}: {reason}") from None
        yield listener
