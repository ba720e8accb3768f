"""The suggestion in a message about an unknown name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_LONGEST: Final = 100
"""A longer word is not a misspelt name, and comparing it takes long."""


def suggestion(word: object, known: Iterable[str]) -> str:
    """Return ` (did you mean ...?)` with the most similar known name, or an empty text."""
    from difflib import get_close_matches

    text = str(word)
    close = get_close_matches(text, list(known), n=1) if len(text) <= _LONGEST else ()
    return f" (did you mean {close[0]!r}?)" if close else ""
