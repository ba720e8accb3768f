"""Text below an exception, as a note."""

from __future__ import annotations

import sys


def add_text(error: BaseException, text: str) -> None:
    """Show a text below an exception.

    Before Python 3.11, pytest and Hypothesis show notes too. Without them, the text is printed on stderr.
    """
    if sys.version_info >= (3, 11):
        error.add_note(text)
    elif "exceptiongroup" in sys.modules:
        error.__notes__ = [*getattr(error, "__notes__", ()), text]  # type: ignore[attr-defined]
    else:
        print(text, file=sys.stderr)  # noqa: T201
