"""The answer that an edition gives when a rule refuses a request."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from .editions import EDITIONS
from .light_imports import Value, dataclass

STATUS_NAMES: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    402: "PAYMENT_REQUIRED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
"""The envelope's `status` for each HTTP status (gateway.md 4.2)."""


class Body(enum.Enum):
    """The format of an error response's body."""

    ENVELOPE = "the error envelope"
    EMPTY = "empty"
    TEXT = "plain text"
    BINDER = 'the binder\'s {"msg": ...}'
    ENVELOPE_AS_TEXT = "the error envelope, sent as text/plain"
    MESSAGE = 'JSON without a reason: {"message": ...}'
    HTTP_ERROR = "plain text of Go's http.Error"
    UNWRAPPED = 'JSON without the envelope: {"error": reason, "message": ...}'


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Answer(Value):
    """The answer of one edition to a request that violates a rule.

    A status below 300 means that the edition does not refuse the request; `note` then describes what it does instead.
    To a message on a WebSocket, the status is the close code.
    `message` may contain `{name}` fields, which the handler fills in.
    """

    status: int
    reason: str = ""
    message: str = ""
    body: Body = Body.EMPTY
    note: str = ""

    @property
    def refuses(self) -> bool:
        return self.status >= 300


def error(status: int, reason: str, message: str, body: Body = Body.ENVELOPE) -> Answer:
    """Return a refusal in the API's error envelope."""
    return Answer(status, reason, message, body)


def empty_error(status: int) -> Answer:
    """Return a refusal with an empty body, as sent by the servers of April 2026."""
    return Answer(status)


def accepted(note: str = "") -> Answer:
    """Return an answer that does not refuse; `note` describes what the edition does."""
    return Answer(200, note=note)


CLOSED = Answer(1006)
"""The connection of a WebSocket is closed without a close frame, for which RFC 6455 reserves this code."""
INVALID_DATA = error(400, "INVALID_ARGUMENT", "The request contains invalid data.")
DENIED = error(403, "PERMISSION_DENIED", "You do not have permission to access this resource.")
NO_DIRECT = error(403, "DIRECT_ACCESS_NOT_SUPPORTED", "Direct access is not supported for this endpoint.")
NOT_FOUND = error(404, "RESOURCE_NOT_FOUND", "The requested resource was not found.")
DELETED = error(409, "STATE_INVALID", "The operation is invalid for the current resource state.")
INTERNAL = error(500, "INTERNAL", "An internal error occurred.")
UNAVAILABLE = error(503, "SERVICE_UNAVAILABLE", "An upstream service is temporarily unavailable.")


def per_edition(documented: Answer, **others: Answer) -> Mapping[str, Answer]:
    """Return the answer of each edition: the one given for it (`server_2026_04=...`), or that of its base edition.

    Raises TypeError if there is no edition of a given name.
    """
    answers: dict[str, Answer] = {}
    for name, edition in EDITIONS.items():
        inherited = answers[edition.based_on] if edition.based_on else documented
        if edition.empty_error_bodies and inherited.refuses:
            inherited = empty_error(inherited.status)
        answers[name] = others.pop(name.replace("-", "_"), inherited)
    if others:
        raise TypeError(f"there is no edition for {', '.join(others)}")
    return answers
