"""The head of a request: its headers as the gateway looks them up, and the limit for its size in Go (net/http)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from ...contracts.http import Headers, Request, Response

MAX_HEAD_SIZE: Final = 2**20 + 4096
"""DefaultMaxHeaderBytes, and the buffer that Go adds to it. VoIPbin's servers change neither."""
_TEXT: Final = b"431 Request Header Fields Too Large"
HEAD_TOO_LARGE: Final = Response(431, (("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")), _TEXT)
"""Go's response. It has no Content-Length: the body ends with the connection."""
_REQUEST_LINE: Final = len("  HTTP/1.1\r\n")
_HEADER: Final = len(": \r\n")
_END: Final = len("\r\n")


class RequestHead(NamedTuple):
    """The headers of a request: the first value of each by its name in lower case, and the size of all in bytes."""

    values: Mapping[str, str]
    size: int


def read_headers(headers: Headers) -> RequestHead:
    """Return the headers as the gateway looks them up. The result is shared: callers must not modify it."""
    try:
        return _read_cached(headers)
    except TypeError:
        # A test may pass lists.
        return _read(headers)


def _read(headers: Headers) -> RequestHead:
    values = {name.lower(): value.strip(" \t") for name, value in reversed(headers)}
    return RequestHead(values, sum(map(len, chain.from_iterable(headers))) + len(headers) * _HEADER)


_read_cached = lru_cache(maxsize=64)(_read)
"""A client sends the same few headers again and again."""


def is_head_too_large(request: Request) -> bool:
    """Return whether a request line and its headers are larger than Go's server accepts."""
    return head_size(request.method, request.target, request.headers) > MAX_HEAD_SIZE


def head_size(method: str, target: str, headers: Headers) -> int:
    """Return the number of bytes of a request line and its headers in HTTP/1.1."""
    return len(method) + len(target) + _REQUEST_LINE + read_headers(headers).size + _END
