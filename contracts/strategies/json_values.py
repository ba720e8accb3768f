"""Strategies for JSON objects and arrays, built from strategies for their parts.

Hypothesis prefers the example with the fewest choices, and among these the one with the smallest. Therefore an example
makes a choice only for the parts that it has, and alternatives make as many choices as the simplest one, or more.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
Parts = Mapping[str, st.SearchStrategy[Any]]


@cache
def index(first: int, last: int) -> st.SearchStrategy[int]:
    """Return the strategy for the integers from `first` to `last`, which is built once."""
    return st.integers(first, last)


def draw_some(draw: st.DrawFn, parts: Parts, *, one_in: int = 2, first: bool = False) -> dict[str, Any]:
    """Draw any number of the parts, in their order: one in `one_in` times one or more, one in `one_in` of these two or
    more, and so on. With `first`, the first part is always among them.

    The key is chosen before its value, and the last value of a key counts. So whatever parts an example needs, the
    shrinker can remove all others. With a choice for each key, it would have to move the values of the later keys.
    """
    keys = tuple(parts)
    last = one_in * len(keys) - 1
    number = draw(index(1, last + 1) if first else index(0, last))
    drawn: dict[str, Any] = {}
    while 0 < number <= len(keys):
        key = keys[number - 1]
        drawn[key] = draw(parts[key])
        number = draw(index(0, last))
    return drawn if len(drawn) < 2 else {key: drawn[key] for key in keys if key in drawn}


def draw_more(draw: st.DrawFn) -> bool:
    """Draw whether an array has one more item: one in three times.

    There is no choice of the size: to remove an item, the shrinker would have to lower it at the same time.
    """
    return draw(_THIRDS) == 1


_THIRDS = st.integers(0, 2)


@st.composite
def arrays(draw: st.DrawFn, items: st.SearchStrategy[T], min_size: int = 0) -> list[T]:
    """Generate arrays. One in three has more items than the minimum, one in three of these another one, and so on."""
    drawn = [draw(items) for _ in range(min_size)]
    while draw_more(draw):
        drawn.append(draw(items))
    return drawn


@st.composite
def objects(draw: st.DrawFn, required: Parts, optional: Parts | None = None) -> dict[str, Any]:
    """Generate objects with the required keys, followed by any of the optional ones."""
    drawn = {key: draw(one) for key, one in required.items()}
    return {**drawn, **draw_some(draw, optional)} if optional else drawn
