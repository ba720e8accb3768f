"""Real sockets: HTTP servers on ports of this machine, all on one event loop in one thread."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from .asgi import ASGI
from .http11 import Http11Config
from .real_time_loop import RealTimeLoop

T = TypeVar("T")
_SECONDS_TO_CLOSE: Final = 0.1
_PORTS_REMEMBERED: Final = 4096


class Listener:
    """One port and the application behind it. Made by `LoopbackServer.serve`."""

    def __init__(self, server: LoopbackServer, sock: socket.socket, *, tls: bool) -> None:
        self.host, self.port = sock.getsockname()[:2]
        self.scheme = "https" if tls else "http"
        self.open = True
        self.connections: set[asyncio.Transport] = set()
        self._server = server

    @property
    def url(self) -> str:
        """Scheme, host and port, without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def close(self) -> None:
        """Give the port back and close its connections; again does nothing."""
        self._server.close(self)

    def connected(self, transport: asyncio.Transport) -> None:
        """Take note of a connection. One that was accepted while the port was being closed goes at once."""
        if self.open:
            self.connections.add(transport)
        else:
            transport.abort()


class LoopbackServer:
    """A thread with an event loop on which any number of ASGI applications are served, each on a port of its own.

    It installs no signal handlers, configures no logging and writes no access log. It is started and stopped once, or
    used as a context manager; any thread but its own may call its methods. Raises RuntimeError while it does not run.
    """

    # A port each, rather than one whose application changes: a client that outlives its test has the old address, and
    # what it sends reaches nothing but what is behind the old port.

    def __init__(self, name: str = "voipbin-server") -> None:
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._accepting: dict[Listener, asyncio.Server] = {}
        self._spent: deque[int] = deque(maxlen=_PORTS_REMEMBERED)

    def start(self) -> LoopbackServer:
        """Start the thread."""
        self._http = Http11Config()
        self._loop = RealTimeLoop()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every port and connection, and wait until the thread has ended; again does nothing."""
        if self._thread.is_alive():
            self._await(self._finish)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def wait(self) -> None:
        """Wait until something else, such as a signal handler, has stopped the server."""
        self._thread.join()

    def __enter__(self) -> LoopbackServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def serve(
        self, application: ASGI, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> Listener:
        """Serve an application on a port; 0 has the system pick one. Raises OSError where that cannot be had."""
        return self._await(self._listen, application, host, port, tls)

    def close(self, listener: Listener) -> None:
        """Give a listener's port back and close its connections; again does nothing."""
        if listener in self._accepting:
            self._await(self._close, listener)

    def run_between_requests(self, function: Callable[[], T]) -> T:
        """Run a function on the loop, and so at a moment when no handler is at work."""

        async def run() -> T:
            return function()

        return self._await(run)

    def _await(self, function: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
        if not self._thread.is_alive():
            raise RuntimeError("the server does not run: it has not been started, or has been stopped")
        return asyncio.run_coroutine_threadsafe(function(*arguments), self._loop).result()

    # on the loop

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._tick()
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _tick(self) -> None:
        self._http.set_date()
        self._loop.call_later(1, self._tick)

    async def _listen(self, application: ASGI, host: str, port: int, tls: ssl.SSLContext | None) -> Listener:
        sock = self._bound(host, port)
        listener = Listener(self, sock, tls=tls is not None)
        connections = self._http.connections(application, listener)
        self._accepting[listener] = await self._loop.create_server(connections, sock=sock, ssl=tls)
        return listener

    def _bound(self, host: str, port: int) -> socket.socket:
        """A socket that listens: from now on nobody else can take the port, and clients that come early are queued."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        while True:
            sock = socket.create_server((host, port), family=family)
            picked = sock.getsockname()[1]
            if port or picked not in self._spent:
                self._spent.append(picked)
                return sock
            sock.close()

    async def _close(self, listener: Listener) -> None:
        listener.open = False
        self._accepting.pop(listener).close()
        for transport in list(listener.connections):
            # What has been answered still goes out.
            transport.close()
        end = self._loop.time() + _SECONDS_TO_CLOSE
        while listener.connections and self._loop.time() < end:
            await asyncio.sleep(0.001)
        for transport in list(listener.connections):
            transport.abort()

    async def _finish(self) -> None:
        await asyncio.gather(*map(self._close, list(self._accepting)))
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            _, unfinished = await asyncio.wait(others, timeout=_SECONDS_TO_CLOSE)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
        # What was closed last has its sockets closed in the next turn of the loop.
        await asyncio.sleep(0)
