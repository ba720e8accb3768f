"""Transports: thin wrappers around a handler, without rules, routes or state of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ...contracts.http import Request
from ..world.clock import Clock
from ..world.state import Section
from .wire_response import WireResponse

if TYPE_CHECKING:
    from ..events.armed_faults import ArmedFaults
    from ..websockets.connection import OpenedConnection, Wire
    from .faults import Fault


def _no_faults() -> ArmedFaults[Fault]:
    # Imported when a test adds a fault: most add none.
    from ..events.armed_faults import ArmedFaults

    return ArmedFaults()


FAULTS: Section[ArmedFaults[Fault]] = Section(_no_faults)
"""The faults that may still be triggered, in the order in which they were added."""


class Handler(Protocol):
    """The interface that a transport wraps: a fake, or anything else that responds to requests."""

    def respond(self, request: Request, /) -> WireResponse: ...


@runtime_checkable
class UpgradingHandler(Handler, Protocol):
    """A handler that can open a WebSocket."""

    def connect(self, request: Request, wire: Wire, /) -> tuple[WireResponse, OpenedConnection | None]: ...


class ClockedHandler(Handler, Protocol):
    """A handler with a clock; in-process transports advance it instead of waiting for a delayed response."""

    clock: Clock
