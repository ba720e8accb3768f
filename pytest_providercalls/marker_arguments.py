"""The arguments of the marker. Imported by the first marker that has some."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple


class Argument(NamedTuple):
    """An argument of the marker."""

    types: type | tuple[type, ...]
    default: str
    help: str


ARGUMENTS: Final[Mapping[str, Argument]] = {
    "edition": Argument((str, list, tuple), "the ini setting", "The edition's name, a list of names, or `all`."),
    "seed": Argument(int, "0", "The seed for ids, tokens and passwords."),
    "lifecycle": Argument(
        str,
        "`on_poll`",
        "How calls progress: `on_poll`, `scheduled` (with the clock only), `manual` (driven by the test) or"
        " `realtime`.",
    ),
    "strict": Argument(
        bool,
        "the ini setting",
        "Fail if the client sends fields that the API silently ignores, or if a fault, a script line or the marker"
        " itself has no effect.",
    ),
    "budget": Argument((int, float, str), "none", "Fail if the test's calls cost more than this, in dollars."),
    "start": Argument(
        (str, datetime), "`2026-04-21T23:15:00Z`", "The date of the fake: a datetime or ISO 8601 text; UTC by default."
    ),
    "rate_limits": Argument(bool, "`False`", "Whether to apply the gateway's rate limits, on the fake's clock."),
    "events": Argument(
        bool,
        "`False`",
        "In a Hypothesis test, report the rules that refused a request and the number of calls of each example as"
        " events: `--hypothesis-show-statistics` shows them.",
    ),
    "target": Argument(
        str,
        "none",
        "What Hypothesis should maximise in its examples: `calls` (placed) or `open_calls` (not ended when the example"
        " ends).",
    ),
}
"""The arguments of the marker, by name."""
