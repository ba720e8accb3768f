"""The slow path of `gojson.decode`: walk the parsed tree, and do to a dict what Go's decoder does to the struct."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from itertools import repeat
from math import inf
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from ...contracts.models.markers import NullKeepsValue
from .go_syntax import SPACE, InvalidJson, Pairs, TooDeep, check_depth, empty_if_null, fold, reject_constant, utf8

_Reader = Callable[[Any, Any], Any]
"""Reads a JSON value over the field's earlier value."""

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


class _Struct(dict[str, Any]):
    """The fields of a Go struct that have been set."""


class _Slice:
    """A Go slice. The elements of `store` beyond `length` reappear when a later array is longer."""

    __slots__ = ("length", "store")

    def __init__(self) -> None:
        """Create an empty slice without capacity."""
        self.store: list[Any] = []
        self.length = 0


class _Number:
    """A number as it was written: its type depends on its field."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        """Keep `text`."""
        self.text = text


_DECODER = json.JSONDecoder(
    object_pairs_hook=Pairs, parse_int=_Number, parse_float=_Number, parse_constant=reject_constant
)


def decode_slow(body: bytes, model: type[BaseModel]) -> dict[str, Any]:
    """Return the fields of `model` that the first JSON value of `body` sets. Raises InvalidJson."""
    try:
        text = _ESCAPE.sub(_replace_lone_surrogate, utf8(body.lstrip(SPACE)))
        value, _ = _DECODER.raw_decode(text)
        check_depth(body, value)
        return _to_python(_struct_reader(model)(value, None)) if isinstance(value, Pairs) else empty_if_null(value)
    except RecursionError:
        raise TooDeep from None
    except InvalidJson:
        raise
    except ValueError as error:
        raise InvalidJson(str(error)) from None


def _replace_lone_surrogate(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape[1] else escape[0]


def _to_python(value: Any) -> Any:
    """Return a decoded value in Python's own containers."""
    if isinstance(value, _Struct):
        return dict(zip(value, map(_to_python, value.values()), strict=True))
    if isinstance(value, _Slice):
        return list(map(_to_python, value.store[: value.length]))
    return value


@cache
def _struct_reader(model: type[BaseModel], title: str = "the body") -> _Reader:
    """Return a reader of a JSON object. It keeps the fields that earlier objects have set in the struct."""
    fields = {
        fold(name): (name, _field_reader(info.annotation, name), _null_keeps_value(info.metadata))
        for name, info in model.model_fields.items()
    }

    def read(value: Any, earlier: Any) -> _Struct:
        struct: _Struct = _Struct() if earlier is None else earlier
        for key, item in _expect(value, Pairs, title):
            name, read_item, keeps = fields.get(fold(key)) or (key, _read_unknown, True)
            if item is not None:
                struct[name] = read_item(item, struct.get(name))
            elif not keeps:
                struct.pop(name, None)
        return struct

    return read


def _null_keeps_value(metadata: list[Any]) -> bool:
    return any(isinstance(item, NullKeepsValue) for item in metadata)


def _field_reader(annotation: Any, title: str) -> _Reader:
    """Return how Go reads a value other than null into a field of this type."""
    annotation = _without_none(annotation)
    if hasattr(annotation, "model_fields"):
        return _struct_reader(annotation, title)
    if get_origin(annotation) is list:
        return _slice_reader(_field_reader(get_args(annotation)[0], title), title)
    if get_origin(annotation) is dict:
        return _map_reader(_map_value_reader(get_args(annotation)[1], title), title)
    return _scalar_reader(annotation, title)


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        return next(argument for argument in get_args(annotation) if argument is not type(None))
    return annotation


def _slice_reader(read_element: _Reader, title: str) -> _Reader:
    def read(value: Any, earlier: Any) -> _Slice:
        items = _expect(value, list, title)
        found: _Slice = earlier if items and earlier else _Slice()
        store, found.length = found.store, len(items)
        store += [None] * (len(items) - len(store))
        for index, item in enumerate(items):
            if item is not None:
                store[index] = read_element(item, store[index])
        return found

    return read


def _map_reader(read_value: _Reader, title: str) -> _Reader:
    def read(value: Any, earlier: Any) -> dict[str, Any]:
        found: dict[str, Any] = {} if earlier is None else earlier
        for key, item in _expect(value, Pairs, title):
            found[key] = None if item is None else read_value(item, None)
        return found

    return read


def _map_value_reader(annotation: Any, title: str) -> _Reader:
    return _read_any if annotation is Any else _scalar_reader(annotation, title)


def _read_any(value: Any, _: Any) -> Any:
    return _to_interface(value, _float64)


def _read_unknown(value: Any, _: Any) -> Any:
    """Read the value of an unknown field. Go skips it; pydantic's `extra` decides whether the model keeps it."""
    return _to_interface(value, _any_size)


def _scalar_reader(annotation: Any, title: str) -> _Reader:
    adapter = TypeAdapter(annotation)

    def read(value: Any, _: Any) -> Any:
        try:
            return adapter.validate_python(_to_scalar(value), strict=True)
        except ValidationError as error:
            raise InvalidJson(f"{title}: {error.errors()[0]['msg']}") from None

    return read


def _to_scalar(value: Any) -> Any:
    """Return `value` with a number as an int or a float. An integer too long for any field becomes a float."""
    if not isinstance(value, _Number):
        return value
    whole = len(value.text) <= 20 and not set(value.text) & set(".eE")
    return int(value.text) if whole else float(value.text)


def _to_interface(value: Any, number: Callable[[str], Any]) -> Any:
    """Return `value` as Go reads it into an empty interface. The last of equal keys wins; `number` reads numbers."""
    if isinstance(value, Pairs):
        return dict(zip(map(_key, value), map(_to_interface, map(_item, value), repeat(number)), strict=True))
    if isinstance(value, list):
        return list(map(_to_interface, value, repeat(number)))
    return number(value.text) if isinstance(value, _Number) else value


def _key(pair: tuple[str, Any]) -> str:
    return pair[0]


def _item(pair: tuple[str, Any]) -> Any:
    return pair[1]


def _float64(text: str) -> int | float:
    """Return a number as float64, or as an int if it is whole and exact in float64, since Go prints it as one."""
    value = float(text)
    if abs(value) == inf:
        raise InvalidJson("a number is out of range for float64")
    exact = value.is_integer() and abs(value) < 2**53 and str(value) != "-0.0"
    return int(value) if exact else value


def _any_size(text: str) -> int | float | str:
    return text if abs(float(text)) == inf else _float64(text)


def _expect(value: Any, kind: type, title: str) -> Any:
    if type(value) is not kind:
        raise InvalidJson(f"{title}: Input should be a JSON {'array' if kind is list else 'object'}")
    return value
