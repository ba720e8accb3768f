"""The skin for ASGI servers, such as uvicorn: any HTTP client, in any language, reaches a handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ...contracts.http import Request, Response
from . import Handler

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGI = Callable[[Message, Receive, Send], Awaitable[None]]
"""An ASGI application."""


class Application:
    """An ASGI application in which `handler` answers. The handler may be changed: it is looked up for each answer.

    Speaks HTTP only. Raises ValueError for another scope, as the specification wants for a lifespan that is not known.
    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"no ASGI scope of type {scope['type']!r} is spoken here, only http")
        body = await _body(receive)
        if body is None:
            return
        # On the event loop: a handler takes some 30 us, and a thread to do it in would take longer. So a handler must
        # never block; whatever is to keep a client waiting waits here, between the answer and its way out.
        answer = self.handler.handle(_request(scope, body))
        await _write(answer, send)


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when the client went away before it was there."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _request(scope: Message, body: bytes) -> Request:
    # Not `path`: that is decoded already, and an escaped slash is no slash.
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
    return Request(scope["method"], target, headers, body)


async def _write(answer: Response, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
