"""The interception: while it is on, every httpx and httpx2 client of the process reaches the fake.

The seam is the public method in which each library's own transport sends a request. So a client's retries, proxies,
mounts and TLS settings do not matter, nor when it was made; a transport that wraps or extends the library's own does
its work as in production. A client on another transport altogether, such as httpx.MockTransport, keeps it: that is the
author's own stub.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType, TracebackType
from typing import Any, Final

from .fake_server.transports import Handler
from .fake_server.transports.httpx import exchange

HOST: Final = "api.voipbin.net"
_LIBRARIES: Final = ("httpx", "httpx2")
_LOCK = threading.RLock()
_active: list[Interception] = []
_originals: dict[tuple[str, str], Any] = {}


class Interception:
    """Answers requests to api.voipbin.net, of any scheme and port, while it is on; everything else goes its way.

    Of several the one that was started last answers. `steps_aside` is asked for each request, with the library's name:
    if it says so, the request goes its way too, for instance to a respx router on which the fake is mounted.
    """

    def __init__(self, handler: Handler, *, steps_aside: Callable[[str], bool] | None = None) -> None:
        self.handler = handler
        self.steps_aside = steps_aside or _never

    def start(self) -> None:
        """Begin to answer."""
        with _LOCK:
            if not _active:
                _patch()
            _active.append(self)

    def stop(self) -> None:
        """Answer no more. What was there before is there again once the last one has stopped."""
        with _LOCK:
            if self in _active:
                _active.remove(self)
                if not _active:
                    _unpatch()

    def __enter__(self) -> Interception:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _never(_library: str) -> bool:
    return False


def _answering(library: str, request: Any) -> Handler | None:
    """The fake that answers a request, if any does."""
    if request.url.host != HOST:
        return None
    # No lock: one read of the list. Another thread may stop the last interception meanwhile.
    for current in _active[-1:]:
        return None if current.steps_aside(library) else current.handler
    return None


def _patch() -> None:
    for name in _LIBRARIES:
        if find_spec(name) is None:
            continue
        library = import_module(name)
        _replace(library, "HTTPTransport", "handle_request", _sync(library, library.HTTPTransport.handle_request))
        asynchronous = library.AsyncHTTPTransport.handle_async_request
        _replace(library, "AsyncHTTPTransport", "handle_async_request", _async(library, asynchronous))


def _replace(library: ModuleType, kind: str, method: str, replacement: Any) -> None:
    transport = getattr(library, kind)
    _originals[library.__name__, kind] = transport.__dict__[method]
    setattr(transport, method, replacement)


def _unpatch() -> None:
    for (name, kind), original in _originals.items():
        setattr(getattr(import_module(name), kind), original.__name__, original)
    _originals.clear()


def _sync(library: ModuleType, original: Any) -> Any:
    name = library.__name__

    def handle_request(self: Any, request: Any) -> Any:
        handler = _answering(name, request)
        if handler is None:
            return original(self, request)
        return exchange(library, request, request.read(), handler)

    return handle_request


def _async(library: ModuleType, original: Any) -> Any:
    name = library.__name__

    async def handle_async_request(self: Any, request: Any) -> Any:
        handler = _answering(name, request)
        if handler is None:
            return await original(self, request)
        return exchange(library, request, await request.aread(), handler)

    return handle_async_request
