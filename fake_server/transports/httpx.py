"""The transports for httpx and httpx2. Both libraries have the same API, so the library is always an argument."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import lru_cache, partial
from itertools import starmap
from types import ModuleType
from typing import Any

from ...contracts.http import Request, Response
from ..world.clock import Clock
from . import ClockedHandler, production
from .whole_response import create_response
from .wire_response import WireResponse

FAKE_EXTENSION = "voipbin_fake"
"""The extension that marks a response of the fake, to distinguish it from mocked responses."""
_ONE_ATTEMPT: tuple[float | None, ...] = (None,)
_RETRY_PAUSE = 0.5
_MAX_WAIT = 3600.0
"""After this many seconds a client without a timeout is considered to hang."""

# pytest then shows a fault at the line of the client.
__tracebackhide__ = True


class MissingClientTimeout(AssertionError):
    """A client without a timeout waits for a response that never arrives."""


def exchange(library: ModuleType, request: Any, body: bytes, handler: ClockedHandler, transport: Any = None) -> Any:
    """Return the handler's response to a request whose body has been read, as a response of the library.

    A delayed response advances the handler's clock, by at most the request's timeout. Network faults raise the
    library's own exceptions. If no connection is established, the client tries again as often as its `transport` does.
    Raises MissingClientTimeout if the client would hang.
    """
    sent = _request(request, body)
    wire_response = _respond(handler, sent)
    if wire_response.delay or wire_response.connection_error:
        for pause in _pauses(connection_retries(transport)):
            wait, error = _wait_time(library, request, wire_response) if wire_response.delay else (0.0, None)
            if wait:
                _sleep(handler.clock, wait)
            if pause is None or wire_response.connection_error != "refused" or isinstance(error, MissingClientTimeout):
                break
            if pause:
                _sleep(handler.clock, pause)
            wire_response = _respond(handler, sent)
        if error is not None:
            raise error
    return _response(library, request, wire_response)


async def exchange_async(
    library: ModuleType, request: Any, body: bytes, handler: ClockedHandler, transport: Any = None
) -> Any:
    """Like `exchange`, for async clients. If the clock drives the event loop, it waits there: outer timeouts apply."""
    sent = _request(request, body)
    wire_response = await _respond_async(handler, sent)
    if wire_response.delay or wire_response.connection_error:
        for pause in _pauses(connection_retries(transport)):
            wait, error = _wait_time(library, request, wire_response) if wire_response.delay else (0.0, None)
            if wait:
                await _advance(handler.clock, wait)
            if pause is None or wire_response.connection_error != "refused" or isinstance(error, MissingClientTimeout):
                break
            if pause:
                await _advance(handler.clock, pause)
            wire_response = await _respond_async(handler, sent)
        if error is not None:
            raise error
    return _response(library, request, wire_response)


def _respond(handler: ClockedHandler, request: Request) -> WireResponse:
    scheduler = handler.clock.scheduler
    if scheduler is None:
        return handler.respond(request)
    return scheduler.exchange(request, partial(handler.respond, request))


async def _respond_async(handler: ClockedHandler, request: Request) -> WireResponse:
    scheduler = handler.clock.scheduler
    if scheduler is None:
        return handler.respond(request)
    return await scheduler.exchange_async(request, partial(handler.respond, request))


def connection_retries(transport: Any) -> int:
    """Return how often a library's own transport tries again to establish a connection (HTTPTransport(retries=...))."""
    # Neither library has a public name for it. A transport without these attributes is one without retries.
    retries = getattr(getattr(transport, "_pool", None), "_retries", 0)
    return retries if isinstance(retries, int) else 0


def _pauses(retries: int) -> tuple[float | None, ...]:
    """Return the pause after each attempt to connect that fails, as httpcore has it; None after the last attempt."""
    if not retries:
        return _ONE_ATTEMPT
    return (0.0, *(_RETRY_PAUSE * 2.0**turn for turn in range(retries - 1)), None)


def transport(handler: ClockedHandler, library: ModuleType, refuse: production.Refuse = production.refuse) -> Any:
    """Return a transport that serves a library's Client and AsyncClient from the handler.

    `refuse` is called for a request to VoIPbin's host that production would not serve.
    """

    class InProcess(library.BaseTransport, library.AsyncBaseTransport):  # type: ignore[name-defined,misc]
        def handle_request(self, request: Any) -> Any:
            check_address(library, request, refuse)
            return exchange(library, request, request.read(), handler)

        async def handle_async_request(self, request: Any) -> Any:
            check_address(library, request, refuse)
            return await exchange_async(library, request, await request.aread(), handler)

    return InProcess()


def check_address(library: ModuleType, request: Any, refuse: production.Refuse = production.refuse) -> None:
    """Refuse a request to VoIPbin's host with a scheme or a port that production does not serve."""
    url = request.url
    if (url.scheme != "https" or url.port is not None) and production.is_voipbin(url.host):
        reason = production.unserved_reason(url.scheme, url.port)
        if reason:
            refuse(f"{library.__name__}.{request.method}", url.host, url.port, reason)


def _request(request: Any, body: bytes) -> Request:
    url = request.url
    headers = tuple(starmap(_decoded, request.headers.raw))
    return Request(request.method, url.raw_path.decode("ascii"), headers, body, url.scheme)


# A client sends the same few headers again and again.
@lru_cache(maxsize=64)
def _decoded(name: bytes, value: bytes) -> tuple[str, str]:
    return name.decode("latin-1"), value.decode("latin-1")


def _response(library: ModuleType, request: Any, wire_response: WireResponse) -> Any:
    response = wire_response.response
    if response is None:
        raise _network_error(library, request, wire_response)
    # Bytes, because the libraries encode text as ASCII. A stream, because a response with `content=` counts as read:
    # `elapsed` and `iter_raw` would fail, and a hook that forgets to read would work here but not in production.
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    extensions = _extensions(library, response.status).copy()
    if wire_response.connection_error:
        stream = _truncated(library, response)
        return library.Response(response.status, headers=raw, stream=stream, extensions=extensions)
    return create_response(library, response.status, raw, response.body, extensions)


@lru_cache(maxsize=64)
def _extensions(library: ModuleType, status: int) -> dict[str, Any]:
    """Return the extensions of responses with a status, as the library's own transport has them."""
    phrase = library.codes.get_reason_phrase(status).encode()
    return {FAKE_EXTENSION: True, "http_version": b"HTTP/1.1", "reason_phrase": phrase}


# network faults, with the messages that the libraries use for the same faults on a real network


def _wait_time(library: ModuleType, request: Any, wire_response: WireResponse) -> tuple[float, Exception | None]:
    """Return how long the client waits, and the exception that it raises if its timeout is too short."""
    connecting = wire_response.connection_error == "refused"
    phase, kind = ("connect", library.ConnectTimeout) if connecting else ("read", library.ReadTimeout)
    timeout = request.extensions.get("timeout", {}).get(phase)
    if wire_response.delay <= (_MAX_WAIT if timeout is None else timeout):
        return wire_response.delay, None
    if timeout is None:
        return _MAX_WAIT, MissingClientTimeout(
            f"{request.method} {request.url.path}: the client would hang, because a fault suppresses the response and"
            f" the client has no {phase} timeout. Set one, for example Client(timeout=10). An outer timeout such as"
            " asyncio.timeout works only with the voipbin_time fixture."
        )
    return timeout, kind("timed out", request=request)


def _sleep(clock: Clock, seconds: float) -> None:
    if clock.scheduler is None:
        clock.advance(seconds)
    else:
        clock.scheduler.sleep(seconds)


async def _advance(clock: Clock, seconds: float) -> None:
    if clock.drives_event_loops:
        # httpx depends on anyio, which supports both asyncio and trio.
        import anyio

        await anyio.sleep(seconds)
    else:
        clock.advance(seconds)


def _network_error(library: ModuleType, request: Any, wire_response: WireResponse) -> Exception:
    error, text = {
        "refused": (library.ConnectError, "[Errno 111] Connection refused"),
        "reset": (library.ReadError, "[Errno 104] Connection reset by peer"),
    }.get(
        wire_response.connection_error, (library.RemoteProtocolError, "Server disconnected without sending a response.")
    )
    raised: Exception = error(text, request=request)
    return raised


def _truncated(library: ModuleType, response: Response) -> Any:
    """Return the stream of a body that ends early because the connection is closed."""

    def parts() -> Iterator[bytes]:
        if response.body:
            yield response.body
        raise library.RemoteProtocolError(
            "peer closed connection without sending complete message body"
            f" (received {len(response.body)} bytes, expected {response.header('Content-Length')})"
        )

    class TruncatedStream(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[name-defined,misc]
        def __iter__(self) -> Iterator[bytes]:
            return parts()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for part in parts():
                yield part

    return TruncatedStream()
