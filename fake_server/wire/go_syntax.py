"""JSON syntax as Go's encoding/json accepts it: the checks that both decoding paths share."""

from __future__ import annotations

import re
from typing import Any, NoReturn

# Go stops at 10,000 levels (deep_json.py). Python's stack is shorter, and encoding walks a decoded value again.
MAX_DEPTH = 400

SPACE = b" \t\r\n"
_FOLD: dict[int, int | str] = {**{code: code + 32 for code in range(65, 91)}, 0x17F: "s", 0x212A: "k"}


class InvalidJson(ValueError):
    """A body that Go's decoder rejects for a struct. The text states the reason."""


class TooDeep(InvalidJson):
    """A body that is nested deeper than MAX_DEPTH."""

    def __init__(self) -> None:
        super().__init__("the JSON is nested too deeply")


class Pairs(list[tuple[str, Any]]):
    """A JSON object with all its keys, duplicates included, in wire order."""


def utf8(data: bytes) -> str:
    """Decode `data` as UTF-8. Each invalid byte becomes U+FFFD, as when Go ranges over a string."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return re.sub("[\udc80-\udcff]", "\ufffd", data.decode("utf-8", "surrogateescape"))


def fold(key: str) -> str:
    """Return `key` as Go compares names: case-insensitive, including the long s and the Kelvin sign."""
    return key.lower() if key.isascii() else key.translate(_FOLD)


def reject_constant(name: str) -> NoReturn:
    """Reject NaN and the infinities, which Python's parser accepts."""
    raise InvalidJson(f"{name} is not valid JSON")


def empty_if_null(value: Any) -> dict[str, Any]:
    """Return an empty object for a null body. Raises InvalidJson for any other value."""
    if value is None:
        return {}
    raise InvalidJson("the body is not a JSON object")


def check_depth(body: bytes, value: Any) -> None:
    """Raise TooDeep if `value`, parsed from `body`, is nested too deeply."""
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [child for parent in level for child in _children(parent)]
    if level:
        raise TooDeep


def _children(parent: Any) -> Any:
    if isinstance(parent, dict):
        return parent.values()
    if isinstance(parent, Pairs):
        return (value for _, value in parent)
    return parent if isinstance(parent, list) else ()
