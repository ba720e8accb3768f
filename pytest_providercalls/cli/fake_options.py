"""The fake that a command runs, as its options say, and the server in front of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from .errors import UsageError

if TYPE_CHECKING:
    import ssl

    from ..fake_server.control.api import ControlApi
    from ..fake_server.transports.loopback_server import Listener


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that `make` reads."""
    parser.add_argument("--edition", default="documented", help="which documents or servers it follows")
    parser.add_argument("--seed", type=int, default=0, help="ids, tokens and passwords come from it (default: 0)")
    parser.add_argument("--seed-file", type=Path, metavar="FILE", help="customers, agents, ... as YAML or JSON")
    parser.add_argument("--lifecycle", default="realtime", help="how calls move: realtime (default), on_poll or manual")


def build_fake(options: argparse.Namespace) -> ControlApi:
    """The fake, with what its seed file has become, and what can be done to it. Raises Unusable."""
    from ..fake_server.control.api import ControlApi
    from ..fake_server.core import FakeVoipbin
    from ..fake_server.seed_files import InvalidSeed, Seed, apply_seed, load

    try:
        fake = FakeVoipbin(options.edition, options.seed, lifecycle=options.lifecycle)
    except ValueError as why:
        raise UsageError(str(why)) from None
    try:
        seed = load(options.seed_file) if options.seed_file else Seed()
        return ControlApi(fake, seed, apply_seed(fake, seed))
    except (InvalidSeed, OSError) as why:
        raise UsageError(f"--seed-file {options.seed_file}: {why}") from None


@contextmanager
def run_server(
    control: ControlApi,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    log: TextIO | None = None,
    tls: ssl.SSLContext | None = None,
    foreign_pages: bool = False,
) -> Iterator[Listener]:
    """A fake and its control API behind a port; its time goes on while nobody asks. Raises Unusable where it cannot.

    `foreign_pages` lets pages from elsewhere at the fake, as VoIPbin does; at its control API they never are.
    """
    fake = control.fake
    try:
        from ..fake_server.access_log import AccessLog
        from ..fake_server.background import background_worker
        from ..fake_server.control.asgi_app import FakeApp
        from ..fake_server.control.origin_check import LocalOriginsOnly
        from ..fake_server.transports.loopback_server import LoopbackServer
    except ImportError as missing:
        raise UsageError(f"a server needs {missing.name}: pip install 'pytest-providercalls[server]'") from None
    with LoopbackServer() as server, background_worker(fake):
        try:
            handler = AccessLog(fake, log) if log else fake
            site = FakeApp(handler if foreign_pages else LocalOriginsOnly(handler), lambda: control)
            listener = server.serve(site, host=host, port=port, tls=tls)
        except OSError as why:
            raise UsageError(f"cannot listen at {host}, port {port}: {why}") from None
        yield listener
