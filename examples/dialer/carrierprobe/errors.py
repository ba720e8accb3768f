"""What can go wrong, each kind a type of its own."""

from __future__ import annotations

import httpx


class ApiError(Exception):
    """The API refused a request. `status` is the HTTP status, `reason` the API's own word where it gave one."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}" if reason else f"HTTP {status}")
        self.status = status
        self.reason = reason


class BadRequestError(ApiError):
    """400: the request is wrong, or the provider is gone."""


class UnauthorisedError(ApiError):
    """401: the token is missing, wrong or too old."""


class PaymentRequiredError(ApiError):
    """402: the balance is too low."""


class ForbiddenError(ApiError):
    """403: the token is not a super-admin's."""


class MissingError(ApiError):
    """404: there is no such record."""


class ConflictError(ApiError):
    """409: the record is not in a state for that."""


class RateLimitedError(ApiError):
    """429, and still after all tries."""


class UnavailableError(ApiError):
    """500 and above."""


class UnknownOutcomeError(Exception):
    """A call may have been placed, or not: look before anybody dials again."""


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
    """The error that a refusal means. Some servers send an empty body with it."""
    try:
        error = response.json()["error"]
        reason, message = error["reason"], error["message"]
    except (ValueError, LookupError, TypeError):
        reason, message = "", ""
    kind = _KINDS.get(response.status_code, UnavailableError if response.status_code >= 500 else ApiError)
    return kind(response.status_code, reason, message)
