"""Query strings, cookies and path segments as Go and the oapi runtime read them (gateway.md 2.1, 5)."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from ...contracts.go_uuids import go_quote
from .gojson import utf8

# Go's own bounds (GODEBUG urlmaxqueryparams, httpcookiemaxnum): beyond them it reads nothing at all.
MAX_PARAMETERS = 10_000
MAX_COOKIES = 3_000

_SPACE = " \t\r\n"
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9a-fA-F]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]").search
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_COOKIE_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+").fullmatch
_COOKIE_VALUE = re.compile(r"[\x20!#-:<-\[\]-~]*").fullmatch
_INTEGER = re.compile(r"[+-]?0*([0-9]*)", re.ASCII)


class InvalidParameter(ValueError):
    """A parameter that the generated wrapper cannot bind; its text is Go's (gateway.md 4.1)."""

    @property
    def detail(self) -> str:
        """What follows `Invalid format for parameter <name>: ` in edition S."""
        return str(self)


class InvalidTarget(InvalidParameter):
    """A path that net/http itself refuses, before any router sees it."""


class _BadEscape(ValueError):
    """A percent sign without two hex digits behind it, in Go's words."""


def parse(raw_query: str) -> dict[str, list[str]]:
    """All values of each name, in order; pairs that Go cannot read are dropped (gateway.md 2.1, 5.3)."""
    values: dict[str, list[str]] = {}
    if raw_query.count("&") < MAX_PARAMETERS:
        for pair in raw_query.split("&"):
            _add(values, pair)
    return values


def cookies(header: str) -> dict[str, str]:
    """The first cookie of each name, query-unescaped, unless undecodable or empty (gateway.md 2.1)."""
    raw: dict[str, str] = {}
    if header.count(";") < MAX_COOKIES:
        for part in header.split(";"):
            _bake(raw, part.strip(_SPACE))
    return {name: value for name, text in raw.items() if (value := _decoded(text))}


def single(values: dict[str, list[str]], name: str) -> str | None:
    """The one value of the parameter `name`, or None when it is absent (gateway.md 5.3)."""
    found = values.get(name)
    if found is None:
        return None
    if len(found) != 1:
        raise InvalidParameter(f"multiple values for single value parameter '{name}'")
    return found[0]


def go_int(text: str) -> int:
    """`text` as strconv.ParseInt reads it in base 10 and 64 bits (gateway.md 4.1, 5.3)."""
    match = _INTEGER.match(text)
    digits, rest = (match[1], text[match.end() :]) if match else ("", text)
    # Go reads from the left: digits beyond an unsigned 64-bit number are out of range, whatever follows.
    if len(digits) > 20 or int(digits or "0") >= 2**64:
        raise _not_an_int(text, "value out of range")
    if rest or not text.strip("+-"):
        raise _not_an_int(text, "invalid syntax")
    return _in_range(text, -int(digits or "0") if text[0] == "-" else int(digits or "0"))


def unescape_path(segment: str, name: str = "id") -> str:
    """A raw path segment decoded twice: by the router, then as a query (gateway.md 5.2)."""
    if not segment:
        raise InvalidParameter(f"parameter '{name}' is empty, can't bind its value")
    try:
        once = _unescape(_bytes(segment))
    except _BadEscape as error:
        raise InvalidTarget(str(error)) from None
    try:
        return utf8(_unescape(once, plus=b" "))
    except _BadEscape as error:
        raise InvalidParameter(f"error unescaping query parameter '{name}': {error}") from None


def is_target(path: str, raw_query: str = "") -> bool:
    """Whether net/http takes a raw target at all.

    Its path begins with a slash, each percent sign there has two hex digits, and no character controls anything.
    """
    if not path.startswith("/") or not path.isascii() or ("%" in path and _BROKEN_ESCAPE.search(path.encode())):
        return False
    return (path.isprintable() and raw_query.isprintable()) or not _CONTROL(path + raw_query)


def escape_non_ascii(target: str) -> str:
    """A target as net/http has it in a redirect: what is not ASCII is escaped, byte by byte."""
    return target if target.isascii() else _NOT_ASCII.sub(_escaped, target)


def _escaped(character: re.Match[str]) -> str:
    # Transports hand over each byte as one character.
    code = ord(character[0])
    data = bytes([code & 0xFF]) if code < 0x100 or 0xDC80 <= code <= 0xDCFF else character[0].encode(errors="replace")
    return "".join(f"%{byte:02x}" for byte in data)


def _add(values: dict[str, list[str]], pair: str) -> None:
    if not pair or ";" in pair:
        return
    name, _, value = pair.partition("=")
    try:
        name, value = _component(name), _component(value)
    except _BadEscape:
        return
    values.setdefault(name, []).append(value)


def _bake(raw: dict[str, str], part: str) -> None:
    name, _, value = part.partition("=")
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
    name = name.strip(_SPACE)
    if _COOKIE_NAME(name) and _COOKIE_VALUE(value):
        raw.setdefault(name, value)


def _decoded(text: str) -> str:
    try:
        return _component(text)
    except _BadEscape:
        return ""


def _component(text: str) -> str:
    """A part of a query, decoded."""
    if "%" not in text:
        return text.replace("+", " ")
    return utf8(_unescape(_bytes(text), plus=b" "))


def _unescape(data: bytes, plus: bytes = b"+") -> bytes:
    broken = _BROKEN_ESCAPE.search(data)
    if broken:
        raise _BadEscape(f"invalid URL escape {go_quote(data[broken.start() :][:3])}")
    return unquote_to_bytes(data.replace(b"+", plus))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _not_an_int(text: str, reason: str) -> InvalidParameter:
    return InvalidParameter(f"error binding string parameter: strconv.ParseInt: parsing {go_quote(text)}: {reason}")


def _in_range(text: str, number: int) -> int:
    if not -(2**63) <= number < 2**63:
        raise _not_an_int(text, "value out of range")
    return number
