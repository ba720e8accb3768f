"""JSON that is nested deeper than Python can parse: Go reads 10,000 levels (gateway.md 5.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from .go_decoder import decode
from .go_syntax import InvalidJson, reject_constant, utf8

if TYPE_CHECKING:
    from pydantic import BaseModel

M = TypeVar("M", bound="BaseModel")
GO_MAX_DEPTH = 10_000
"""The levels that Go reads."""
_LEVELS = 300
"""The levels that are parsed at once."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_CLOSING = {"[": "]", "{": "}"}
_PARSER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=reject_constant)


def decode_deep(body: bytes, model: type[M], limit: int = GO_MAX_DEPTH) -> M:
    """Decode a body that `decode` refuses as TooDeep, if only values that Go skips are nested so deep.

    Raises InvalidJson for a body that Go rejects, and for one whose deep values would be stored.
    """
    text = utf8(body)
    placeholder = next(name for number in count() if (name := f"skipped {number}") not in text)
    request = decode(_without_deep_values(text, f'"{placeholder}"', limit).encode(), model)
    if any(placeholder == value for value in _stored(request)):
        raise InvalidJson("an option is nested deeper than this fake can store")
    return request


def _without_deep_values(text: str, placeholder: str, limit: int) -> str:
    """Return the first value of a text, with a placeholder for each part that is nested too deep for the parser."""
    open_brackets: list[str] = []
    parts: list[list[str]] = [[]]
    """What was read at each depth at which a part begins that is parsed on its own."""
    start = 0
    for token in _TOKEN.finditer(text):
        bracket = token[0]
        if bracket in _CLOSING:
            open_brackets.append(_CLOSING[bracket])
            if len(open_brackets) > limit:
                raise InvalidJson(f"the JSON is nested deeper than {limit} levels")
            if _begins_part(len(open_brackets)):
                parts[-1].append(text[start : token.start()])
                parts.append([])
                start = token.start()
        elif bracket[0] != '"':
            if not open_brackets or open_brackets[-1] != bracket:
                raise InvalidJson(f"{bracket} closes nothing")
            if _begins_part(len(open_brackets)):
                _check_syntax("".join([*parts.pop(), text[start : token.end()]]))
                parts[-1].append(placeholder)
                start = token.end()
            open_brackets.pop()
            if not open_brackets:
                return "".join([*parts[0], text[start : token.end()]])
    raise InvalidJson("a bracket is not closed")


def _check_syntax(text: str) -> None:
    try:
        _PARSER.decode(text)
    except ValueError as error:
        raise InvalidJson(str(error)) from None


def _begins_part(depth: int) -> bool:
    return depth > 1 and depth % _LEVELS == 1


def _stored(request: BaseModel) -> Iterator[Any]:
    """Yield every value in the options of actions, which are stored as they are."""
    actions = request.__dict__.get("actions") or ()
    left: list[Any] = [action.option for action in actions if action is not None]
    while left:
        value = left.pop()
        yield value
        if isinstance(value, dict):
            left += value.values()
        elif isinstance(value, list):
            left += value
