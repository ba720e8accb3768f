"""Why the control API refuses: in the shape of VoIPbin's own errors, with words for people."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ...contracts.http import Response
from ...contracts.rule import STATUS_NAMES
from ..calls.transitions import InvalidTransition
from ..seed_files import InvalidSeed
from ..transports.faults import InvalidFault


class BadRequest(ValueError):
    """A request that says something that cannot be."""


class NotFound(LookupError):
    """What was asked for is not here."""


class ForbiddenOrigin(Exception):
    """A request that no page or program on this machine has meant to make."""


class MethodNotAllowed(Exception):
    """A method that a path does not have; `allowed` are those that it has."""

    def __init__(self, message: str, allowed: str) -> None:
        super().__init__(message)
        self.allowed = allowed


_REFUSALS: Mapping[type[Exception], tuple[int, str]] = {
    BadRequest: (400, "BAD_REQUEST"),
    InvalidFault: (400, "BAD_FAULT"),
    InvalidSeed: (400, "BAD_SEED"),
    InvalidTransition: (409, "ILLEGAL_MOVE"),
    MethodNotAllowed: (405, "METHOD_NOT_ALLOWED"),
    NotFound: (404, "NOT_FOUND"),
    ForbiddenOrigin: (403, "UNWELCOME"),
}
"""How each is answered."""
EXPECTED = tuple(_REFUSALS)


def refusal(why: Exception) -> Response:
    """The answer to a request that failed as expected."""
    status, reason = _REFUSALS[type(why)]
    error = {"status": STATUS_NAMES.get(status, reason), "reason": reason, "message": str(why)}
    allow = (("Allow", why.allowed),) if isinstance(why, MethodNotAllowed) else ()
    return answered(json.dumps({"error": error}).encode(), status=status, more=allow)


def answered(
    body: bytes, label: str = "application/json", *, status: int = 200, more: tuple[tuple[str, str], ...] = ()
) -> Response:
    """An answer with a body."""
    return Response(status, (*response_headers(label), ("Content-Length", str(len(body))), *more), body)


def response_headers(label: str) -> tuple[tuple[str, str], ...]:
    """The headers of an answer that nobody keeps, that no browser takes for anything else, and no other page gets."""
    return (
        ("Content-Type", label),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    )
