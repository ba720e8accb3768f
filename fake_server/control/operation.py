"""The registry of the operations of the control API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from . import models

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Parameter:
    """A whole number in the query."""

    name: str
    default: int
    minimum: int
    description: str


@dataclass(frozen=True, slots=True)
class ControlOperation:
    """One operation. `handler(controlled, *path_ids, request_model, **query)` returns a value of the response type."""

    method: str
    path: str
    handler: Callable[..., Any]
    request_model: type[Any] | None
    response_type: TypeAdapter[Any]
    query: tuple[Parameter, ...]
    redacted: bool
    """Whether values that are known to be secret are redacted in the response."""

    @property
    def summary(self) -> str:
        """The purpose of the operation, in one line."""
        return str(self.handler.__doc__)


_UNREDACTED: Final = (
    # What is requested for its credentials: those that the fake has issued, and those in an INVITE.
    *(models.Info, models.SeededResources, models.CallDetail),
    # Much text, and hardly any of a client: its warnings are redacted when they are counted.
    *(models.SessionReport, dict[str, models.Rule]),
)
OPERATIONS: Final[list[ControlOperation]] = []
"""All operations, in the order of the documentation."""


def operation(
    method: str,
    path: str,
    *,
    request_model: type[Any] | None = None,
    response_type: Any = None,
    query: tuple[Parameter, ...] = (),
) -> Callable[[F], F]:
    """Register the decorated function as an operation."""

    def register(handler: F) -> F:
        OPERATIONS.append(
            ControlOperation(
                method,
                path,
                handler,
                request_model,
                TypeAdapter(response_type),
                query,
                redacted=response_type not in _UNREDACTED,
            )
        )
        return handler

    return register
