"""The options that configure the fake of a command, and the server for it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from .errors import UsageError

if TYPE_CHECKING:
    import ssl

    from ..fake_server.control.api import ControlApi
    from ..fake_server.transports.loopback_server import Listener


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that `build_fake` reads."""
    parser.add_argument("--edition", default="documented", help="what to imitate (default: documented)")
    parser.add_argument("--seed", type=int, default=0, help="the seed for ids, tokens and passwords (default: 0)")
    parser.add_argument("--seed-file", type=Path, metavar="FILE", help="YAML or JSON with more customers, agents, ...")
    parser.add_argument("--lifecycle", default="realtime", help="realtime (default), on_poll or manual")


def build_fake(options: argparse.Namespace) -> ControlApi:
    """Create the fake, apply its seed file, and return its control API. Raises UsageError."""
    from ..fake_server.control.api import ControlApi
    from ..fake_server.core import FakeVoipbin
    from ..fake_server.seed_files import InvalidSeed, Seed, apply_seed, load

    try:
        fake = FakeVoipbin(options.edition, options.seed, lifecycle=options.lifecycle)
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
    tls: ssl.SSLContext | None = None,
    allow_cross_origin: bool = False,
) -> Iterator[Listener]:
    """Serve a fake and its control API on a port, with background work between requests. Raises UsageError.

    `allow_cross_origin` allows cross-origin requests to the fake, as VoIPbin does. The control API never allows them.
    """
    fake = control.fake
    try:
        from ..fake_server.access_log import AccessLog
        from ..fake_server.background import background_worker
        from ..fake_server.control.asgi_app import FakeApp
        from ..fake_server.control.origin_check import LocalOriginsOnly
        from ..fake_server.transports.loopback_server import LoopbackServer
    except ImportError as error:
        raise UsageError(f"the server requires {error.name}: pip install 'pytest-providercalls[server]'") from None
    with ExitStack() as stack:
        handler = stack.enter_context(AccessLog(fake, log)) if log else fake
        server = stack.enter_context(LoopbackServer())
        stack.enter_context(background_worker(fake))
        try:
            app = FakeApp(handler if allow_cross_origin else LocalOriginsOnly(handler), lambda: control)
            listener = server.serve(app, host=host, port=port, tls=tls)
        except OSError as error:
            raise UsageError(f"cannot listen on {host}, port {port}: {error}") from None
        yield listener
