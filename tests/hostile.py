"""A server on loopback that sends any bytes at any pace."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from types import TracebackType

Respond = Callable[[bytes, threading.Event], Iterable[bytes]]
"""Yields the bytes of a response to a request. To pause, it waits for the event, which is set when the server ends."""


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return a complete response."""
    return head(*headers, f"Content-Length: {len(body)}", status=status) + body


def head(*headers: str, status: str = "200 OK") -> bytes:
    """Return a response without its body."""
    return "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", *headers, "", ""]).encode()


class HostileServer:
    """Accepts one connection at a time, reads one request on it, and sends what `respond` yields."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1.0"
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> HostileServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        # Wakes accept(), which closing the listener does not.
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            connection, _ = self._listener.accept()
            with connection:
                request = connection.recv(65_536)
                if not request:
                    continue
                self.requests.append(request)
                self._send(connection, request)

    def _send(self, connection: socket.socket, request: bytes) -> None:
        try:
            for part in self._respond(request, self._ended):
                connection.sendall(part)
        except OSError:
            pass  # The client has closed the connection: it had enough.
