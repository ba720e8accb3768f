"""HTTP/1.1 connections: uvicorn's protocol, adapted to several servers in one process and to network faults."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING, Final, Protocol
from weakref import WeakSet

from httptools import HttpParserUpgrade, HttpRequestParser, parse_url
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from ..gateway.request_head import HEAD_TOO_LARGE, MAX_HEAD_SIZE, head_size
from .asgi import ABORT_EXTENSION, ASGI, UPGRADE_EXTENSION, Message, Receive, Send

if TYPE_CHECKING:
    from .websocket import WebSocketProtocol as UpgradedProtocol

_LINGERS_FOR: Final = 0.5


class ConnectionTracker(Protocol):
    """Keeps track of the open connections of a port."""

    def connection_opened(self, transport: asyncio.Transport, /) -> None: ...

    def connection_closed(self, transport: asyncio.Transport, /) -> None: ...


class _Parser(HttpRequestParser):
    """A parser to which a request for another protocol is an ordinary request, as it is to Go's server.

    Clients such as Java's request an upgrade to HTTP/2 with their first request. The parser would take the body of that
    request for the other protocol. `without_upgrade` returns the head that it has just read, without the request.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._connection = connection

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]  # asyncio passes bytes
        while data:
            try:
                super().feed_data(data)
                return
            except HttpParserUpgrade as upgrade:
                if self.get_method() == b"CONNECT":
                    raise
                data = data[upgrade.args[0] :]
            super().feed_data(self._connection.without_upgrade())


class Connection(HttpToolsProtocol):
    """One connection, on which an application responds to requests."""

    def __init__(self, http: Http11Config, application: ASGI, tracker: ConnectionTracker) -> None:
        super().__init__(http.config, http.state, {})
        # The bare application instead of uvicorn's wrapper, and no access log: both log URLs with their credentials.
        self.app = application
        self.access_log = False
        self.parser = _Parser(self)
        self._tracker = tracker
        self._unparsed = 0
        self._upgrade_headers: list[tuple[bytes, bytes]] = []
        self._head_is_too_large = False
        self._ends = False
        self._cycles: WeakSet[RequestResponseCycle] = WeakSet()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._tracker.connection_opened(transport)
        # asyncio sets it only if the listening socket specifies its protocol. Without it the second part of a response
        # is delayed by 40 ms, until the client acknowledges the first part.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._ends:
            return
        # Reset once a part of a message is complete: the parser itself keeps an incomplete header of any size.
        self._unparsed += len(data)
        super().data_received(data)
        if self._unparsed > MAX_HEAD_SIZE and not self._ends:
            self._refuse_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {ABORT_EXTENSION: {"call": self._abort}}

    def without_upgrade(self) -> bytes:
        """Return the head of the present request without the header that requests an upgrade."""
        self._upgrade_headers = [header for header in self.headers if header[0] == b"upgrade"]
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        lines = [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([b"%b %b HTTP/%b" % (method, self.url, version), *lines, b"", b""])

    def on_headers_complete(self) -> None:
        self._unparsed = 0
        if self._is_upgrade():
            return
        if self._upgrade_headers:
            # The application sees the request as it was sent.
            self.headers += self._upgrade_headers
            if any(b"websocket" in value.lower() for _, value in self._upgrade_headers):
                self.scope["extensions"][UPGRADE_EXTENSION] = {"call": self._upgrade}
            self._upgrade_headers = []
        if not self.url.startswith(b"/"):
            self._add_host_of_target()
        headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in self.headers])
        method, target = self.parser.get_method().decode("latin-1"), self.url.decode("latin-1")
        if head_size(method, target, headers) > MAX_HEAD_SIZE:
            self._head_is_too_large = True
            # Ends the parser, which then lets `send_400_response` respond.
            raise ValueError("the request line and the headers are too large")
        super().on_headers_complete()
        self._cycles.add(self.cycle)
        if self.pipeline:
            # uvicorn has just stopped reading, and would not notice that the client disconnects.
            self.flow.resume_reading()

    def _add_host_of_target(self) -> None:
        """Count the host in a target such as `http://host/path` as a second one, if it is not that of the header."""
        target = parse_url(self.url)
        if target.host is not None:
            host = b"[%b]" % target.host if b":" in target.host else target.host
            host += b":%d" % target.port if target.port else b""
            if (b"host", host) not in self.headers:
                self.headers.append((b"host", host))

    def on_body(self, body: bytes) -> None:
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._unparsed = 0
        if not self._is_upgrade():
            super().on_message_complete()

    def _is_upgrade(self) -> bool:
        """Return whether the parser will pass on the present request once more."""
        return bool(self.parser.should_upgrade()) and self.parser.get_method() != b"CONNECT"

    def send_400_response(self, msg: str) -> None:
        if self._head_is_too_large:
            self._refuse_head()
        else:
            super().send_400_response(msg)

    def _refuse_head(self) -> None:
        """Respond like Go's server: end the response, and read what the client still sends for a moment.

        A connection that is closed while the client is sending is reset, and the client may lose the response.
        """
        self._ends = True
        self.flow.resume_reading()
        headers = (f"{name}: {value}" for name, value in HEAD_TOO_LARGE.headers)
        text = HEAD_TOO_LARGE.body.decode()
        self.transport.write("\r\n".join([f"HTTP/1.1 {text}", *headers, "", text]).encode())
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGERS_FOR, self.transport.close)

    def _abort(self, reset: bool) -> None:
        if reset:
            no_linger = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
            self.transport.abort()
        else:
            self.transport.close()

    def _upgrade(self, protocol: UpgradedProtocol, head: bytes) -> None:
        """Send the head of a response, and leave the connection to another protocol."""
        transport, tracker = self.transport, self._tracker
        # uvicorn then expects nothing more of the application.
        self.cycle.disconnected = True
        self.connections.discard(self)
        self._unset_keepalive_if_required()
        transport.write(head)
        protocol.on_lost = lambda: tracker.connection_closed(transport)
        transport.set_protocol(protocol)
        protocol.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._tracker.connection_closed(self.transport)
        super().connection_lost(exc)
        # uvicorn notifies the last request only. An earlier one, with pipelined requests after it, would hang.
        for cycle in self._cycles:
            cycle.disconnected = True
            cycle.message_event.set()
        # uvicorn closes it only if there was no error, and Python 3.10 warns about TLS transports that are not closed.
        self.transport.close()


class Http11Config:
    """The configuration that all connections of a server share."""

    def __init__(self) -> None:
        self.state = ServerState()
        # No log configuration: it would apply to the whole process.
        self.config = Config(_placeholder, interface="asgi3", ws="none", log_config=None, proxy_headers=False)
        self.config.load()

    def connection_factory(self, application: ASGI, tracker: ConnectionTracker) -> Callable[[], Connection]:
        """Return a factory of connections to an application."""
        return lambda: Connection(self, application, tracker)

    def set_date(self) -> None:
        """Update the Date header, which is sent with every response."""
        self.state.default_headers = [(b"date", formatdate(usegmt=True).encode("ascii"))]


async def _placeholder(scope: Message, receive: Receive, send: Send) -> None:
    """Do nothing. uvicorn's configuration requires an application; each connection replaces it."""
