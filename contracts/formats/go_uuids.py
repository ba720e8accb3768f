"""UUID parsing as in the two Go libraries of the server (gateway.md 5.2)."""

from __future__ import annotations

import re

from ..light_imports import compiled

NIL = "00000000-0000-0000-0000-000000000000"

_DASHED = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_BARE = "[0-9a-fA-F]{32}"

_CANONICAL = re.compile(_DASHED.replace("A-F", "")).fullmatch
# google/uuid checks neither of the two characters around the 36: it accepts `x...y` as well as `{...}`.
_GOOGLE = rf"(?:(?i:urn:uuid:)({_DASHED})|[\x00-\x7f]({_DASHED})[\x00-\x7f]|({_DASHED}|{_BARE}))"
_GOFRS = rf"(?:urn:uuid:({_DASHED}|{_BARE})|\{{({_DASHED}|{_BARE})\}}|({_DASHED}|{_BARE}))"
GOOGLE_PATTERN = rf"^([uU][rR][nN]:[uU][uU][iI][dD]:{_DASHED}|[\x00-\x7f]{_DASHED}[\x00-\x7f]|{_DASHED}|{_BARE})$"
"""The texts that google/uuid accepts, as a pattern for a JSON Schema."""
_ESCAPES = {7: r"\a", 8: r"\b", 9: r"\t", 10: r"\n", 11: r"\v", 12: r"\f", 13: r"\r", 34: r"\"", 92: r"\\"}


def parse_google(text: str) -> str | None:
    """Return the canonical text if google/uuid's Parse accepts `text`, or None (gateway.md 5.2)."""
    return text if _CANONICAL(text) else _canonical(compiled(_GOOGLE, re.ASCII).fullmatch(text))


def parse_gofrs(text: str) -> str | None:
    """Return the canonical text if gofrs/uuid's FromString accepts `text`, or None (gateway.md 5.2)."""
    return text if _CANONICAL(text) else _canonical(compiled(_GOFRS, re.ASCII).fullmatch(text))


def google_error(text: str) -> str:
    """Return google/uuid's error message for an invalid `text` (gateway.md 4.1)."""
    data = text.encode("utf-8", "surrogateescape")
    if len(data) not in (32, 36, 38, 45):
        return f"invalid UUID length: {len(data)}"
    if len(data) == 45 and data[:9].lower() != b"urn:uuid:":
        return f"invalid urn prefix: {go_quote(data[:9])}"
    return "invalid UUID format"


def go_quote(data: str | bytes) -> str:
    """Return `data` in double quotes, as printed by Go's strconv.Quote."""
    text = data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")
    return f'"{"".join(map(_escape, text))}"'


def _escape(character: str) -> str:
    code = ord(character)
    if code in _ESCAPES:
        return _ESCAPES[code]
    if character.isprintable():
        return character
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return _unicode_escape(code)


def _unicode_escape(code: int) -> str:
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _canonical(match: re.Match[str] | None) -> str | None:
    if match is None:
        return None
    digits = match[match.lastindex or 0].replace("-", "").lower()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
