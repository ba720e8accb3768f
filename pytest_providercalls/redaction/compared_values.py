"""Credentials that an assertion compares: its source code names what its explanation shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ..contracts.redaction import MASK, redact_text
from ..contracts.redaction.names import EXPRESSION_END

_ASSERT: Final = r"[>\s]\s*assert\s+"
_LITERAL: Final = r"""('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_EXPLAINED: Final = r"(?:E\s+|AssertionError: )*assert\s"
_PATTERNS: Final = (
    # `assert token == "x"`
    (
        rf"{_ASSERT}.{{0,300}}?{EXPRESSION_END}\s*(?:[=!]=|(?:is|in|not)\b).*",
        rf"({_EXPLAINED}\s*b?){_LITERAL}(.*)",
    ),
    # `assert "x" == token`
    (
        rf"{_ASSERT}.*(?:[=!]=|\bis|\bin)\s+[^=!<>\s]{{0,300}}?{EXPRESSION_END}\s*(?:[,#].*)?",
        rf"({_EXPLAINED}.*\s(?:[=!]=|is|in)\s+b?){_LITERAL}(\s*)",
    ),
    # `assert token.startswith("x")`
    (rf"{_ASSERT}.*?{EXPRESSION_END}\.\w+\(.*", rf"(E?\s+\+\s+where\s.*\s=\s+b?){_LITERAL}(\.\w+)"),
)
_EXPLANATIONS: Final = [
    (re.compile(source, re.IGNORECASE).fullmatch, re.compile(shown).fullmatch) for source, shown in _PATTERNS
]
"""Which assertions name a credential, and where their explanation shows it."""


class ComparedValues:
    """Redacts the explanations of assertions, line by line, and remembers what they show."""

    def __init__(self) -> None:
        self._explanations: list[Callable[[str], re.Match[str] | None]] = []

    def redacted(self, line: str) -> str:
        """Return the next line of a traceback, without a credential that the latest assertion has named."""
        for explanation in self._explanations:
            if found := explanation(line):
                # For what it remembers: it is secret in the rest of the report, too.
                redact_text(f"token = {found[2]}")
                line = f"{found[1]}{found[2][0]}{MASK}{found[2][0]}{found[3]}"
        if "assert " in line and line[:1] in (" ", ">"):
            self._explanations = [shown for source, shown in _EXPLANATIONS if source(line)]
        return line
