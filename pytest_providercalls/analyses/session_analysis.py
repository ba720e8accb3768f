"""The interface of an analysis that runs over a whole session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol


class SessionAnalysis(Protocol):
    """An analysis of a session that goes beyond the outcomes of its tests."""

    name: str
    """Its key in the report."""

    def to_dict(self) -> Any:
        """Return the results as JSON data."""

    def terminal_lines(self, verbose: bool) -> Iterator[str]:
        """Yield the results as lines for the terminal."""

    def failure_reason(self) -> str:
        """Return why the results fail the session; empty if they do not."""
