"""The skin for ASGI servers, such as uvicorn: any HTTP client, in any language, reaches a handler."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from ...contracts.http import Request, Response
from . import Handler
from .wire_response import NEVER, WireResponse

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
LARGEST: Final = 64 * 2**20
"""How many bytes a body may have: the journal keeps it, and a server may run for long."""
_TOO_LARGE: Final = Response(413, (("Content-Length", "0"), ("Connection", "close")))
ASGI = Callable[[Message, Receive, Send], Awaitable[None]]
"""An ASGI application."""
ABORT_EXTENSION: Final = "voipbin.break_off"
"""The extension whose `call` lets an application close the connection (False) or reset it (True)."""


class Application:
    """An ASGI application in which `handler` answers. The handler may be changed: it is looked up for each answer.

    Speaks HTTP only. Raises ValueError for another scope, as the specification wants for a lifespan that is not known.
    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"no ASGI scope of type {scope['type']!r} is spoken here, only http")
        request = await read_request(scope, receive, send)
        if request is None:
            return
        # On the event loop: a handler takes some 30 us, and a thread to do it in would take longer. So a handler must
        # never block; whatever is to keep a client waiting waits here, between the answer and its way out.
        delivery = self.handler.respond(request)
        if delivery.delay and await _goes(receive, delivery.delay):
            return
        await write(delivery, send)
        if delivery.connection_error:
            await _break_off(scope, receive, delivery)


async def read_request(scope: Message, receive: Receive, send: Send) -> Request | None:
    """The whole request; None when the client went away before it was there, or sent more than anybody means to."""
    parts, size, more = [], 0, True
    while more and size <= LARGEST:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size, more = size + len(parts[-1]), message.get("more_body", False)
    if size > LARGEST:
        await write(WireResponse(_TOO_LARGE), send)
        return None
    return request_of(scope, b"".join(parts))


def request_of(scope: Message, body: bytes) -> Request:
    """The request that a scope and a body are."""
    # Not `path`: that is decoded already, and an escaped slash is no slash.
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
    return Request(scope["method"], target, headers, body)


async def write(delivery: WireResponse, send: Send) -> None:
    """Send what there is of an answer."""
    answer = delivery.response
    if answer is None:
        return
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": bool(delivery.connection_error)})


async def _goes(receive: Receive, seconds: float) -> bool:
    """Whether the client goes away before so many seconds have passed."""
    try:
        await asyncio.wait_for(wait_for_disconnect(receive), None if seconds == NEVER else seconds)
    except asyncio.TimeoutError:
        return False
    return True


async def wait_for_disconnect(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _break_off(scope: Message, receive: Receive, delivery: WireResponse) -> None:
    """End the connection. One that should have been refused was made long ago: it is closed.

    A server without the extension closes behind an answer that is not complete, and answers 500 where there was none.
    """
    extension = scope.get("extensions", {}).get(ABORT_EXTENSION)
    if extension is not None:
        extension["call"](delivery.connection_error == "reset")
        # Until the server knows: it would answer for an application that has not.
        await wait_for_disconnect(receive)
