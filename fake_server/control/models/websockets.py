"""The models of WebSockets: connections, messages and WebSocket faults."""

from __future__ import annotations

from inspect import getdoc
from typing import Annotated, Any

from pydantic import ConfigDict, RootModel, TypeAdapter, WithJsonSchema

from ...websockets.faults import WebSocketFault
from .base import RequestModel, ResponseModel, Time


class WebSocket(ResponseModel):
    """A WebSocket of a client. `message_count` counts what was sent to it.

    While it is open, `close_code` is null, and `closed_because` empty.
    """

    number: int
    opened: Time
    url: str
    principal: str
    topics: tuple[str, ...]
    close_code: int | None
    closed_because: str
    silent: bool
    message_count: int


class SentMessage(ResponseModel):
    """A message to a client in an overview, without its body."""

    websocket: int
    number: int
    at: Time
    topic: str
    type: str


class WebSockets(ResponseModel):
    """The number of WebSockets and of messages, and the newest of both. `pending` messages are delayed by a fault."""

    opened: int
    open: int
    sent: int
    pending: int
    connections: tuple[WebSocket, ...]
    messages: tuple[SentMessage, ...]


class WebSocketMessage(ResponseModel):
    """A message that was sent to a client, with the topic under which it was published, and the type of its event."""

    number: int
    at: Time
    topic: str
    type: str
    body: str


class CloseWebSocket(RequestModel):
    """How to close a WebSocket: with a close frame of this code, or without one, as VoIPbin does."""

    code: int | None = None
    reason: str = ""


class NewWebSocketFault(
    RootModel[Annotated[dict[str, Any], WithJsonSchema(TypeAdapter(WebSocketFault).json_schema())]]
):
    """A WebSocket fault to inject."""

    model_config = ConfigDict(json_schema_extra={"description": str(getdoc(WebSocketFault)).replace("None", "null")})


class ArmedWebSocketFault(ResponseModel):
    """A WebSocket fault that can still apply, with the number of messages that it matched and that it applied to."""

    fault: dict[str, Any]
    description: str
    seen: int
    applied: int
