"""Text below an exception: as a note, or before Python 3.11 on stderr."""

from __future__ import annotations

import sys


def add_text(error: BaseException, text: str) -> None:
    """Show a text below an exception."""
    if sys.version_info >= (3, 11):
        error.add_note(text)
    else:
        print(text, file=sys.stderr)  # noqa: T201
