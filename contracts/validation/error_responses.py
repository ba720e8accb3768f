"""How an operation can be refused, in each edition: by its rules, and by trouble behind the gateway."""

from __future__ import annotations

from typing import Final

from ..operations import Operation
from ..rule import INTERNAL, UNAVAILABLE, Answer, empty_error, error, per_edition

_TIMEOUT = error(503, "REQUEST_TIMEOUT", "The request timed out.")
_CANCELED = error(503, "REQUEST_CANCELED", "The request was canceled.")
_TROUBLE: Final = (
    per_edition(INTERNAL),
    per_edition(INTERNAL, server_2026_04=empty_error(400)),
    per_edition(UNAVAILABLE),
    per_edition(_TIMEOUT),
    per_edition(_CANCELED),
)
"""What any operation answers when a server behind the gateway has died, or is slow (gateway.md 4.1 and 4.3)."""


def error_responses(operation: Operation, edition: str) -> list[tuple[str, Answer]]:
    """Each refusal that an edition may answer, with the id of its rule; the last ones are those of trouble."""
    by_rule = [(rule.id, rule.answers[edition]) for rule in operation.rules]
    trouble = dict.fromkeys(answers[edition] for answers in _TROUBLE)
    return [*((id, answer) for id, answer in by_rule if answer.refuses), *(("", one) for one in trouble)]
