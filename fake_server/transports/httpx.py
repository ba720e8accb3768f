"""The skins for httpx and httpx2, which have the same names: the library is always an argument."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import Any

from ...contracts.http import Request, Response
from ..world.clock import Clock
from . import ClockedHandler
from .wire_response import WireResponse

BY_THE_FAKE = "voipbin_fake"
"""The extension that tells a response of the fake's from one that somebody else made up."""
_LONG = 3600.0
"""Seconds after which a client that would wait for ever has waited long enough for a test to fail."""


class MissingClientTimeout(AssertionError):
    """A client without a time-out waits for an answer that does not come."""


def exchange(library: ModuleType, request: Any, body: bytes, handler: ClockedHandler) -> Any:
    """Have a library's request, whose body has been read, answered; the answer is the library's response.

    An answer that takes its time takes it on the handler's clock, as long as the request's own time-out lets it.
    Raises the library's exceptions for what goes wrong on the way, and WaitsForEver.
    """
    delivery = handler.respond(_request(request, body))
    if delivery.delay:
        wait, gives_up = _patience(library, request, delivery)
        handler.clock.advance(wait)
        if gives_up is not None:
            raise gives_up
    return _response(library, request, delivery)


async def exchange_async(library: ModuleType, request: Any, body: bytes, handler: ClockedHandler) -> Any:
    """The same for an asynchronous client. A loop that goes by the clock waits, so that a time-out around it counts."""
    delivery = handler.respond(_request(request, body))
    if delivery.delay:
        wait, gives_up = _patience(library, request, delivery)
        await _pass(handler.clock, wait)
        if gives_up is not None:
            raise gives_up
    return _response(library, request, delivery)


def transport(handler: ClockedHandler, library: ModuleType) -> Any:
    """A transport of a library for both its Client and its AsyncClient, answered by the handler."""

    class InProcess(library.BaseTransport, library.AsyncBaseTransport):  # type: ignore[name-defined,misc]
        def handle_request(self, request: Any) -> Any:
            return exchange(library, request, request.read(), handler)

        async def handle_async_request(self, request: Any) -> Any:
            return await exchange_async(library, request, await request.aread(), handler)

    return InProcess()


def _request(request: Any, body: bytes) -> Request:
    headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw])
    return Request(request.method, request.url.raw_path.decode("ascii"), headers, body)


def _response(library: ModuleType, request: Any, delivery: WireResponse) -> Any:
    answer = delivery.response
    if answer is None:
        raise _broken(library, request, delivery)
    # Bytes, since the libraries take text for ASCII. A stream, since `content=` makes a response that was read
    # before the client has it: `elapsed` and `iter_raw` fail, and a hook that forgets to read works here only.
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    stream = _cut(library, answer) if delivery.connection_error else library.ByteStream(answer.body)
    return library.Response(answer.status, headers=raw, stream=stream, extensions={BY_THE_FAKE: True})


# what goes wrong on the way: the messages are those that the libraries have when it happens on a real wire


def _patience(library: ModuleType, request: Any, delivery: WireResponse) -> tuple[float, Exception | None]:
    """How long a client waits, and what it raises if that is not long enough."""
    connecting = delivery.connection_error == "refused"
    phase, kind = ("connect", library.ConnectTimeout) if connecting else ("read", library.ReadTimeout)
    patience = request.extensions.get("timeout", {}).get(phase)
    if delivery.delay <= (_LONG if patience is None else patience):
        return delivery.delay, None
    if patience is None:
        return _LONG, MissingClientTimeout(
            f"{request.method} {request.url.path}: the client waits for ever for an answer that a fault keeps from it,"
            f" since it has no time-out ({phase}). Give it one: Client(timeout=10). One from outside, such as"
            " asyncio.timeout, counts together with the fixture voipbin_time."
        )
    return patience, kind("timed out", request=request)


async def _pass(clock: Clock, seconds: float) -> None:
    if clock.drives_event_loops:
        # httpx brings it along; it knows asyncio from trio.
        import anyio

        await anyio.sleep(seconds)
    else:
        clock.advance(seconds)


def _broken(library: ModuleType, request: Any, delivery: WireResponse) -> Exception:
    error, text = {
        "refused": (library.ConnectError, "[Errno 111] Connection refused"),
        "reset": (library.ReadError, "[Errno 104] Connection reset by peer"),
    }.get(delivery.connection_error, (library.RemoteProtocolError, "Server disconnected without sending a response."))
    broken: Exception = error(text, request=request)
    return broken


def _cut(library: ModuleType, answer: Response) -> Any:
    """A body behind which the connection closes too early."""

    def parts() -> Iterator[bytes]:
        if answer.body:
            yield answer.body
        raise library.RemoteProtocolError(
            "peer closed connection without sending complete message body"
            f" (received {len(answer.body)} bytes, expected {answer.header('Content-Length')})"
        )

    class Cut(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[name-defined,misc]
        def __iter__(self) -> Iterator[bytes]:
            return parts()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for part in parts():
                yield part

    return Cut()
