"""What a machine draws from: small pools, each entry the simpler the sooner it comes, since failures shrink to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..conformance.duplicate_calls import LATE

_A, _B = "+12025550143", "+12025550144"
_BUSY, _SLOW = "+12025550180", "+12025550182"
UNDIALLABLE = "+1"
"""A number that cannot be read, and is dropped (CL-GATE-02)."""

NUMBERS = (
    (_A,),
    (_A, _SLOW),
    (_BUSY, _SLOW),
    (_SLOW, _A, _B),
    (_SLOW,),
    (_A, _A),
    (_A, UNDIALLABLE),
    (UNDIALLABLE,),
)
"""Whom to ring in one go."""
PROVIDERS = (*["healthy"] * 6, "deleted", "unknown")
PAGES = (2, 1, 3)
"""The most rows that the server gives at once, however many are asked for."""
NOTHING = "nothing"
MEANWHILE = (NOTHING, "add", "delete", "both")
"""What becomes of the list behind its first page."""
MOVES: Mapping[str, frozenset[str]] = {
    "ring": frozenset({"dialing"}),
    "answer": frozenset({"dialing", "ringing"}),
    "reject": frozenset({"dialing", "ringing"}),
    "hangup": frozenset({"dialing", "ringing", "progressing"}),
}
"""What the far side can do, and from which statuses of a call."""
SECONDS = (5, 1, 31, 61)

OTHERS = (
    "place three",
    "place one",
    "delete the newest record",
    "delete the oldest record",
    "replace the provider",
)
"""What another admin does."""

FINE = "none"
_ASKED: Mapping[str, Mapping[str, str]] = {
    "place": {"method": "POST", "path": "/providercalls"},
    "get_record": {"method": "GET", "path": "/providercalls/*"},
    "list_records": {"method": "GET", "path": "/providercalls"},
    "get_call": {"method": "GET", "path": "/calls/*"},
    "wait_until_done": {"method": "GET", "path": "/calls/*"},
    "delete_record": {"method": "DELETE", "path": "/providercalls/*"},
}
"""The requests of each operation that a fault can strike."""
_FAULTS: Mapping[str, Mapping[str, Any]] = {
    "done, answer lost": {"kind": "drop", "when": "after"},
    "done, reset": {"kind": "reset"},
    "done, answer cut": {"kind": "truncate"},
    "done, answer garbled": {"kind": "corrupt"},
    "done, 500": {"kind": "error", "status": 500, "when": "after"},
    "done, 502": {"kind": "error", "status": 502, "when": "after"},
    "done, 503": {"kind": "error", "status": 503, "when": "after"},
    "done, too late": {"kind": "delay", "seconds": LATE},
    "not done, closed": {"kind": "drop", "when": "before"},
    "no connection": {"kind": "drop", "when": "connect"},
    "not done, 503": {"kind": "error", "status": 503},
    "429": {"kind": "error", "status": 429},
    "429, told when": {"kind": "error", "status": 429, "retry_after": 2},
    "not done, silence": {"kind": "timeout", "when": "before"},
}
_LONG = frozenset({"429, told when", "done, too late", "not done, silence"})
"""The faults that take time, and so only happen where nobody really waits."""
_LOST = ("done, answer lost", "done, reset", "done, answer cut", "done, too late")
FAULTS = (*[FINE] * 12, *_LOST, *_FAULTS)
"""What goes wrong with a request: often nothing, and often enough an answer is lost."""


def fault(what: str, operation: str, *, nth: int = 1, virtual: bool = True) -> dict[str, Any] | None:
    """The arguments of `faults.add`; None for what does not happen."""
    if what == FINE or (what in _LONG and not virtual):
        return None
    return {**_FAULTS[what], **_ASKED[operation], "nth": nth}
