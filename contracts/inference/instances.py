"""Strategies for instances of the wire models: those of this package for requests, and any valid fields for others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from pydantic import BaseModel

from ..models import requests, responses
from ..strategies import action, address, providercall_bodies
from ..strategies.address import UNKNOWN_IDS
from ..strategies.json_values import arrays, objects

_TEXTS = st.sampled_from(["", "Hello.", "Zoë & Ōno: <b>5 > 4</b>"])
_OBJECTS = st.sampled_from([{}, {"key": "value"}])
_BY_HINT: tuple[tuple[Any, st.SearchStrategy[Any]], ...] = (
    (responses.Uuid, UNKNOWN_IDS),
    (requests.GoogleUuid, UNKNOWN_IDS),
    (responses.Time, st.sampled_from(["2026-04-21 23:15:00.000000", "2026-04-21T23:15:00.123Z"])),
    (type(None), st.none()),
    (str, _TEXTS),
    (bool, st.booleans()),
    (int, st.sampled_from([0, 1, -1, 2**31])),
    (Any, _OBJECTS),
)
_BY_MODEL: Mapping[type[BaseModel], st.SearchStrategy[Any]] = {
    requests.AddressRequest: address.of_types(),
    requests.ActionRequest: action.of_types(),
    requests.ProviderCallRequest: providercall_bodies(),
    responses.Address: address.of_types(),
}
"""The models of which this package generates the data."""


@st.composite
def instances(draw: st.DrawFn, model: type[BaseModel]) -> BaseModel:
    """Generate valid instances of a model. The simplest has the required fields only."""
    return model.model_validate(draw(_objects_of(model)))


def values(model: type[BaseModel], field: str) -> st.SearchStrategy[Any]:
    """Return a strategy for the values of one field of a model."""
    return _values(get_type_hints(model, include_extras=True)[field])


@cache
def _objects_of(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    if model in _BY_MODEL:
        return _BY_MODEL[model]
    required, optional = (
        {name: values(model, name) for name, field in model.model_fields.items() if field.is_required() == wanted}
        for wanted in (True, False)
    )
    return objects(required, optional)


def _values(hint: Any) -> st.SearchStrategy[Any]:
    for known, strategy in _BY_HINT:
        if hint == known:
            return strategy
    if isinstance(hint, TypeVar):
        return instances(responses.ProviderCall)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return instances(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _values(arguments[0])
    if origin in (Union, UnionType):
        # None is the simplest.
        return st.one_of([_values(one) for one in sorted(arguments, key=lambda one: one is not type(None))])
    if origin is list:
        return arrays(_values(_without_none(arguments[0])))
    if origin is dict:
        return st.just({}) | st.builds(lambda value: {"key": value}, _values(arguments[1]))
    raise TypeError(f"no strategy is known for a field of type {hint!r}; add one to {__name__}")


def _without_none(hint: Any) -> Any:
    """Return the type of the elements of a list. In a request they may be null, which is of no use to anybody."""
    if get_origin(hint) not in (Union, UnionType):
        return hint
    return next(one for one in get_args(hint) if one is not type(None))
