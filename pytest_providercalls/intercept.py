"""The interception: while it is on, every httpx and httpx2 client of the process reaches the fake.

The seam is the public method in which each library's own transport sends a request. So a client's retries, proxies,
mounts and TLS settings do not matter, nor when it was made; a transport that wraps or extends the library's own does
its work as in production. A client on another transport altogether (MockTransport, ASGITransport, WSGITransport) keeps
it: that is the author's own stub.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from types import ModuleType, TracebackType
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from .fake_server.transports import Timed
from .fake_server.transports.httpx import exchange, exchange_async
from .importing import imported

HOST: Final = "api.voipbin.net"
_LIBRARIES: Final = ("httpx", "httpx2")
_LOCK = threading.RLock()
_active: list[Interception] = []
_patches: list[_Patch] = []
_wrapped: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
"""What each of our replacements stands for, for as long as anybody holds the replacement."""


class Interception:
    """Answers requests to api.voipbin.net, of any scheme and port, while it is on; everything else goes its way.

    Of several the one that was started last answers. `steps_aside` is asked for each request, with the library's name:
    if it says so, the request goes its way too, for instance to a respx router on which the fake is mounted.
    """

    def __init__(self, handler: Timed, *, steps_aside: Callable[[str], bool] | None = None) -> None:
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
            if self not in _active:
                return
            # The newest of its starts, should it have been started more than once.
            del _active[len(_active) - 1 - _active[::-1].index(self)]
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


def _answering(library: str, request: Any) -> Timed | None:
    """The fake that answers a request, if any does."""
    if request.url.host != HOST:
        return None
    # No lock: one read of the list. Another thread may stop the last interception meanwhile.
    for current in _active[-1:]:
        return None if current.steps_aside(library) else current.handler
    return None


class _Patch(NamedTuple):
    """A method of a transport class, replaced."""

    transport: type
    method: str
    original: Any
    replacement: Any


def _patch() -> None:
    for name, library in _libraries().items():
        _replace(library.HTTPTransport, "handle_request", partial(_sync, name, library))
        _replace(library.AsyncHTTPTransport, "handle_async_request", partial(_async, name, library))


def _libraries() -> dict[str, ModuleType]:
    """The libraries that can be used; one that stands in for another (httpx2.alias_httpx) under the other's name."""
    found: dict[str, ModuleType] = {}
    for name in _LIBRARIES:
        library = imported(name)
        # A suite may have put a stub in the library's place.
        if isinstance(getattr(library, "HTTPTransport", None), type) and library not in found.values():
            found[name] = library
    return found


def _replace(transport: type, method: str, replacement_for: Callable[[Any], Any]) -> None:
    present = vars(transport)[method]
    # One of ours is there when somebody patched over it, outlived it, and then put it back.
    original = _wrapped.get(present, present)
    replacement = replacement_for(original)
    _wrapped[replacement] = original
    _patches.append(_Patch(transport, method, original, replacement))
    setattr(transport, method, replacement)


def _unpatch() -> None:
    while _patches:
        patch = _patches.pop()
        # What somebody else has put in the place of ours is not ours to take away.
        if vars(patch.transport)[patch.method] is patch.replacement:
            setattr(patch.transport, patch.method, patch.original)


def _sync(name: str, library: ModuleType, original: Any) -> Any:
    def handle_request(self: Any, request: Any) -> Any:
        handler = _answering(name, request)
        if handler is None:
            return original(self, request)
        return exchange(library, request, request.read(), handler)

    return handle_request


def _async(name: str, library: ModuleType, original: Any) -> Any:
    async def handle_async_request(self: Any, request: Any) -> Any:
        handler = _answering(name, request)
        if handler is None:
            return await original(self, request)
        return await exchange_async(library, request, await request.aread(), handler)

    return handle_async_request
