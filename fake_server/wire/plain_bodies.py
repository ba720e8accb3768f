"""Ordinary request bodies, read by their layout instead of their model.

Only if Go reads a body to the same values, whatever its decoder does with repeated keys, other cases and wrong types.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Final, TypeAlias, TypeVar

from ...contracts.formats.go_uuids import parse_google
from ...contracts.light_imports import compiled
from ...contracts.models import bodies
from ...contracts.models.bodies import BodyLayout, ObjectLayout
from .go_syntax import SPACE, reject_constant

_MAX_SIZE: Final = 4096
"""The compiled validator of the model is faster for long bodies."""
_ESCAPED_SURROGATE: Final = rb"\\u[dD][89a-fA-F]"

_Reader: TypeAlias = Callable[[Any], Any]
_Accepted: TypeAlias = dict[type, "_Reader | None"]
"""How a value of each type is read that a field accepts; None if it is used as it is."""
_NULL: Final = type(None)
M = TypeVar("M")


class PlainObject:
    """An object of a body, with the attributes of its model."""

    model_extra: Final = None
    """An ordinary body has no unknown fields."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self.__dict__ = fields


def read_plain(body: bytes, layout: BodyLayout[Any]) -> Any | None:
    """Return an ordinary body as a PlainObject, else None. The result is shared: callers must not modify it."""
    return _read(body, layout) if len(body) <= _MAX_SIZE else None


# A test sends the same few short bodies again and again.
@lru_cache(maxsize=64)
def _read(body: bytes, layout: BodyLayout[Any]) -> Any | None:
    if b"\\u" in body and compiled(_ESCAPED_SURROGATE).search(body):
        return None
    try:
        text = body.strip(SPACE).decode()
        value, end = _PARSER.raw_decode(text)
        return _object_reader(layout)(value) if end == len(text) else None
    except (ValueError, KeyError, RecursionError):
        return None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key is repeated")
    return value


_PARSER: Final = json.JSONDecoder(object_pairs_hook=_distinct, parse_constant=reject_constant)


@cache
def _object_reader(layout: ObjectLayout) -> _Reader:
    """Return a function that reads an object. It raises ValueError or KeyError for one that is not ordinary."""
    accepted: dict[str, _Accepted] = {}
    zeros: dict[str, Any] = {}
    for name, kind in layout.fields.items():
        if isinstance(kind, ObjectLayout):
            accepted[name], zeros[name] = {dict: _object_reader(kind), _NULL: None}, None
        elif isinstance(kind, list):
            accepted[name], zeros[name] = {list: _array_reader(_object_reader(kind[0]))}, []
        else:
            accepted[name], zeros[name] = _SCALARS[kind]

    def read(value: Any) -> PlainObject:
        if type(value) is not dict:
            raise ValueError("not an object")
        fields = zeros.copy()
        for name, sent in value.items():
            reader = accepted[name][type(sent)]
            fields[name] = sent if reader is None else reader(sent)
        return PlainObject(fields)

    return read


def _array_reader(read: _Reader) -> _Reader:
    return lambda values: [read(value) for value in values]


def _uuid(value: str) -> str:
    canonical = parse_google(value)
    if canonical is None:
        raise ValueError("not a UUID")
    return canonical


def _map(value: dict[str, Any]) -> dict[str, Any]:
    # Go and Python agree on a free map if all its values are strings.
    if set(map(type, value.values())) - {str}:
        raise ValueError("not a map of texts")
    return value


_SCALARS: Final[dict[str, tuple[_Accepted, Any]]] = {
    bodies.TEXT: ({str: None}, ""),
    bodies.OPTIONAL_TEXT: ({str: None, _NULL: None}, None),
    bodies.OPTIONAL_UUID: ({str: _uuid, _NULL: None}, None),
    bodies.OPTIONAL_MAP: ({dict: _map, _NULL: None}, None),
}
"""What each type accepts, and its value if the field is absent."""
