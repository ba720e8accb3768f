"""How often the strategies generate what. The tables in the reference come from here, and a test counts examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from .action import OPTIONS
from .address import ADDRESS_TYPES, FICTION
from .fault import KINDS
from .providercall import (
    ALL_EDITIONS,
    ANONYMOUS,
    DESTINATIONS,
    DROPPED,
    FLOWS,
    IGNORED,
    INLINE_FLOWS,
    MISTAKES,
    SOURCES,
)

Shares = Mapping[str, Fraction]

MORE_ITEMS = Fraction(1, 3)
"""How often an array has one more item."""
NAMED = Fraction(1, 10)
"""How often an address has each of `target_name`, `name` and `detail`."""


def frequencies() -> dict[str, Shares]:
    """Return the share of each alternative, by what is chosen."""
    sources = _shares(SOURCES)
    anonymous = _shares(ANONYMOUS, none="absent")
    shown = anonymous["yes"] * (1 - sources["tel"])
    return {
        "source.type": sources,
        "anonymous": {**anonymous, "absent": anonymous["absent"] + shown, "yes": anonymous["yes"] - shown},
        "destinations[0].type": _shares(DESTINATIONS[False]),
        "destinations[0].type, with agents": _shares(DESTINATIONS[True]),
        "type of a further destination": _further(DESTINATIONS[False]),
        "type of a further destination, with agents": _further(DESTINATIONS[True]),
        "flow_id and actions": _shares(map(_flow, INLINE_FLOWS)),
        "flow_id and actions, with flows": _shares(map(_flow, FLOWS)),
        "country of a number": _shares(country for country, prefixes in FICTION.items() for _ in prefixes),
        "type of an address": _shares(ADDRESS_TYPES),
        "type of an action in a body": _shares(ALL_EDITIONS),
        "type of an action": _shares(OPTIONS),
        "mistake of an invalid body": _shares(one.description for one in MISTAKES),
        "kind of a fault": _shares(KINDS),
    }


def option_share(type: str) -> Fraction:
    """Return how often an action has each of its options, and an id.

    The number of options that are drawn has a geometric distribution, and one that is drawn twice counts once.
    """
    return Fraction(1, len(OPTIONS[type]) + 2)


def _shares(alternatives: Iterable[Any], none: str = "") -> Shares:
    counted = Counter(none if one is None else one for one in alternatives)
    return {one: Fraction(count, counted.total()) for one, count in counted.items()}


def _further(types: tuple[str, ...]) -> Shares:
    shares = dict(_shares((*types, IGNORED)))
    ignored = shares.pop(IGNORED)
    return {**shares, **dict.fromkeys(DROPPED, ignored / len(DROPPED))}


def _flow(fields: tuple[str, ...]) -> str:
    return " and ".join(fields) or "neither"
