"""The options of a check for a test bench: a remote party, long waits, and floods of requests."""

from __future__ import annotations

import argparse
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final

from ..errors import UsageError

if TYPE_CHECKING:
    from ...contracts.checker.far_side import FarSide

_MAX_WAIT: Final = 120.0
_OPTIONS: Final[Mapping[str, str]] = {
    r"the target cannot simulate '.*' on a call": "--far-side COMMAND",
    r"the target's clock cannot be advanced by (.*) s": "--max-wait {}",
    r"the target cannot be flooded with requests": "--flood",
}
"""The reasons of contracts.probes for something that the target cannot do, and the option that supplies it."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a check may do in addition to sending a few requests.

    It may drive the remote party of calls, let `max_wait` seconds pass, and send as many requests as it can. Probes
    create providers with the SIP host `provider_host`.
    """

    can_drive: bool
    max_wait: float
    flood: bool
    provider_host: str

    @classmethod
    def create(cls, options: argparse.Namespace, far_side: FarSide | None = None) -> Bench:
        """Return the bench that the options describe. Raises UsageError if the remote party does not respond."""
        from ...contracts.probes import ProbeUnavailable
        from ...contracts.target import PROVIDER_HOST

        try:
            has_clock = far_side is not None and far_side.has_clock
        except ProbeUnavailable as error:
            raise UsageError(str(error)) from None
        return cls(
            options.far_side is not None,
            inf if has_clock else options.max_wait,
            options.flood and not has_clock,
            options.provider_host or PROVIDER_HOST,
        )


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--far-side",
        metavar="COMMAND",
        help="a command that plays the carrier and the callee, controlled by JSON lines",
    )
    parser.add_argument("--provider-host", metavar="HOST", help="the SIP host of the remote party, for new providers")
    parser.add_argument(
        "--max-wait", type=float, default=_MAX_WAIT, metavar="SECONDS", help="the longest wait of a rule (default: 120)"
    )
    parser.add_argument(
        "--flood", action="store_true", help="also check the rate limits, with up to 1,600 requests for a rule"
    )


def check(options: argparse.Namespace) -> None:
    """Raise UsageError for invalid values."""
    if not options.max_wait >= 0:
        raise UsageError(f"--max-wait must be at least 0, not {options.max_wait:g}")
    if options.provider_host and options.far_side is None:
        raise UsageError("--provider-host requires --far-side: calls through a real carrier could ring phones")


@contextmanager
def far_side(options: argparse.Namespace) -> Iterator[FarSide | None]:
    """Run the command of --far-side, if any. Raises UsageError if it cannot be started."""
    from ...contracts.checker.far_side import FarSide

    if options.far_side is None:
        yield None
        return
    try:
        command = FarSide(shlex.split(options.far_side, posix=os.name != "nt"), options.timeout)
    except (OSError, ValueError, IndexError) as error:
        raise UsageError(f"--far-side {options.far_side!r} cannot be started: {error}") from None
    with command:
        yield command


def with_option(reason: str) -> str:
    """Return a probe's reason; if the target cannot do something, with the option that supplies it."""
    for pattern, option in _OPTIONS.items():
        if found := re.fullmatch(pattern, reason):
            return f"{reason}: pass {option.format(*found.groups())}"
    return reason
