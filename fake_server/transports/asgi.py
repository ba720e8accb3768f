"""The transport for ASGI servers such as uvicorn: makes a handler available to any HTTP client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from ...contracts.http import Request, Response
from . import Handler, UpgradingHandler
from .real_time_loop import delaying
from .wire_response import NEVER, WireResponse

if TYPE_CHECKING:
    from .websocket import WebSocketProtocol

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
MAX_BODY_SIZE: Final = 8 * 2**20
"""The maximum size of a body in bytes. No other request is handled while a body is decoded."""
MAX_DISCARDED_SIZE: Final = 64 * 2**20
"""How many bytes of a body that is too large are read before the connection is closed."""
_ABNORMAL_CLOSURE: Final = 1006
_TOO_LARGE: Final = Response(413, (("Content-Length", "0"), ("Connection", "close")))
ASGI = Callable[[Message, Receive, Send], Awaitable[None]]
"""An ASGI application."""
UPGRADE_EXTENSION: Final = "voipbin.upgrade"
"""The extension whose `call` lets another protocol take over the connection of a request for an upgrade.

Its arguments are the protocol and the head of the response.
"""
ABORT_EXTENSION: Final = "voipbin.abort"
"""The extension whose `call` lets an application close the connection (False) or reset it (True)."""


class Application:
    """An ASGI application that serves a handler. `handler` may be replaced at any time.

    Only HTTP is supported, and WebSockets by the servers of `loopback_server`. Raises ValueError for any other scope,
    as the specification requires for `lifespan`.
    """

    def __init__(self, handler: Handler) -> None:
        self.handler = handler

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"unsupported ASGI scope type {scope['type']!r}; expected 'http'")
        request = await read_request(scope, receive, send)
        if request is None:
            return
        if UPGRADE_EXTENSION in scope.get("extensions", ()) and await self._upgrade(request, scope, receive, send):
            return
        # On the event loop: a handler takes about 30 us, less than handing the request to a thread. So a handler must
        # never block; a delayed response waits here instead.
        await _send_response(self.handler.respond(request), scope, receive, send)

    async def _upgrade(self, request: Request, scope: Message, receive: Receive, send: Send) -> bool:
        """Respond to a request for an upgrade, which may open a WebSocket. Return False if the handler cannot."""
        protocol = _new_websocket() if isinstance(self.handler, UpgradingHandler) else None
        if protocol is None or not isinstance(self.handler, UpgradingHandler):
            return False
        response, connection = self.handler.connect(request, protocol)
        if connection is None or response.response is None:
            await _send_response(response, scope, receive, send)
            return True
        protocol.serve(connection)
        if response.delay and await _disconnects_within(receive, response.delay):
            connection.lost(_ABNORMAL_CLOSURE)
        else:
            scope["extensions"][UPGRADE_EXTENSION]["call"](protocol, _head(response.response))
        return True


async def _send_response(response: WireResponse, scope: Message, receive: Receive, send: Send) -> None:
    """Send a response after its delay, or fail the connection."""
    if response.delay and await _disconnects_within(receive, response.delay):
        return
    await write(response, send)
    if response.connection_error:
        await _abort(scope, receive, response)


def _new_websocket() -> WebSocketProtocol | None:
    """Return the protocol of a WebSocket, or None if the library for it is not installed."""
    try:
        from .websocket import WebSocketProtocol
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "websockets":
            raise
        return None
    return WebSocketProtocol()


def _head(response: Response) -> bytes:
    """Return the head of a response as bytes."""
    lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def read_request(
    scope: Message, receive: Receive, send: Send, max_body_size: int | None = None
) -> Request | None:
    """Return the complete request, or None if the client disconnects first or the body is too large."""
    limit = MAX_BODY_SIZE if max_body_size is None else max_body_size
    parts, size, more = [], 0, True
    # The rest of a body that is too large is read too: a client that is still sending may not read the response.
    while more and size <= max(limit, MAX_DISCARDED_SIZE):
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body = message.get("body", b"")
        size, more = size + len(body), message.get("more_body", False)
        if size <= limit:
            parts.append(body)
    if size > limit:
        await write(WireResponse(_TOO_LARGE), send)
        return None
    return request_of(scope, b"".join(parts))


def request_of(scope: Message, body: bytes) -> Request:
    """Return the request for a scope and a body."""
    # Not `path`: it is already decoded, and an escaped slash must stay escaped.
    target = scope["raw_path"].decode("latin-1")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
    return Request(scope["method"], target, headers, body, scope.get("scheme", "http"))


async def write(wire_response: WireResponse, send: Send) -> None:
    """Send a response, or the part of it that reaches the client."""
    response = wire_response.response
    if response is None:
        return
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    more_body = bool(wire_response.connection_error)
    await send({"type": "http.response.body", "body": response.body, "more_body": more_body})


async def _disconnects_within(receive: Receive, seconds: float) -> bool:
    """Return whether the client disconnects within this time."""
    try:
        with delaying():
            await asyncio.wait_for(wait_for_disconnect(receive), None if seconds == NEVER else seconds)
    except asyncio.TimeoutError:
        return False
    return True


async def wait_for_disconnect(receive: Receive) -> None:
    """Wait until the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _abort(scope: Message, receive: Receive, wire_response: WireResponse) -> None:
    """Close or reset the connection. Refusing it is no longer possible, so it is closed instead.

    A server without the extension closes the connection after an incomplete response, and sends 500 if there was none.
    """
    extension = scope.get("extensions", {}).get(ABORT_EXTENSION)
    if extension is not None:
        extension["call"](wire_response.connection_error == "reset")
        # Return only after the server has noticed, because it would send a response of its own.
        await wait_for_disconnect(receive)
