"""The head of a request: its headers as the gateway looks them up, and the limit for its size in Go (net/http)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import lru_cache
from itertools import chain, starmap
from typing import Final

from ...contracts.http import Headers, Response
from ...contracts.light_imports import Value, dataclass, maker
from ...contracts.redaction import KNOWN, learn_headers

MAX_HEAD_SIZE: Final = 2**20 + 4096
"""DefaultMaxHeaderBytes, and the buffer that Go adds to it. VoIPbin's servers change neither."""
_BEARER: Final = "Bearer "
_TEXT: Final = b"431 Request Header Fields Too Large"
HEAD_TOO_LARGE: Final = Response(431, (("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")), _TEXT)
"""Go's response. It has no Content-Length: the body ends with the connection."""
_REQUEST_LINE: Final = len("  HTTP/1.1\r\n")
_HEADER: Final = len(": \r\n")
_END: Final = len("\r\n")


@dataclass(slots=True, eq=False, repr=False)
class RequestHead(Value):
    """The headers of a request: the first value of each by its name in lower case.

    `bearer` is the token of the Authorization header: the text between the first `Bearer ` and a second one; None if
    only its case is different. `size` is the number of bytes of the head, without those of the method and the target.
    """

    values: Mapping[str, str] = field(repr=False)
    bearer: str | None = field(repr=False)
    is_cross_origin: bool
    size: int


def read_headers(headers: Headers) -> RequestHead:
    """Return the headers as the gateway looks them up. The result is shared: callers must not modify it.

    The redaction learns the credentials in them.
    """
    try:
        return _read_cached(headers)
    except TypeError:
        # A test may pass lists.
        return _read(headers, _read_header.__wrapped__)


# A client sends the same few headers again and again, and those of another test with another token.
@lru_cache(maxsize=64)
def _read_header(name: str, value: str) -> tuple[str, str]:
    learn_headers(((name, value),))
    return name.lower(), value.strip(" \t")


def _read(headers: Headers, read: Callable[[str, str], tuple[str, str]] = _read_header) -> RequestHead:
    values = dict(starmap(read, reversed(headers)))
    size = len("".join(chain.from_iterable(headers))) + len(headers) * _HEADER
    bearer = bearer_of(values.get("authorization", ""))
    origin = values.get("origin", "")
    is_cross_origin = origin != "" and origin.partition("://")[2] != values.get("host")
    return maker(RequestHead)(values, bearer, is_cross_origin, _REQUEST_LINE + size + _END)


def bearer_of(header: str) -> str | None:
    """Return the token of an Authorization header, as in a RequestHead."""
    if _BEARER in header:
        return header.split(_BEARER, 2)[1]
    return None if header.lower().startswith(_BEARER.lower()) else ""


_read_cached = lru_cache(maxsize=64)(_read)
KNOWN.on_forgotten += (_read_header.cache_clear, _read_cached.cache_clear)


def head_size(method: str, target: str, headers: Headers) -> int:
    """Return the number of bytes of a request line and its headers in HTTP/1.1."""
    return len(method) + len(target) + read_headers(headers).size
