"""The transports: thin skins over the core, without a rule, a route or a state of their own."""

from __future__ import annotations

from typing import Protocol

from ...contracts.http import Request
from ..world.clock import Clock
from .wire_response import WireResponse


class Handler(Protocol):
    """What a transport stands on: FakeVoipbin, or anything else that answers a request."""

    def respond(self, request: Request, /) -> WireResponse: ...


class ClockedHandler(Handler, Protocol):
    """A handler with a clock, on which an answer takes its time where nobody really waits."""

    clock: Clock
