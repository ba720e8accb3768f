"""How an operation can be refused, in each edition: by its rules, and by trouble behind the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .operations import Operation
from .rule import INTERNAL, UNAVAILABLE, Answer, bare, envelope

_TIMEOUT = envelope(503, "REQUEST_TIMEOUT", "The request timed out.")
_CANCELED = envelope(503, "REQUEST_CANCELED", "The request was canceled.")
_TROUBLE: Final[Mapping[str, list[Answer]]] = {
    "documented": [INTERNAL, UNAVAILABLE, _TIMEOUT, _CANCELED],
    "server-2026-04": [bare(400), bare(500), bare(503)],
    "server-2026-08": [INTERNAL, UNAVAILABLE, _TIMEOUT, _CANCELED],
}
"""What any operation answers when a server behind the gateway has died, or is slow (gateway.md 4.1 and 4.3)."""


def refusals(operation: Operation, edition: str) -> list[tuple[str, Answer]]:
    """Each refusal that an edition may answer, with the id of its rule; the last ones are those of trouble."""
    by_rule = [(rule.id, rule.answers[edition]) for rule in operation.rules]
    return [*((id, answer) for id, answer in by_rule if answer.refuses), *(("", one) for one in _TROUBLE[edition])]
