"""Strategies for JSON objects and arrays, built from strategies for their parts.

Hypothesis prefers the example with the fewest choices, and among these the one with the smallest. Therefore an example
makes a choice only for the parts that it has, and alternatives make as many choices as the simplest one, or more.
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


def objects(
    required: Parts, optional: Parts | None = None, *, one_in: int = 2, first: bool = False, order: Iterable[str] = ()
) -> st.SearchStrategy[dict[str, Any]]:
    """Generate objects with the required keys and any of the optional ones, in this order or the given one.

    One in `one_in` objects has optional keys, one in `one_in` of these has more than one, and so on. With `first`, all
    objects have the first optional key.
    """
    parts = dict(optional or {})
    return _objects(dict(required), parts, one_in, int(first), tuple(order) or (*required, *parts))


@st.composite
def _objects(
    draw: st.DrawFn, required: Parts, optional: Parts, one_in: int, least: int, order: Iterable[str]
) -> dict[str, Any]:
    """Draw the required parts, and then any number of the optional ones: first the key of each, then its value.

    The last value of a key counts. So whatever parts an example needs, the shrinker can remove all others. With a
    choice for each key, it would have to move the values of the later keys.
    """
    drawn = {key: draw(one) for key, one in required.items()}
    keys = tuple(optional)
    while keys and 0 < (number := draw(index(least, one_in * len(keys) - 1 + least))) <= len(keys):
        key = keys[number - 1]
        drawn[key] = draw(optional[key])
        least = 0
    return {key: drawn[key] for key in order if key in drawn}


@st.composite
def arrays(draw: st.DrawFn, items: st.SearchStrategy[T], min_size: int = 0) -> list[T]:
    """Generate arrays of any size from a minimum: half of them have more items, half of these another one, and so on.

    There is no choice of the size: to remove an item, the shrinker would have to lower it at the same time.
    """
    drawn = [draw(items) for _ in range(min_size)]
    while draw(_MORE):
        drawn.append(draw(items))
    return drawn


_MORE = st.booleans()
