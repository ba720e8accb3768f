"""HTTP/1.1 as uvicorn reads and writes it: one protocol object for each connection."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING
from weakref import WeakSet

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from .asgi import ABORT_EXTENSION, ASGI, Message, Receive, Send

if TYPE_CHECKING:
    from .loopback_server import Listener


class Connection(HttpToolsProtocol):
    """A connection of a listener, on which an application answers."""

    def __init__(self, http: Http11Config, application: ASGI, listener: Listener) -> None:
        super().__init__(http.config, http.state, {})
        # Not the application that uvicorn would wrap, and no access log: both write down URLs, with their credentials.
        self.app = application
        self.access_log = False
        self._listener = listener
        self._asked: WeakSet[RequestResponseCycle] = WeakSet()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._listener.connected(transport)
        # asyncio does it only where the listening socket names its protocol. Without it an answer, which is written in
        # two parts, waits 40 ms for the client's acknowledgement of the first.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {ABORT_EXTENSION: {"call": self._break_off}}

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._asked.add(self.cycle)
        if self.pipeline:
            # uvicorn has just stopped to read, and would not see the client go.
            self.flow.resume_reading()

    def _break_off(self, reset: bool) -> None:
        if reset:
            at_once = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            self.transport.abort()
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._listener.connections.discard(self.transport)
        super().connection_lost(exc)
        # uvicorn tells the last request only: one that others were sent behind would wait for ever.
        for cycle in self._asked:
            cycle.disconnected = True
            cycle.message_event.set()
        # uvicorn does it only where there was no error, and Python 3.10 warns of a TLS transport that was not closed.
        self.transport.close()


class Http11Config:
    """What the connections of a server have in common."""

    def __init__(self) -> None:
        self.state = ServerState()
        # Nothing here configures logging: that would be for the whole process.
        self.config = Config(_nobody, interface="asgi3", ws="none", log_config=None, proxy_headers=False)
        self.config.load()

    def connections(self, application: ASGI, listener: Listener) -> Callable[[], Connection]:
        """A maker of a listener's connections, on which an application answers."""
        return lambda: Connection(self, application, listener)

    def set_date(self) -> None:
        """Have the answers of this second say what time it is."""
        self.state.default_headers = [(b"date", formatdate(usegmt=True).encode("ascii"))]


async def _nobody(scope: Message, receive: Receive, send: Send) -> None:
    """The application that uvicorn wants to know of beforehand."""
