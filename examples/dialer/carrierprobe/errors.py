"""The exceptions of the client, one type per kind of error."""

from __future__ import annotations

import httpx


class ApiError(Exception):
    """An error response. `status` is the HTTP status, `reason` the API's error reason or ""."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}" if reason else f"HTTP {status}")
        self.status = status
        self.reason = reason


class BadRequestError(ApiError):
    """400: the request is invalid, or the provider does not exist."""


class UnauthorisedError(ApiError):
    """401: the token is missing, invalid or expired."""


class PaymentRequiredError(ApiError):
    """402: the balance is too low."""


class ForbiddenError(ApiError):
    """403: the user is not a super-admin."""


class MissingError(ApiError):
    """404: the record does not exist."""


class ConflictError(ApiError):
    """409: the record's state does not allow this."""


class RateLimitedError(ApiError):
    """429, even after retries."""


class UnavailableError(ApiError):
    """500 or above."""


class UnknownOutcomeError(Exception):
    """The response was lost, so the call may have been placed. Check before you place it again."""


_KINDS: dict[int, type[ApiError]] = {
    400: BadRequestError,
    401: UnauthorisedError,
    402: PaymentRequiredError,
    403: ForbiddenError,
    404: MissingError,
    409: ConflictError,
    429: RateLimitedError,
}


def error_of(response: httpx.Response) -> ApiError:
    """Return the exception for an error response. Some servers send it with an empty body."""
    try:
        error = response.json()["error"]
        reason, message = error["reason"], error["message"]
    except (ValueError, LookupError, TypeError):
        reason, message = "", ""
    kind = _KINDS.get(response.status_code, UnavailableError if response.status_code >= 500 else ApiError)
    return kind(response.status_code, reason, message)
