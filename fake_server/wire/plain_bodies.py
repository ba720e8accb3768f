"""Ordinary request bodies, read by their layout instead of their model.

Only if Go reads a body to the same values, whatever its decoder does with repeated keys, other cases and wrong types.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Final, TypeAlias, TypeVar

from ...contracts.formats.go_uuids import parse_google
from ...contracts.models import bodies
from ...contracts.models.bodies import BodyLayout, ObjectLayout
from .go_syntax import SPACE, reject_constant

_MAX_SIZE: Final = 4096
"""The compiled validator of the model is faster for long bodies."""
_ESCAPED_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")

_Reader: TypeAlias = Callable[[Any], Any]
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
    if b"\\u" in body and _ESCAPED_SURROGATE.search(body):
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
    """Return a function that reads an object. It raises ValueError for a wrong type, KeyError for an unknown key."""
    readers: dict[str, _Reader] = {}
    zeros: dict[str, Any] = {}
    for name, kind in layout.fields.items():
        if isinstance(kind, ObjectLayout):
            readers[name], zeros[name] = _optional(_object_reader(kind)), None
        elif isinstance(kind, list):
            readers[name], zeros[name] = _array_reader(_object_reader(kind[0])), []
        else:
            readers[name], zeros[name] = _SCALARS[kind]

    def read(value: Any) -> PlainObject:
        if type(value) is not dict:
            raise ValueError("not an object")
        fields = zeros.copy()
        for name, sent in value.items():
            fields[name] = readers[name](sent)
        return PlainObject(fields)

    return read


def _array_reader(read: _Reader) -> _Reader:
    def read_array(value: Any) -> list[Any]:
        if type(value) is not list:
            raise ValueError("not an array")
        return [read(item) for item in value]

    return read_array


def _optional(read: _Reader) -> _Reader:
    return lambda value: None if value is None else read(value)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("not a text")
    return value


def _uuid(value: Any) -> str:
    canonical = parse_google(_text(value))
    if canonical is None:
        raise ValueError("not a UUID")
    return canonical


def _map(value: Any) -> dict[str, str]:
    # Go and Python agree on a free map if all its values are strings.
    if type(value) is not dict:
        raise ValueError("not an object")
    return {key: _text(item) for key, item in value.items()}


_SCALARS: Final[dict[str, tuple[_Reader, Any]]] = {
    bodies.TEXT: (_text, ""),
    bodies.OPTIONAL_TEXT: (_optional(_text), None),
    bodies.OPTIONAL_UUID: (_optional(_uuid), None),
    bodies.OPTIONAL_MAP: (_optional(_map), None),
}
"""The reader of each type, and its value if the field is absent."""
