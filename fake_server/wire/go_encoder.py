"""JSON as Go's encoding/json prints it (gateway.md 5.4)."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any, Final

from ...contracts.light_imports import compiled

_STRING_OR_NUMBER = r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.e+-]*'
_PYTHON_FLOAT = r"\.0[,}\]]|e-0[5-9][,}\]]|e\+(?:1[6-9]|20)[,}\]]"
_HTML = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
_MANY: Final = 1000
"""After so many responses, the time that a faster encoder saves begins to repay its import."""
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"))


def encode(value: Any) -> bytes:
    """Encode `value` as Go does: compact, HTML-safe, keys in the given order."""
    text = _ENCODER.encode(value)
    if needs_escapes(text):
        text = text.translate(_HTML)
    if _may_have_float(text):
        text = compiled(_STRING_OR_NUMBER).sub(_go_number, text)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", r"\\ufffd", text).encode()


def needs_escapes(text: str) -> bool:
    """Return whether JSON text may contain a character that Go escapes, and Python does not."""
    return "<" in text or ">" in text or "&" in text or not text.isascii()


def encode_response(body: dict[str, Any]) -> bytes:
    """Encode a response body as `encode` does, but in a long session six times as fast if it cannot contain a float.

    Only the options of actions can.
    """
    if "pydantic_core" not in sys.modules and next(_responses) < _MANY:
        return encode(body)
    try:
        data = _fast_encoder()(body)
    except ValueError:
        return encode(body)
    if b'"option"' in data or b"<" in data or b">" in data or b"&" in data or not data.isascii():
        return encode(body)
    return data


_responses = count()


@cache
def _fast_encoder() -> Callable[[Any], bytes]:
    from pydantic_core import to_json

    return to_json


def sorted_keys(value: Any) -> Any:
    """Return `value` with the keys of all objects sorted, as Go prints a map."""
    if isinstance(value, dict):
        keys = sorted(value)
        return dict(zip(keys, map(sorted_keys, map(value.__getitem__, keys)), strict=True))
    if isinstance(value, (list, tuple)):
        return list(map(sorted_keys, value))
    return value


def _may_have_float(text: str) -> bool:
    """Return whether `text` may contain a number that Python and Go print differently."""
    if text[-1].isdigit():
        return True
    suspect = ".0," in text or ".0}" in text or ".0]" in text or "e-0" in text or "e+" in text
    return suspect and bool(compiled(_PYTHON_FLOAT).search(text))


def _go_number(token: re.Match[str]) -> str:
    text = token[0]
    if text[0] == '"' or not set(text) & set(".e"):
        return text
    if float(text) and not 1e-6 <= abs(float(text)) < 1e21:
        return text.replace("e-0", "e-")
    from decimal import Decimal

    digits = format(Decimal(text), "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
