"""The fake that a command runs, as its options say."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import Unusable

if TYPE_CHECKING:
    from ..fake_server.core import FakeVoipbin
    from ..fake_server.seeding import Planted


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
