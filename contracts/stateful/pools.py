"""The pools of values that a state machine samples from, simplest first: failures shrink to the first entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..conformance.duplicate_calls import TOO_LATE
from ..probes import NO_NUMBER

_A, _B = "+12025550143", "+12025550144"
_BUSY, _SLOW = "+12025550180", "+12025550182"
UNDIALLABLE = NO_NUMBER
"""A number that cannot be parsed, so the API drops it (CL-GATE-02)."""

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
"""The destinations of one providercall."""
PROVIDERS = (*["healthy"] * 6, "deleted", "unknown")
PAGE_SIZES = (2, 1, 3)
"""The server's maximum page size."""
NO_CHANGE = "none"
LIST_CHANGES = (NO_CHANGE, "add", "delete", "both")
"""How other admins change the list after its first page."""
CALLEE_EVENTS: Mapping[str, frozenset[str]] = {
    "ring": frozenset({"dialing"}),
    "answer": frozenset({"dialing", "ringing"}),
    "reject": frozenset({"dialing", "ringing"}),
    "hangup": frozenset({"dialing", "ringing", "progressing"}),
}
"""The events at the callee, each with the call statuses in which it is possible."""
SECONDS = (5, 1, 31, 61)

OTHER_ADMIN_ACTIONS = (
    "place three",
    "place one",
    "delete the newest record",
    "delete the oldest record",
    "replace the provider",
)

NO_FAULT = "none"
_REQUESTS: Mapping[str, Mapping[str, str]] = {
    "place": {"method": "POST", "path": "/providercalls"},
    "get_record": {"method": "GET", "path": "/providercalls/*"},
    "list_records": {"method": "GET", "path": "/providercalls"},
    "get_call": {"method": "GET", "path": "/calls/*"},
    "wait_until_done": {"method": "GET", "path": "/calls/*"},
    "delete_record": {"method": "DELETE", "path": "/providercalls/*"},
}
"""The requests of each operation to which a fault can apply."""
_FAULTS: Mapping[str, Mapping[str, Any]] = {
    "placed, response lost": {"kind": "drop", "when": "after"},
    "placed, connection reset": {"kind": "reset"},
    "placed, response truncated": {"kind": "truncate"},
    "placed, response corrupted": {"kind": "corrupt"},
    "placed, 500": {"kind": "error", "status": 500, "when": "after"},
    "placed, 502": {"kind": "error", "status": 502, "when": "after"},
    "placed, 503": {"kind": "error", "status": 503, "when": "after"},
    "placed, response too late": {"kind": "delay", "seconds": TOO_LATE},
    "not placed, connection closed": {"kind": "drop", "when": "before"},
    "no connection": {"kind": "drop", "when": "connect"},
    "not placed, 503": {"kind": "error", "status": 503},
    "429": {"kind": "error", "status": 429},
    "429 with Retry-After": {"kind": "error", "status": 429, "retry_after": 2},
    "not placed, no response": {"kind": "timeout", "when": "before"},
}
"""The faults by name. For operations other than `place`, "placed" means that VoIPbin has processed the request."""
_SLOW_FAULTS = frozenset({"429 with Retry-After", "placed, response too late", "not placed, no response"})
"""The faults that make the client wait, and so are used in virtual time only."""
_LOST = (
    "placed, response lost",
    "placed, connection reset",
    "placed, response truncated",
    "placed, response too late",
)
FAULTS = (*[NO_FAULT] * 12, *_LOST, *_FAULTS)
"""The faults as they are sampled: often none, and a lost response more often than any other."""


def fault(name: str, operation: str, *, nth: int = 1, virtual_time: bool = True) -> dict[str, Any] | None:
    """Return the arguments of `faults.add`, or None if the fault cannot be used."""
    if name == NO_FAULT or (name in _SLOW_FAULTS and not virtual_time):
        return None
    return {**_FAULTS[name], **_REQUESTS[operation], "nth": nth}
