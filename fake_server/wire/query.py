"""Query strings, cookies and path segments as Go and the oapi runtime decode them (gateway.md 2.1, 5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from ...contracts.formats.go_uuids import go_quote
from ...contracts.light_imports import compiled
from .gojson import utf8

# Go's own limits (GODEBUG urlmaxqueryparams, httpcookiemaxnum). Above them it ignores the whole query or header.
MAX_PARAMETERS = 10_000
MAX_COOKIES = 3_000

_SPACE = " \t\r\n"
_BROKEN_ESCAPE = rb"%(?![0-9a-fA-F]{2})"
_CONTROL_CHARACTER = r"[\x00-\x1f\x7f]"
_NOT_ASCII = r"[^\x00-\x7f]"
_COOKIE_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_COOKIE_VALUE = r"[\x20!#-:<-\[\]-~]*"
_INTEGER = r"[+-]?0*([0-9]*)"


class InvalidParameter(ValueError):
    """A parameter that the generated wrapper cannot bind. The text is the one that Go prints (gateway.md 4.1)."""

    @property
    def detail(self) -> str:
        """The text after `Invalid format for parameter <name>: ` in server-2026-04."""
        return str(self)


class InvalidTarget(InvalidParameter):
    """A path that net/http itself rejects, before routing."""


class _BadEscape(ValueError):
    """A percent sign that two hex digits do not follow. The text is the one that Go prints."""


def parse(raw_query: str) -> dict[str, list[str]]:
    """Return all values of each name, in order, without the pairs that Go cannot parse (gateway.md 2.1, 5.3)."""
    values: dict[str, list[str]] = {}
    if raw_query.count("&") < MAX_PARAMETERS:
        for pair in raw_query.split("&"):
            _add_pair(values, pair)
    return values


def cookies(header: str) -> dict[str, str]:
    """Return the first cookie of each name, query-unescaped, unless undecodable or empty (gateway.md 2.1)."""
    raw: dict[str, str] = {}
    if header.count(";") < MAX_COOKIES:
        for part in header.split(";"):
            _add_cookie(raw, part.strip(_SPACE))
    return {name: value for name, text in raw.items() if (value := _decode_or_empty(text))}


def single(values: Mapping[str, list[str]], name: str) -> str | None:
    """Return the single value of the parameter `name`, or None if it is absent (gateway.md 5.3).

    Raises InvalidParameter if it has several values.
    """
    found = values.get(name)
    if found is None:
        return None
    if len(found) != 1:
        raise InvalidParameter(f"multiple values for single value parameter '{name}'")
    return found[0]


def go_int(text: str) -> int:
    """Parse `text` as strconv.ParseInt does with base 10 and 64 bits (gateway.md 4.1, 5.3). Raises InvalidParameter."""
    match = compiled(_INTEGER, re.ASCII).match(text)
    digits, rest = (match[1], text[match.end() :]) if match else ("", text)
    # Go reads from the left: too many digits for an unsigned 64-bit number are out of range, even before other text.
    if len(digits) > 20 or int(digits or "0") >= 2**64:
        raise _invalid_int(text, "value out of range")
    if rest or not text.strip("+-"):
        raise _invalid_int(text, "invalid syntax")
    return _check_range(text, -int(digits or "0") if text[0] == "-" else int(digits or "0"))


def unescape_path(segment: str, name: str = "id") -> str:
    """Decode a raw path segment twice: as the router does, then as a query (gateway.md 5.2)."""
    if not segment:
        raise InvalidParameter(f"parameter '{name}' is empty, can't bind its value")
    try:
        once = _unescape(_to_bytes(segment))
    except _BadEscape as error:
        raise InvalidTarget(str(error)) from None
    try:
        return utf8(_unescape(once, plus=b" "))
    except _BadEscape as error:
        raise InvalidParameter(f"error unescaping query parameter '{name}': {error}") from None


def is_target(path: str, raw_query: str = "") -> bool:
    """Return whether net/http accepts a raw request target.

    The path must start with a slash, be ASCII and have two hex digits after each percent sign. Control characters are
    not allowed anywhere.
    """
    if not path.startswith("/") or not path.isascii():
        return False
    if "%" in path and compiled(_BROKEN_ESCAPE).search(path.encode()):
        return False
    return (path.isprintable() and raw_query.isprintable()) or not compiled(_CONTROL_CHARACTER).search(path + raw_query)


def escape_non_ascii(target: str) -> str:
    """Percent-encode each non-ASCII byte of a target, as net/http does in a redirect."""
    return target if target.isascii() else compiled(_NOT_ASCII).sub(_percent_encode, target)


def _percent_encode(character: re.Match[str]) -> str:
    # Transports pass each byte as one character.
    code = ord(character[0])
    data = bytes([code & 0xFF]) if code < 0x100 or 0xDC80 <= code <= 0xDCFF else character[0].encode(errors="replace")
    return "".join(f"%{byte:02x}" for byte in data)


def _add_pair(values: dict[str, list[str]], pair: str) -> None:
    if not pair or ";" in pair:
        return
    name, _, value = pair.partition("=")
    try:
        name, value = _unescape_component(name), _unescape_component(value)
    except _BadEscape:
        return
    values.setdefault(name, []).append(value)


def _add_cookie(raw: dict[str, str], part: str) -> None:
    name, _, value = part.partition("=")
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
    name = name.strip(_SPACE)
    if compiled(_COOKIE_NAME).fullmatch(name) and compiled(_COOKIE_VALUE).fullmatch(value):
        raw.setdefault(name, value)


def _decode_or_empty(text: str) -> str:
    try:
        return _unescape_component(text)
    except _BadEscape:
        return ""


def _unescape_component(text: str) -> str:
    """Decode a name or a value of a query."""
    if "%" not in text:
        return text.replace("+", " ")
    return utf8(_unescape(_to_bytes(text), plus=b" "))


def _unescape(data: bytes, plus: bytes = b"+") -> bytes:
    broken = compiled(_BROKEN_ESCAPE).search(data)
    if broken:
        raise _BadEscape(f"invalid URL escape {go_quote(data[broken.start() :][:3])}")
    return unquote_to_bytes(data.replace(b"+", plus))


def _to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _invalid_int(text: str, reason: str) -> InvalidParameter:
    return InvalidParameter(f"error binding string parameter: strconv.ParseInt: parsing {go_quote(text)}: {reason}")


def _check_range(text: str, number: int) -> int:
    if not -(2**63) <= number < 2**63:
        raise _invalid_int(text, "value out of range")
    return number
