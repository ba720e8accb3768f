"""The models of the WebSocket: what its handshake returns, and what a client sends."""

from __future__ import annotations

from pydantic import Field

from .requests import Array, PlainText, RequestBody
from .responses import NoContent


class SwitchingProtocols(NoContent):
    """101: the connection is a WebSocket from now on. A delegate token opens none: 200 with an empty body."""


class SubscriptionMessage(RequestBody):
    """A message of a client: `type` is `subscribe` or `unsubscribe` (bin-api-manager/models/hook/hook.go)."""

    type: PlainText = ""
    topics: Array[str] = Field(default_factory=list)
