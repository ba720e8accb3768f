"""JSON as Go's encoding/json decodes it into a typed struct (gateway.md 5.1).

pydantic alone reads an ordinary body (`decode_fast`). A body with free maps takes the fast path of `decode`: the C
parser, then pydantic. If Python and Go may read a body differently, the slow path decodes it. Reasons are duplicate
keys, keys in another case, and numbers that Go holds as float64.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache, lru_cache
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from ...contracts.light_imports import compiled
from ...contracts.models.markers import UNION
from .go_syntax import SPACE, InvalidJson, TooDeep, check_depth, empty_if_null, fold, reject_constant

if TYPE_CHECKING:
    from pydantic import BaseModel

M = TypeVar("M", bound="BaseModel")

_CACHED_SIZE = 4096
_ESCAPED_SURROGATE = r"\\u[dD][89a-fA-F]"


class _NeedsSlowPath(Exception):
    """The fast path found something that only the slow path reads as Go does."""


def decode_fast(body: bytes, model: type[M]) -> M | None:
    """Return what `decode` returns if pydantic alone is certain to read `body` as Go does, else None.

    It is certain if every key is known and appears once. The result is shared: callers must not modify it.
    """
    # A test sends the same few short bodies again and again.
    return _validate_cached(body, model) if len(body) <= _CACHED_SIZE else _validate_fast(body, model)


def _validate_fast(body: bytes, model: type[M]) -> M | None:
    try:
        request: M = model.__pydantic_validator__.validate_json(body)
    except ValueError:
        return None
    # A colon follows every key. `decode` handles a body with more colons: in a string, or after a duplicate key.
    return request if body.count(b":") == _count_keys(request) else None


_validate_cached = lru_cache(maxsize=64)(_validate_fast)


def _count_keys(request: BaseModel) -> int:
    """Return how many keys a model was read from, or a wrong number if any of them is unknown."""
    fields = request.__dict__
    count = 0
    for part in (request, fields.get("source"), *fields.get("destinations", ()), *fields.get("actions", ())):
        if part is not None:
            if part.__pydantic_extra__:
                return -1
            count += len(part.__pydantic_fields_set__)
            # The option of an action is a free map. Go and Python agree on it if all its values are strings.
            for value in (part.__dict__.get("option") or {}).values():
                if type(value) is not str:
                    return -1
                count += 1
    return count


def decode(body: bytes, model: type[M]) -> M:
    """Decode the first JSON value of `body` into a `model`, as one json.Decoder.Decode does (gateway.md 5.1).

    Raises InvalidJson for a body that Go rejects, and TooDeep for one that only `decode_deep` may accept.
    """
    try:
        value = _decode_fast(body, model)
    except (_NeedsSlowPath, UnicodeDecodeError):
        from .go_slow_path import decode_slow

        value = decode_slow(body, model)
    except RecursionError:
        raise TooDeep from None
    except InvalidJson:
        raise
    except ValueError as error:
        raise InvalidJson(str(error)) from None
    return _validate(value, model)


def _decode_fast(body: bytes, model: type[BaseModel]) -> Any:
    text = body.lstrip(SPACE).decode()
    if "\\u" in text and compiled(_ESCAPED_SURROGATE).search(text):
        raise _NeedsSlowPath
    value, _ = _fast_decoder(model).raw_decode(text)
    check_depth(body, value)
    if type(value) is dict:
        return value
    return empty_if_null(value)


def _validate(value: Any, model: type[M]) -> M:
    try:
        return model.__pydantic_validator__.validate_python(value)  # type: ignore[no-any-return]
    except ValueError as error:
        raise InvalidJson(_message(error)) from None


def _message(error: Any) -> str:
    """Return the text of a ValidationError, which is a ValueError of a library that may not have been imported."""
    if error.error_count() > 100:
        return "many values have a wrong JSON type"
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'] if part != UNION)}: {first['msg']}"


@cache
def _fast_decoder(model: type[BaseModel]) -> json.JSONDecoder:
    """Return the C parser for `model`. It gives up at a key or a number that needs the slow path."""
    known = frozenset(_field_names(model))

    def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs) or not (value.keys() <= known or _unknown_in_any_case(value.keys() - known, known)):
            raise _NeedsSlowPath
        return value

    return json.JSONDecoder(
        object_pairs_hook=read_object,
        parse_int=_short_int,
        parse_float=_fraction,
        parse_constant=reject_constant,
    )


def _field_names(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield name
        for nested in _nested_models(info.annotation):
            yield from _field_names(nested)


def _nested_models(annotation: Any) -> Iterator[type[BaseModel]]:
    if hasattr(annotation, "model_fields"):
        yield annotation
    for argument in get_args(annotation):
        yield from _nested_models(argument)


def _unknown_in_any_case(keys: set[str], known: frozenset[str]) -> bool:
    """Return whether none of the unknown keys is a known one in another case."""
    return known.isdisjoint(map(fold, keys))


def _short_int(text: str) -> int:
    if len(text) > 15 or text == "-0":
        raise _NeedsSlowPath
    return int(text)


def _fraction(text: str) -> float:
    value = float(text)
    if value.is_integer() or abs(value) == inf:
        raise _NeedsSlowPath
    return value
