"""The skins for httpx and httpx2, which have the same names: the library is always an argument."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ...contracts.http import Request
from . import Handler


def exchange(library: ModuleType, request: Any, body: bytes, handler: Handler) -> Any:
    """Have a library's request, whose body has been read, answered; the answer is the library's response."""
    headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw])
    answer = handler.handle(Request(request.method, request.url.raw_path.decode("ascii"), headers, body))
    # A slow answer will honour request.extensions["timeout"] here: plain in-process transports ignore it.
    #
    # Bytes, since the libraries take text for ASCII. A stream, since `content=` makes a response that was read
    # before the client has it: `elapsed` and `iter_raw` fail, and a hook that forgets to read works here only.
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    return library.Response(answer.status, headers=raw, stream=library.ByteStream(answer.body))


def transport(handler: Handler, library: ModuleType) -> Any:
    """A transport of a library for both its Client and its AsyncClient, answered by the handler."""

    class InProcess(library.BaseTransport, library.AsyncBaseTransport):  # type: ignore[name-defined,misc]
        def handle_request(self, request: Any) -> Any:
            return exchange(library, request, request.read(), handler)

        async def handle_async_request(self, request: Any) -> Any:
            return exchange(library, request, await request.aread(), handler)

    return InProcess()
