"""The error responses of an operation in each edition: from its rules, and from failures behind the gateway."""

from __future__ import annotations

from typing import Final

from ..answer import INTERNAL, UNAVAILABLE, Answer, empty_error, error, per_edition
from ..operations.operation import Operation

_TIMEOUT = error(503, "REQUEST_TIMEOUT", "The request timed out.")
_CANCELED = error(503, "REQUEST_CANCELED", "The request was canceled.")
_BACKEND_FAILURES: Final = (
    per_edition(INTERNAL),
    per_edition(INTERNAL, server_2026_04=empty_error(400)),
    per_edition(UNAVAILABLE),
    per_edition(_TIMEOUT),
    per_edition(_CANCELED),
)
"""The answers of any operation if a server behind the gateway is down or slow (gateway.md 4.1 and 4.3)."""


def error_responses(operation: Operation, edition: str) -> list[tuple[str, Answer]]:
    """Return each possible error answer with the id of its rule; those of backend failures, without an id, are last."""
    by_rule = [(rule.id, rule.answers[edition]) for rule in operation.rules]
    failures = dict.fromkeys(answers[edition] for answers in _BACKEND_FAILURES)
    return [*((id, answer) for id, answer in by_rule if answer.refuses), *(("", one) for one in failures)]
