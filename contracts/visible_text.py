"""Text of a client or a server for a terminal: without characters that move the cursor or reorder a line."""

from __future__ import annotations

import re
from typing import Final

from .light_imports import compiled

_INVISIBLE: Final = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, except the tab and the line break
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # separators of lines, and what changes the direction of writing
    "\ud800-\udfff"  # half characters, which cannot be encoded
)
_NAMES: Final = {"\n": r"\n", "\r": r"\r"}


def visible(text: str) -> str:
    """Return a text with an escape such as `\\x1b` for each control character. Line breaks and tabs are unchanged."""
    return text if text.isprintable() else compiled(f"[{_INVISIBLE}]").sub(_escape, text)


def visible_line(text: str) -> str:
    """Return a text as one line, with an escape such as `\\x1b` or `\\n` for each control character except tabs."""
    return text if text.isprintable() else compiled(f"[{_INVISIBLE}\n]").sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _NAMES.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
