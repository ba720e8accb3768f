"""The limit of Go's HTTP server for the size of a request line and its headers (net/http, server.go)."""

from __future__ import annotations

from itertools import chain
from typing import Final

from ...contracts.http import Headers, Request, Response

MAX_HEAD_SIZE: Final = 2**20 + 4096
"""DefaultMaxHeaderBytes, and the buffer that Go adds to it. VoIPbin's servers change neither."""
_TEXT: Final = b"431 Request Header Fields Too Large"
HEAD_TOO_LARGE: Final = Response(431, (("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")), _TEXT)
"""Go's response. It has no Content-Length: the body ends with the connection."""
_REQUEST_LINE: Final = len("  HTTP/1.1\r\n")
_HEADER: Final = len(": \r\n")
_END: Final = len("\r\n")


def is_head_too_large(request: Request) -> bool:
    """Return whether a request line and its headers are larger than Go's server accepts."""
    return head_size(request.method, request.target, request.headers) > MAX_HEAD_SIZE


def head_size(method: str, target: str, headers: Headers) -> int:
    """Return the number of bytes of a request line and its headers in HTTP/1.1."""
    size = sum(map(len, chain.from_iterable(headers))) + len(headers) * _HEADER
    return len(method) + len(target) + _REQUEST_LINE + size + _END
