"""The error responses of the control API, in the shape of VoIPbin's own errors."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ...contracts.answer import STATUS_NAMES
from ...contracts.http import Response
from ..calls import InvalidTransition
from ..seed_files import InvalidSeed
from ..transports.faults import InvalidFault
from .access import ForbiddenOrigin


class BadRequest(ValueError):
    """A request with invalid content."""


class NotFound(LookupError):
    """A request for a path or a resource that does not exist."""


class MethodNotAllowed(Exception):
    """A method that the path does not support; `allowed` lists the methods that it supports."""

    def __init__(self, message: str, allowed: str) -> None:
        super().__init__(message)
        self.allowed = allowed


_STATUSES: Mapping[type[Exception], tuple[int, str]] = {
    BadRequest: (400, "BAD_REQUEST"),
    InvalidFault: (400, "INVALID_FAULT"),
    InvalidSeed: (400, "INVALID_SEED"),
    InvalidTransition: (409, "INVALID_TRANSITION"),
    MethodNotAllowed: (405, "METHOD_NOT_ALLOWED"),
    NotFound: (404, "NOT_FOUND"),
    ForbiddenOrigin: (403, "FORBIDDEN_ORIGIN"),
}
"""The status and the reason of each exception."""
EXPECTED = tuple(_STATUSES)
_LONGEST_MESSAGE = 4000
"""A message repeats the value that is invalid, which may be as long as a body."""


def error_response(error: Exception) -> Response:
    """Return the error response for an expected exception."""
    status, reason = _STATUSES[type(error)]
    message = str(error)
    if len(message) > _LONGEST_MESSAGE:
        message = f"{message[:_LONGEST_MESSAGE]}..."
    body = {"status": STATUS_NAMES.get(status, reason), "reason": reason, "message": message}
    headers = (("Allow", error.allowed),) if isinstance(error, MethodNotAllowed) else ()
    return build_response(json.dumps({"error": body}).encode(), status=status, extra_headers=headers)


def build_response(
    body: bytes,
    content_type: str = "application/json",
    *,
    status: int = 200,
    extra_headers: tuple[tuple[str, str], ...] = (),
) -> Response:
    """Return a response with a body."""
    length = ("Content-Length", str(len(body)))
    return Response(status, (*response_headers(content_type), length, *extra_headers), body)


def response_headers(content_type: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of every response: no caching, no content sniffing, no use by other origins."""
    return (
        ("Content-Type", content_type),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    )
