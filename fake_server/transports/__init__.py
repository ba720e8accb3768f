"""The transports: thin skins over the core, without a rule, a route or a state of their own."""

from __future__ import annotations

from typing import Protocol

from ...contracts.http import Request, Response


class Handler(Protocol):
    """What a transport stands on: FakeVoipbin, or anything else that answers a request."""

    def handle(self, request: Request, /) -> Response: ...
