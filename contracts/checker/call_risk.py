"""How many phones a request may ring, judged by what it says alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..http import Request
from ..probes import UNREACHABLE_TARGETS

_READING: Final = ("GET", "HEAD", "OPTIONS")


def max_calls(request: Request, addresses: Mapping[str, int] | None = None) -> int:
    """How many phones a request may ring at the most, on a server that refuses nothing.

    Counts the destinations at which somebody might be reached, wherever in the body they stand: in the actions of a
    flow, too, which dials them later. `addresses` says how many an agent has, by its id.
    """
    if request.method in _READING:
        return 0
    try:
        body = json.loads(request.body or b"null")
    except ValueError:
        # Not ours to read: a server might all the same.
        return request.body.lower().count(b"target")
    return sum((addresses or {}).get(str(target), 1) for target in _targets(body) if target not in UNREACHABLE_TARGETS)


def _targets(value: Any) -> Iterator[object]:
    if isinstance(value, list):
        for one in value:
            yield from _targets(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key.lower() == "destinations" and isinstance(one, list):
                yield from (_target(each) for each in one)
            else:
                yield from _targets(one)


def _target(destination: Any) -> object:
    return destination.get("target", "") if isinstance(destination, dict) else destination
