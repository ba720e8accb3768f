"""Data from a file or a request body: only what JSON can express, and not more than a server can hold.

YAML has values that JSON does not have: dates, sets, keys that are not text, and aliases, with which a short file can
describe an enormous value or one that contains itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

MAX_SIZE: Final = 64 * 2**20
"""The maximum number of characters in all texts together, and of bytes in a file."""
_MAX_TEXT: Final = 2**20
_MAX_VALUES: Final = 500_000
_MAX_DEPTH: Final = 100
_MAX_WHOLE: Final = 2**63
"""Servers store whole numbers in 64 bits."""
_SHOWN_PARTS: Final = 12
_SHOWN_TEXT: Final = 40

Place = tuple[str | int, ...]


class InvalidData(ValueError):
    """A value that JSON cannot express or that is too large; the message begins with its place."""

    def __init__(self, place: Place, reason: str, root: str) -> None:
        super().__init__(f"{format_place(place) or root}: {reason}")


def check_plain(value: Any, root: str) -> None:
    """Raise InvalidData unless a value is plain data. `root` names the whole value."""
    _Check(root).walk(value, (), ())


def format_place(place: Iterable[str | int]) -> str:
    """Return a place such as `customers[0].name`. Long names and places are abbreviated."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{abbreviated(part)}" for part in place]
    if len(parts) > _SHOWN_PARTS:
        parts[_SHOWN_PARTS // 2 : -_SHOWN_PARTS // 2] = ["..."]
    return "".join(parts).removeprefix(".")


def abbreviated(text: str) -> str:
    """Return a text, or its beginning with three dots if it is long."""
    return text if len(text) <= _SHOWN_TEXT else f"{text[:_SHOWN_TEXT]}..."


class _Check:
    """The check of one value. What an alias refers to counts each time."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._values = 0
        self._characters = 0

    def walk(self, value: Any, place: Place, parents: tuple[int, ...]) -> None:
        self._values += 1
        if self._values > _MAX_VALUES:
            raise self._error(place, f"the data has more than {_MAX_VALUES:,} values, including those of aliases")
        if isinstance(value, str):
            self._check_text(value, place)
        elif isinstance(value, dict | list):
            self._walk_container(value, place, parents)
        elif not (value is None or isinstance(value, bool)):
            self._check_number(value, place)

    def _walk_container(self, value: dict[Any, Any] | list[Any], place: Place, parents: tuple[int, ...]) -> None:
        if id(value) in parents:
            raise self._error(place, "it contains itself")
        if len(parents) >= _MAX_DEPTH:
            raise self._error(place, f"it is nested too deeply: at most {_MAX_DEPTH} levels are allowed")
        parents = (*parents, id(value))
        if isinstance(value, list):
            for index, item in enumerate(value):
                self.walk(item, (*place, index), parents)
            return
        for key, item in value.items():
            if not isinstance(key, str):
                raise self._error(place, f"the key {abbreviated(repr(key))} is not text; put it in quotes")
            self._check_text(key, place)
            self.walk(item, (*place, key), parents)

    def _check_text(self, text: str, place: Place) -> None:
        self._characters += len(text)
        if len(text) > _MAX_TEXT:
            raise self._error(place, f"the text has {len(text):,} characters; at most {_MAX_TEXT:,} are allowed")
        if self._characters > MAX_SIZE:
            raise self._error(place, f"all texts together have more than {MAX_SIZE:,} characters")
        if not text.isascii() and (found := _lone_surrogate(text)):
            raise self._error(place, f"the text contains {found}, one half of a character, which cannot be encoded")

    def _check_number(self, value: Any, place: Place) -> None:
        if isinstance(value, int):
            if not -_MAX_WHOLE <= value < _MAX_WHOLE:
                raise self._error(place, "the number is out of range: whole numbers have at most 64 bits")
        elif not isinstance(value, float):
            raise self._error(place, f"a {type(value).__name__} is not allowed; if it is text, put it in quotes")
        elif not math.isfinite(value):
            raise self._error(place, f"{value} is not a number that JSON can express")

    def _error(self, place: Place, reason: str) -> InvalidData:
        return InvalidData(place, reason, self._root)


def _lone_surrogate(text: str) -> str:
    """Return the escape of the first half character in a text, or an empty text."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"\\u{ord(text[error.start]):04x}"
    return ""
