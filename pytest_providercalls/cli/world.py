"""The fake that a command runs, as its options say, and the server in front of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from .errors import Unusable

if TYPE_CHECKING:
    import ssl

    from ..fake_server.core import FakeVoipbin
    from ..fake_server.seeding import Planted
    from ..fake_server.server import Listener


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that `make` reads."""
    parser.add_argument("--edition", default="documented", help="which documents or servers it follows")
    parser.add_argument("--seed", type=int, default=0, help="ids, tokens and passwords come from it (default: 0)")
    parser.add_argument("--seed-file", type=Path, metavar="FILE", help="customers, agents, ... as YAML or JSON")
    parser.add_argument("--lifecycle", help="how calls move: by themselves in real time, by polls, or by hand only")


def make(options: argparse.Namespace) -> tuple[FakeVoipbin, Planted]:
    """The fake, and what its seed file has become. Raises Unusable."""
    from ..fake_server.core import LIFECYCLES, FakeVoipbin
    from ..fake_server.seeding import BadSeed, Seed, plant, read

    by_itself = "realtime" if "realtime" in LIFECYCLES else "on_poll"
    try:
        fake = FakeVoipbin(options.edition, options.seed, lifecycle=options.lifecycle or by_itself)
    except ValueError as why:
        raise Unusable(str(why)) from None
    try:
        return fake, plant(fake, read(options.seed_file) if options.seed_file else Seed())
    except (BadSeed, OSError) as why:
        raise Unusable(f"--seed-file {options.seed_file}: {why}") from None


@contextmanager
def serving(
    fake: FakeVoipbin,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    log: TextIO | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Listener]:
    """The fake behind a port. Raises Unusable where it cannot be had."""
    try:
        from ..fake_server.request_log import Logged
        from ..fake_server.server import LoopbackServer
        from ..fake_server.transports.asgi import Application
    except ImportError as missing:
        raise Unusable(f"a server needs {missing.name}: pip install 'pytest-providercalls[server]'") from None
    with LoopbackServer() as server:
        try:
            application = Application(Logged(fake, log) if log else fake)
            listener = server.serve(application, host=host, port=port, tls=tls)
        except OSError as why:
            raise Unusable(f"cannot listen at {host}, port {port}: {why}") from None
        yield listener


def variables(fake: FakeVoipbin, base_url: str) -> dict[str, str]:
    """What leads a program to the fake through its environment; voipbin-mcp reads the last two."""
    admin = fake.super_admin
    return {
        "VOIPBIN_BASE_URL": base_url,
        "VOIPBIN_TOKEN": admin.token,
        "VOIPBIN_ACCESSKEY": admin.accesskey,
        "VOIPBIN_PROVIDER_ID": fake.provider.id,
        "VOIPBIN_API_BASE_URL": base_url,
        "VOIPBIN_API_KEY": admin.accesskey,
    }
