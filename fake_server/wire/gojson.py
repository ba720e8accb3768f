"""JSON as Go's encoding/json reads it into a typed struct, and as it prints it (gateway.md 5.1, 5.4).

An ordinary body is read by pydantic at once. One with free maps takes the short way: the C parser, then pydantic.
Whatever the two languages might read differently (equal keys, keys in another case, numbers that Go holds as float64)
takes the long way: a walk over the parsed tree that does to a dict what Go's decoder does to the struct.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache, lru_cache
from itertools import repeat
from math import inf
from types import UnionType
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from ...contracts.models.requests import UNION, NullKeepsValue

M = TypeVar("M", bound=BaseModel)
_Read = Callable[[Any, Any], Any]

# Go stops at 10000 levels. Python's stack is shorter, and what is read here is walked again to be printed.
MAX_DEPTH = 400

_SHORT = 4096
_SPACE = b" \t\r\n"
_FOLD: dict[int, int | str] = {**{code: code + 32 for code in range(65, 91)}, 0x17F: "s", 0x212A: "k"}
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_STRING_OR_NUMBER = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.e+-]*')
_PYTHON_FLOAT = re.compile(r"\.0[,}\]]|e-0[5-9][,}\]]|e\+(?:1[6-9]|20)[,}\]]")
_HTML = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


class InvalidJson(ValueError):
    """A body that Go's decoder refuses for the struct at hand; the text says why."""


class _NeedsSlowPath(Exception):
    """The short way met something that only the long way reads as Go does."""


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with all its keys, in the order of the wire."""


class _Struct(dict[str, Any]):
    """The fields of a Go struct that have been set."""


class _Slice:
    """A Go slice: what lies in `store` beyond its length comes back when a later array is longer."""

    __slots__ = ("length", "store")

    def __init__(self) -> None:
        """An empty slice with no room behind it."""
        self.store: list[Any] = []
        self.length = 0


class _Number:
    """A number as it was written: its type depends on the field that it is for."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        """Keep `text`."""
        self.text = text


def decode_fast(body: bytes, model: type[M]) -> M | None:
    """What `decode` gives, if pydantic alone is certain to read `body` as Go does: each key known, and once.

    What it gives must not be changed.
    """
    # A test sends the same few bodies again and again, and short ones.
    return _remembered(body, model) if len(body) <= _SHORT else _at_once(body, model)


def _at_once(body: bytes, model: type[M]) -> M | None:
    try:
        read: M = model.__pydantic_validator__.validate_json(body)
    except ValidationError:
        return None
    # Each key has a colon after it. Of one too many, in a string or after a repeated key, a longer way makes sense.
    return read if body.count(b":") == _keys(read) else None


_remembered = lru_cache(maxsize=64)(_at_once)


def decode(body: bytes, model: type[M]) -> M:
    """Read the first JSON value of `body` into a `model`, as one json.Decoder.Decode does (gateway.md 5.1).

    Raises NotJson for what Go refuses, and for nothing else.
    """
    try:
        value = _decode_fast(body, model)
    except (_NeedsSlowPath, UnicodeDecodeError):
        value = _decode_slow(body, model)
    except RecursionError:
        raise InvalidJson("the JSON is nested too deeply") from None
    except ValueError as error:
        raise InvalidJson(str(error)) from None
    return _validated(value, model)


def encode(value: Any) -> bytes:
    """Print `value` as Go's encoding/json does: compact, HTML-safe, key order as given (gateway.md 5.4)."""
    text = _ENCODER.encode(value)
    if "<" in text or ">" in text or "&" in text or not text.isascii():
        text = text.translate(_HTML)
    if _has_float(text):
        text = _STRING_OR_NUMBER.sub(_go_number, text)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", r"\\ufffd", text).encode()


def encode_answer(answer: dict[str, Any]) -> bytes:
    """Print an answer as `encode` does, six times as fast where it holds no fraction: only options of actions may."""
    try:
        data = to_json(answer)
    except PydanticSerializationError:
        return encode(answer)
    if b'"option"' in data or b"<" in data or b">" in data or b"&" in data or not data.isascii():
        return encode(answer)
    return data


def sorted_keys(value: Any) -> Any:
    """`value` with the keys of all its objects in order, as Go prints a map."""
    if isinstance(value, dict):
        keys = sorted(value)
        return dict(zip(keys, map(sorted_keys, map(value.__getitem__, keys)), strict=True))
    if isinstance(value, (list, tuple)):
        return list(map(sorted_keys, value))
    return value


def utf8(data: bytes) -> str:
    """`data` as text; each byte that is no UTF-8 becomes U+FFFD, as when Go walks over a string."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return re.sub("[\udc80-\udcff]", "\ufffd", data.decode("utf-8", "surrogateescape"))


def _keys(read: BaseModel) -> int:
    """How many keys a model was read from; a wrong number where there were unknown ones."""
    fields = read.__dict__
    count = 0
    for part in (read, fields.get("source"), *fields.get("destinations", ()), *fields.get("actions", ())):
        if part is not None:
            if part.__pydantic_extra__:
                return -1
            count += len(part.__pydantic_fields_set__)
            # The option of an action is a free map; of text alone it has nothing that Go reads in another way.
            for value in (part.__dict__.get("option") or {}).values():
                if type(value) is not str:
                    return -1
                count += 1
    return count


# The short way.


def _decode_fast(body: bytes, model: type[BaseModel]) -> Any:
    text = body.lstrip(_SPACE).decode()
    if "\\u" in text and _ESCAPED_SURROGATE.search(text):
        raise _NeedsSlowPath
    value, _ = _decoder(model).raw_decode(text)
    _check_depth(body, value)
    if type(value) is dict:
        return value
    return _no_object(value)


def _validated(value: Any, model: type[M]) -> M:
    try:
        return model.__pydantic_validator__.validate_python(value)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise InvalidJson(_complaint(error)) from None


@cache
def _decoder(model: type[BaseModel]) -> json.JSONDecoder:
    """The C parser for `model`: it gives up where a key or a number needs the long way."""
    known = frozenset(_names(model))

    def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs) or not (value.keys() <= known or _harmless(value, known)):
            raise _NeedsSlowPath
        return value

    return json.JSONDecoder(
        object_pairs_hook=read_object,
        parse_int=_short_int,
        parse_float=_fraction,
        parse_constant=_no_constant,
    )


def _names(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield name
        for nested in _models(info.annotation):
            yield from _names(nested)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if _is_model(annotation):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _harmless(value: dict[str, Any], known: frozenset[str]) -> bool:
    return known.isdisjoint(map(_folded, value.keys() - known))


def _short_int(text: str) -> int:
    if len(text) > 15 or text == "-0":
        raise _NeedsSlowPath
    return int(text)


def _fraction(text: str) -> float:
    value = float(text)
    if value.is_integer() or abs(value) == inf:
        raise _NeedsSlowPath
    return value


def _no_constant(name: str) -> NoReturn:
    raise InvalidJson(f"{name} is no JSON")


def _no_object(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    raise InvalidJson("the body is no JSON object")


def _check_depth(body: bytes, value: Any) -> None:
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for parent in level for child in _children(parent)]
    if level:
        raise InvalidJson("the JSON is nested too deeply")


def _children(parent: Any) -> Any:
    if isinstance(parent, dict):
        return parent.values()
    if isinstance(parent, _Pairs):
        return (value for _, value in parent)
    return parent if isinstance(parent, list) else ()


def _complaint(error: ValidationError) -> str:
    if error.error_count() > 100:
        return "many values have a wrong JSON type"
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'] if part != UNION)}: {first['msg']}"


# The long way.


def _decode_slow(body: bytes, model: type[BaseModel]) -> Any:
    try:
        text = _ESCAPE.sub(_paired, utf8(body.lstrip(_SPACE)))
        value, _ = _LITERAL_DECODER.raw_decode(text)
        _check_depth(body, value)
        return _settled(_struct(model)(value, None)) if isinstance(value, _Pairs) else _no_object(value)
    except RecursionError:
        raise InvalidJson("the JSON is nested too deeply") from None
    except ValueError as error:
        raise InvalidJson(str(error)) from None


def _paired(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape[1] else escape[0]


def _settled(value: Any) -> Any:
    """What was read, in Python's own containers."""
    if isinstance(value, _Struct):
        return dict(zip(value, map(_settled, value.values()), strict=True))
    if isinstance(value, _Slice):
        return list(map(_settled, value.store[: value.length]))
    return value


@cache
def _struct(model: type[BaseModel], title: str = "the body") -> _Read:
    """Reads one more JSON object over what earlier ones put into the struct."""
    fields = {
        _folded(name): (name, _reader(info.annotation, name), _keeps(info.metadata))
        for name, info in model.model_fields.items()
    }

    def read(value: Any, earlier: Any) -> _Struct:
        struct: _Struct = _Struct() if earlier is None else earlier
        for key, item in _expect(value, _Pairs, title):
            name, read_item, keeps = fields.get(_folded(key)) or (key, _unknown, True)
            if item is not None:
                struct[name] = read_item(item, struct.get(name))
            elif not keeps:
                struct.pop(name, None)
        return struct

    return read


def _keeps(metadata: list[Any]) -> bool:
    return any(isinstance(item, NullKeepsValue) for item in metadata)


def _reader(annotation: Any, title: str) -> _Read:
    """How Go reads a value that is not null into a field of this type."""
    annotation = _without_none(annotation)
    if _is_model(annotation):
        return _struct(annotation, title)
    if get_origin(annotation) is list:
        return _slice(_reader(get_args(annotation)[0], title), title)
    if get_origin(annotation) is dict:
        return _map(_map_value(get_args(annotation)[1], title), title)
    return _leaf(annotation, title)


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        return next(argument for argument in get_args(annotation) if argument is not type(None))
    return annotation


def _slice(read_element: _Read, title: str) -> _Read:
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


def _map(read_value: _Read, title: str) -> _Read:
    def read(value: Any, earlier: Any) -> dict[str, Any]:
        found: dict[str, Any] = {} if earlier is None else earlier
        for key, item in _expect(value, _Pairs, title):
            found[key] = None if item is None else read_value(item, None)
        return found

    return read


def _map_value(annotation: Any, title: str) -> _Read:
    return _any if annotation is Any else _leaf(annotation, title)


def _any(value: Any, _: Any) -> Any:
    return _free(value, _float64)


def _unknown(value: Any, _: Any) -> Any:
    """The value of a field that is none: Go skips it, pydantic's `extra` decides what becomes of it."""
    return _free(value, _any_size)


def _leaf(annotation: Any, title: str) -> _Read:
    adapter = TypeAdapter(annotation)

    def read(value: Any, _: Any) -> Any:
        try:
            return adapter.validate_python(_typed(value), strict=True)
        except ValidationError as error:
            raise InvalidJson(f"{title}: {error.errors()[0]['msg']}") from None

    return read


def _typed(value: Any) -> Any:
    """`value` as Python's own type: a whole number of any use is short, any other is a float."""
    if not isinstance(value, _Number):
        return value
    whole = len(value.text) <= 20 and not set(value.text) & set(".eE")
    return int(value.text) if whole else float(value.text)


def _free(value: Any, number: Callable[[str], Any]) -> Any:
    """`value` as Go reads it into an empty interface: the last of equal keys, numbers through `number`."""
    if isinstance(value, _Pairs):
        return dict(zip(map(_key, value), map(_free, map(_item, value), repeat(number)), strict=True))
    if isinstance(value, list):
        return list(map(_free, value, repeat(number)))
    return number(value.text) if isinstance(value, _Number) else value


def _key(pair: tuple[str, Any]) -> str:
    return pair[0]


def _item(pair: tuple[str, Any]) -> Any:
    return pair[1]


def _float64(text: str) -> int | float:
    """The number as float64; a whole one that float64 holds exactly is an int, since Go prints it as one."""
    value = float(text)
    if abs(value) == inf:
        raise InvalidJson("a number is beyond float64")
    exact = value.is_integer() and abs(value) < 2**53 and str(value) != "-0.0"
    return int(value) if exact else value


def _any_size(text: str) -> int | float | str:
    return text if abs(float(text)) == inf else _float64(text)


def _expect(value: Any, kind: type, title: str) -> Any:
    if type(value) is not kind:
        raise InvalidJson(f"{title}: Input should be a JSON {'array' if kind is list else 'object'}")
    return value


def _is_model(annotation: Any) -> bool:
    # Not issubclass: `list[int]` passes for a type on Python 3.10, and for no class.
    return isinstance(annotation, type(BaseModel))


def _folded(key: str) -> str:
    """`key` as Go compares names: without regard to case, the long s and the Kelvin sign included."""
    return key.lower() if key.isascii() else key.translate(_FOLD)


_LITERAL_DECODER = json.JSONDecoder(
    object_pairs_hook=_Pairs, parse_int=_Number, parse_float=_Number, parse_constant=_no_constant
)


# Printing.

_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"))


def _has_float(text: str) -> bool:
    """Whether a number may stand in `text` that Python prints in another way than Go."""
    if text[-1].isdigit():
        return True
    suspect = ".0," in text or ".0}" in text or ".0]" in text or "e-0" in text or "e+" in text
    return suspect and bool(_PYTHON_FLOAT.search(text))


def _go_number(token: re.Match[str]) -> str:
    text = token[0]
    if text[0] == '"' or not set(text) & set(".e"):
        return text
    if float(text) and not 1e-6 <= abs(float(text)) < 1e21:
        return text.replace("e-0", "e-")
    digits = format(Decimal(text), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
