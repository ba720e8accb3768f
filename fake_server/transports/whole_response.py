"""Responses of httpx and httpx2 whose body is here already: a client reads it in one step."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from types import ModuleType
from typing import Any, Final

from .patches import is_own

_NAMES: Final = ("read", "aread", "iter_bytes", "aiter_bytes", "iter_raw", "aiter_raw", "close", "aclose")
"""The methods that take part when a library reads a response itself."""
_methods: Final = attrgetter(*_NAMES)


def create_response(
    library: ModuleType, status: int, headers: list[tuple[bytes, bytes]], body: bytes, extensions: dict[str, Any]
) -> Any:
    """Return the response of a transport.

    It becomes the library's own when it is read, in the state in which the library's way leaves it. That way takes a
    tenth of the time of a whole request: a body goes through five generators. The library reads the response itself if
    anything is not as usual, for example if another tool has patched a method or replaced the stream.
    """
    own = library.Response
    try:
        # A test may have replaced it by a mock.
        response, stream = _types(library, own) if isinstance(own, type) else (own, library.ByteStream)
    except _IsPatchedError:
        response, stream = own, library.ByteStream
    return response(status, headers=headers, stream=stream(body), extensions=extensions)


class _IsPatchedError(Exception):
    """Another tool has patched the methods of responses, for a while."""


@lru_cache(maxsize=8)
def _types(library: ModuleType, own: Any) -> tuple[Any, Any]:
    """Return the type of an unread response, and that of its stream. Raises _IsPatchedError."""
    if not all(is_own(own, getattr(own, name, None)) for name in ("__init__", *_NAMES)):
        raise _IsPatchedError
    methods, read = _methods(own), vars(own(200, content=b"1"))
    decoder, replaceable = type(read.get("_decoder")), frozenset(_NAMES)
    # Another release may store something else.
    if read.get("_content") != b"1":
        return own, library.ByteStream

    class WholeBody(library.ByteStream):  # type: ignore[misc,name-defined]
        """A body that is here already."""

    class UnreadResponse(own):  # type: ignore[misc]
        """A response that a client has not read yet."""

        def read(self) -> Any:
            if not begins(self, library.SyncByteStream):
                return self.read()
            store(self, b"".join(self.stream))
            self.stream.close()
            return self._content

        async def aread(self) -> Any:
            if not begins(self, library.AsyncByteStream):
                return await self.aread()
            store(self, b"".join([part async for part in self.stream]))
            await self.stream.aclose()
            return self._content

        def __reduce_ex__(self, protocol: Any) -> Any:
            # pickle looks a type up by its name.
            self.__class__ = own
            return self.__reduce_ex__(protocol)

    def begins(response: Any, kind: type) -> bool:
        """Make a response the library's own. Return whether its body can be read in one step, which then begins."""
        response.__class__ = own
        stream = response.stream
        is_usual = (
            # The stream of a client around ours.
            type(getattr(stream, "_stream", None)) is WholeBody
            and isinstance(stream, kind)
            and not (response.is_stream_consumed or response.is_closed)
            and type(response._get_content_decoder()) is decoder
            and _methods(own) == methods
            and replaceable.isdisjoint(vars(response))
        )
        response.is_stream_consumed |= is_usual
        return is_usual

    def store(response: Any, content: bytes) -> None:
        response._content = content
        response._num_bytes_downloaded = len(content)
        response.is_closed = True

    return UnreadResponse, WholeBody
