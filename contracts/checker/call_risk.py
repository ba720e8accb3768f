"""An upper bound for the phones that a request could ring, from its body alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..http import Request
from ..probes import UNREACHABLE_TARGETS

_SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")


def max_calls(request: Request, addresses: Mapping[str, int] | None = None) -> int:
    """Return how many phones a request could ring at most, on a server that refuses nothing.

    Counts the destinations that might be reachable, anywhere in the body: also in the actions of a flow, which dials
    them later. `addresses` is the number of an agent's addresses by its id.
    """
    if request.method in _SAFE_METHODS:
        return 0
    try:
        targets = list(_targets(json.loads(request.body or b"null")))
    except (ValueError, RecursionError):
        # Not valid JSON here, or nested too deeply, but a server might still parse it.
        return request.body.lower().count(b"target")
    return sum((addresses or {}).get(str(target), 1) for target in targets if target not in UNREACHABLE_TARGETS)


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
