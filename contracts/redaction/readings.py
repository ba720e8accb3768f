"""Readings of a text: as it is, and with the escapes of URLs, JSON, reprs and HTML decoded, one level after another.

A secret that only a decoded reading shows is replaced in the text itself. The rest of the text stays encoded: what
decoding would reveal, such as a separator within a password, never ends a secret that was found earlier.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final

from ..light_imports import compiled

_LEVELS: Final = 4
"""How often a text is decoded: JSON within JSON within a repr has three levels of escapes."""
_HEX: Final = "[0-9a-fA-F]"
_BYTE_2: Final = rf"[cdCD]{_HEX}"
_BYTE_3: Final = rf"[eE]{_HEX}"
_BYTE_4: Final = r"[fF][0-7]"
_MORE: Final = rf"[89abAB]{_HEX}"
_ESCAPE: Final = (
    # The bytes of one character in UTF-8: %C3%A4 in a URL, \xc3\xa4 in the repr of bytes.
    rf"%(?:[0-7]{_HEX}|{_BYTE_2}%{_MORE}|{_BYTE_3}(?:%{_MORE}){{2}}|{_BYTE_4}(?:%{_MORE}){{3}})"
    rf"|\\x{_BYTE_2}\\x{_MORE}|\\x{_BYTE_3}(?:\\x{_MORE}){{2}}|\\x{_BYTE_4}(?:\\x{_MORE}){{3}}"
    # One character, or a surrogate pair.
    rf"|\\x{_HEX}{{2}}|\\u[dD]{_MORE}{_HEX}\\u[dD][c-fC-F]{_HEX}{{2}}|\\u{_HEX}{{4}}|\\U00(?:0{_HEX}|10){_HEX}{{4}}"
    r"|\\[\"'\\/abfnrtv]|&(?:amp|apos|gt|lt|quot|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});"
)
"""A pattern that is compiled when the first text is decoded."""
_STYLE: Final = r"(?:\x1b\[[\d;]{0,30}m)+[^\x1b]"
"""The colour of a terminal, and the character that it is followed by."""
_CONTROL: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Reading:
    """A text at one level of decoding. `origin` maps its parts to the original text."""

    def __init__(self, text: str, parent: Reading | None = None, escape: str = _ESCAPE) -> None:
        self.text = text
        self.without_style = escape is _STYLE
        """Whether this level has removed the colours of a terminal, and decoded nothing."""
        self._parent = parent
        self._starts: list[int] = []
        """Where each decoded character is."""
        self._escapes: list[tuple[int, int]] = []
        """The escape of each decoded character in the parent's text."""

    def decoded(self, escape: str = _ESCAPE) -> Reading | None:
        """Return the next level, if this one contains any escape."""
        text, parts, end, size = self.text, list[str](), 0, 0
        reading = Reading("", self, escape)
        for found in compiled(escape).finditer(text):
            start = found.start()
            parts += text[end:start], _character(found[0])
            size += start - end
            reading._starts.append(size)
            reading._escapes.append(found.span())
            size, end = size + 1, found.end()
        if not parts:
            return None
        reading.text = "".join([*parts, text[end:]])
        return reading

    def has_escape(self, start: int, end: int) -> bool:
        """Return whether a part of the text was written with an escape that this level has decoded."""
        return bisect_left(self._starts, start) < bisect_left(self._starts, end)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of the original text that a part of this text, which is not empty, comes from."""
        reading: Reading = self
        while reading._parent is not None:
            start, end = reading._parent_place(start)[0], reading._parent_place(end - 1)[1]
            reading = reading._parent
        return start, end

    def _parent_place(self, at: int) -> tuple[int, int]:
        """Return where a character starts and ends in the parent's text."""
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return at, at + 1
        escape = self._escapes[index]
        offset = at - self._starts[index]
        return escape if offset == 0 else (escape[1] + offset - 1, escape[1] + offset)


def readings(text: str) -> Iterator[Reading]:
    """Yield a text as it is, and then each decoded level of it."""
    reading: Reading | None = Reading(text)
    for _ in range(_LEVELS + 1):
        if reading is None:
            return
        yield reading
        styled = "\x1b[" in reading.text and reading.decoded(_STYLE)
        reading = styled or (reading.decoded() if any(map(reading.text.__contains__, "%\\&")) else None)


def _character(escape: str) -> str:
    """Return the one character that an escape stands for."""
    kind = escape[:2]
    single_byte = kind == "\\x" and len(escape) == 4
    if escape[0] == "\x1b":
        character = escape[-1]
    elif escape[0] == "&":
        # Its table is larger than the rest of this package.
        import html

        character = html.unescape(escape)
    elif escape[0] == "%":
        character = _utf8(escape.replace("%", ""))
    elif single_byte:
        character = chr(int(escape[2:], 16))
    elif kind == "\\x":
        character = _utf8(escape.replace("\\x", ""))
    elif kind == "\\u":
        character = bytes.fromhex(escape.replace("\\u", "")).decode("utf-16-be", "replace")
    elif kind == "\\U":
        character = bytes.fromhex(escape[2:]).decode("utf-32-be", "replace")
    else:
        character = _CONTROL.get(escape[1], escape[1])
    # A part of a surrogate pair, or an overlong form, stands for no character.
    return character if len(character) == 1 else "\ufffd"


def _utf8(digits: str) -> str:
    return bytes.fromhex(digits).decode(errors="replace")
