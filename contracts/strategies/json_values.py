"""Strategies for JSON objects and arrays, built from strategies for their parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from hypothesis import strategies as st

Parts = Mapping[str, st.SearchStrategy[Any]]


def objects(required: Parts, optional: Parts | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Generate objects with the required keys and any of the optional ones, in this order.

    Hypothesis's own strategy shuffles optional keys.
    """
    fixed = st.tuples(*required.values()).map(partial(_keyed, tuple(required)))
    if not optional:
        return fixed
    more = st.fixed_dictionaries({}, optional=dict(optional)).map(partial(_ordered, tuple(optional)))
    return merged(fixed, more) if required else more


def merged(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Generate objects merged from several; later ones override earlier ones."""
    return st.tuples(*parts).map(_merged)


def joined(*parts: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[list[Any]]:
    """Generate arrays joined from several."""
    return st.tuples(*parts).map(_joined)


def _keyed(keys: Iterable[str], values: Iterable[Any]) -> dict[str, Any]:
    return dict(zip(keys, values, strict=True))


def _ordered(keys: Iterable[str], drawn: Mapping[str, Any]) -> dict[str, Any]:
    return {key: drawn[key] for key in keys if key in drawn}


def _merged(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {key: value for part in parts for key, value in part.items()}


def _joined(parts: Iterable[list[Any]]) -> list[Any]:
    return [item for part in parts for item in part]
