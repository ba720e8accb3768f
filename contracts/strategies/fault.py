"""What goes wrong on the way: faults, as fake_server's Fault.of takes them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from .json_values import Parts, merged, objects

_COUNTS = st.integers(1, 3)
_SECONDS = st.sampled_from([0.5, 2, 10, 60])
_BODIES = st.sampled_from(["", "<html>502</html>", "{", "[]", "null"])
_WHERE = st.sampled_from(
    [
        {},
        {"method": "POST", "path": "/providercalls"},
        {"method": "GET", "path": "/calls/*"},
        {"path": "/providercalls*"},
        {"method": "GET"},
    ]
)
_REFUSALS = st.sampled_from([429, 500, 502, 503, 504])
_HOW_LONG = st.sampled_from([0, 1, 30]) | st.just("Wed, 21 Oct 2026 07:28:00 GMT")

KINDS: Mapping[str, tuple[tuple[str, ...], Parts, Parts]] = {
    "drop": (("after", "before", "connect"), {}, {}),
    "timeout": (("after", "before", "connect"), {}, {}),
    "reset": (("after", "before"), {}, {}),
    "error": (
        ("before", "after"),
        {"status": _REFUSALS},
        {"retry_after": _HOW_LONG, "seconds": _SECONDS, "body": _BODIES},
    ),
    "delay": (("after",), {"seconds": _SECONDS}, {}),
    "truncate": (("after",), {}, {"cut_at": st.integers(0, 400)}),
    "corrupt": (("after",), {}, {"body": _BODIES}),
}
"""Each kind of fault: when it can strike, what it needs, and what else it takes."""


@st.composite
def faults(draw: st.DrawFn, *kinds: str) -> dict[str, Any]:
    """Faults of these kinds, or of all, as plain data: each strikes a few requests, so that any list can be armed.

    The simplest is {"kind": "drop"}: the call is placed, and the answer is lost.
    """
    return draw(_of_kinds(kinds))


@cache
def _of_kinds(kinds: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of([_of(kind) for kind in kinds or KINDS])


def _of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    moments, needed, optional = KINDS[kind]
    always = {"when": st.sampled_from(moments), "nth": _COUNTS, "times": _COUNTS}
    return merged(objects({"kind": st.just(kind), **needed}, {**always, **optional}), _WHERE)
