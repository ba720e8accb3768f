"""Place verification calls through a carrier."""

from __future__ import annotations

from .client import AsyncProbe, Probe
from .errors import (
    ApiError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    MissingError,
    PaymentRequiredError,
    RateLimitedError,
    UnauthorisedError,
    UnavailableError,
    UnknownOutcomeError,
)

__all__ = [
    "ApiError",
    "AsyncProbe",
    "BadRequestError",
    "ConflictError",
    "ForbiddenError",
    "MissingError",
    "PaymentRequiredError",
    "Probe",
    "RateLimitedError",
    "UnauthorisedError",
    "UnavailableError",
    "UnknownOutcomeError",
]
