"""A strategy for network and server faults, as dictionaries for fake_server's Fault.from_dict."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from .json_values import Parts, objects

_COUNTS = st.integers(1, 3)
_SECONDS = st.sampled_from([0.5, 2, 10, 60])
_BODIES = st.sampled_from(["", "<html>502</html>", "{", "[]", "null"])
_REQUESTS = st.sampled_from(
    [
        *[{}] * 4,
        {"method": "GET"},
        {"path": "/providercalls*"},
        {"method": "POST", "path": "/providercalls"},
        {"method": "GET", "path": "/calls/*"},
    ]
)
_STATUSES = st.sampled_from([500, 502, 503, 504, 429])
_RETRY_AFTER = st.sampled_from([0, 1, 30, "Wed, 21 Oct 2026 07:28:00 GMT"])

KINDS: Mapping[str, tuple[tuple[str, ...], Parts, Parts]] = {
    "drop": (("after", "before", "connect"), {}, {}),
    "timeout": (("after", "before", "connect"), {}, {}),
    "reset": (("after", "before"), {}, {}),
    "error": (
        ("before", "after"),
        {"status": _STATUSES},
        {"retry_after": _RETRY_AFTER, "seconds": _SECONDS, "body": _BODIES},
    ),
    "delay": (("after",), {"seconds": _SECONDS}, {}),
    "truncate": (("after",), {}, {"cut_at": st.integers(0, 400)}),
    "corrupt": (("after",), {}, {"body": _BODIES}),
}
"""For each kind of fault: the possible values of `when`, the required fields, and the optional fields."""


@st.composite
def faults(draw: st.DrawFn, *kinds: str) -> dict[str, Any]:
    """Generate faults of these kinds, by default of all, as dictionaries. Any list of them can be added to one fake.

    The simplest is {"kind": "drop"}: the call is placed, and the response is lost.
    """
    kind = draw(_kinds(kinds or tuple(KINDS)))
    return {"kind": kind, **draw(_fields(kind)), **draw(_REQUESTS)}


_kinds = cache(st.sampled_from)


@cache
def _fields(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    moments, required, optional = KINDS[kind]
    common = {"when": st.sampled_from(moments), "nth": _COUNTS, "times": _COUNTS}
    return objects(required, {**common, **optional})
