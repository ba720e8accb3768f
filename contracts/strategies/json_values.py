"""Strategies for JSON objects and arrays, built from strategies for their parts.

They make one choice for each part that an example has, and none for those that it does not have: the cost of an example
is the number of its choices, and the shrinker removes a part by removing its choices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
Parts = Mapping[str, st.SearchStrategy[Any]]



@cache
def index(first: int, last: int) -> st.SearchStrategy[int]:
    """Return the strategy for the integers from `first` to `last`, which is built once."""
    return st.integers(first, last)


def objects(required: Parts, optional: Parts | None = None, *, one_in: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """Generate objects with the required keys and any of the optional ones, in this order.

    One in `one_in` objects has optional keys, one in `one_in` of these has more than one, and so on.
    """
    return _objects(dict(required), dict(optional or {}), one_in)


@st.composite
def _objects(draw: st.DrawFn, required: Parts, optional: Parts, one_in: int) -> dict[str, Any]:
    drawn = {key: draw(one) for key, one in required.items()}
    return {**drawn, **_some(draw, optional, one_in)}


def _some(draw: st.DrawFn, optional: Parts, one_in: int) -> dict[str, Any]:
    """Draw any of the parts.

    The key is chosen before its value, and the last value counts. So whatever part an example needs, the shrinker can
    remove all others; with a choice for each key, it would have to move the values of the later ones.
    """
    keys = list(optional)
    drawn: dict[str, Any] = {}
    for _ in keys:
        number = draw(index(0, one_in * len(keys) - 1))
        if not 0 < number <= len(keys):
            break
        key = keys[number - 1]
        drawn[key] = draw(optional[key])
    return drawn if len(drawn) < 2 else {key: drawn[key] for key in keys if key in drawn}


@st.composite
def arrays(draw: st.DrawFn, items: st.SearchStrategy[T], min_size: int, max_size: int) -> list[T]:
    """Generate arrays; all sizes are equally likely."""
    return [draw(items) for _ in range(draw(index(min_size, max_size)))]
