"""HTTP servers on real ports of this machine, all on one event loop in one thread."""

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
_CLOSE_TIMEOUT: Final = 0.1
_PORTS_REMEMBERED: Final = 4096


class Listener:
    """One port and the application behind it. Created by `LoopbackServer.serve`."""

    def __init__(self, server: LoopbackServer, sock: socket.socket, *, tls: bool) -> None:
        self.host, self.port = sock.getsockname()[:2]
        self.scheme = "https" if tls else "http"
        self.open = True
        self.connections: set[asyncio.Transport] = set()
        self._server = server

    @property
    def url(self) -> str:
        """The scheme, host and port, without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def close(self) -> None:
        """Release the port and close its connections. Calling it again has no effect."""
        self._server.close(self)

    def connection_opened(self, transport: asyncio.Transport, /) -> None:
        """Add a connection. One that was accepted while the port was being closed is aborted."""
        if self.open:
            self.connections.add(transport)
        else:
            transport.abort()

    def connection_closed(self, transport: asyncio.Transport, /) -> None:
        """Remove a connection."""
        self.connections.discard(transport)


class LoopbackServer:
    """A thread with an event loop that serves any number of ASGI applications, each on its own port.

    It installs no signal handlers, configures no logging and writes no access log. Start and stop it once, or use it as
    a context manager. Any other thread may call its methods. Raises RuntimeError if the server is not running.
    """

    # One port per application, instead of one port whose application changes: a client that leaks out of its test
    # has the old address, and cannot reach the application of a later test.

    def __init__(self, name: str = "voipbin-server") -> None:
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._accepting: dict[Listener, asyncio.Server] = {}
        self._used_ports: deque[int] = deque(maxlen=_PORTS_REMEMBERED)

    def start(self) -> LoopbackServer:
        """Start the thread."""
        self._http = Http11Config()
        self._loop = RealTimeLoop()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close all ports and connections, and wait until the thread has ended. Calling it again has no effect."""
        if self._thread.is_alive():
            self._await(self._finish)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def wait(self) -> None:
        """Wait until another thread or a signal handler stops the server."""
        self._thread.join()

    def __enter__(self) -> LoopbackServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def serve(
        self, application: ASGI, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> Listener:
        """Serve an application on a port; with 0 the system picks one. Raises OSError if the port is not available."""
        return self._await(self._listen, application, host, port, tls)

    def close(self, listener: Listener) -> None:
        """Release a listener's port and close its connections. Calling it again has no effect."""
        if listener in self._accepting:
            self._await(self._close, listener)

    def run_between_requests(self, function: Callable[[], T]) -> T:
        """Run a function on the event loop, where no handler is running at the same time."""

        async def run() -> T:
            return function()

        return self._await(run)

    def _await(self, function: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
        if not self._thread.is_alive():
            raise RuntimeError("the server is not running: it was not started, or it was stopped")
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
        sock = self._bind(host, port)
        listener = Listener(self, sock, tls=tls is not None)
        factory = self._http.connection_factory(application, listener)
        self._accepting[listener] = await self._loop.create_server(factory, sock=sock, ssl=tls)
        return listener

    def _bind(self, host: str, port: int) -> socket.socket:
        """Return a listening socket. It already reserves the port and queues connections."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        while True:
            sock = socket.create_server((host, port), family=family)
            picked = sock.getsockname()[1]
            if port or picked not in self._used_ports:
                self._used_ports.append(picked)
                return sock
            sock.close()

    async def _close(self, listener: Listener) -> None:
        listener.open = False
        self._accepting.pop(listener).close()
        for transport in list(listener.connections):
            # Responses that were already written are still sent. A WebSocket is closed with a close frame.
            getattr(transport.get_protocol(), "go_away", transport.close)()
        end = self._loop.time() + _CLOSE_TIMEOUT
        while listener.connections and self._loop.time() < end:
            await asyncio.sleep(0.001)
        for transport in list(listener.connections):
            transport.abort()

    async def _finish(self) -> None:
        await asyncio.gather(*map(self._close, list(self._accepting)))
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            _, unfinished = await asyncio.wait(others, timeout=_CLOSE_TIMEOUT)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)
        # The sockets of the last transports are closed in the next iteration of the loop.
        await asyncio.sleep(0)
