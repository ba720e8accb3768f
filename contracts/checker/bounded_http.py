"""HTTP exchanges with a server that may be hostile: limits for the time, the size and the content of a response."""

from __future__ import annotations

import json
import os
import socket
import ssl
import time
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn

# The network layer of httpx. Only here can the time of a whole exchange be limited: httpx limits each read.
import httpcore
import httpx

from ..http import Request, Response

MAX_BODY: Final = 4 * 2**20
"""The size of a body in bytes, before and after decoding. VoIPbin's largest pages have less than a tenth of it."""
MAX_DEPTH: Final = 100
"""How deep the objects and arrays of a body may be nested."""
_MAX_DIGITS: Final = 309
"""No integer with more digits is in the range of a double."""
_MAX_REASON: Final = 200
_GZIP: Final = ("gzip", "x-gzip")
_GZIP_FORMAT: Final = 16 + zlib.MAX_WBITS


class NoResponse(Exception):
    """There was no complete HTTP response within the time limit."""


class UnsafeResponse(Exception):
    """A response that VoIPbin never sends and that is not processed: too large, too deep, or with invalid numbers."""


class BoundedHttp:
    """One connection to a server, on which an exchange takes at most `timeout` seconds, from the DNS response on.

    `trusted` checks the certificates of https URLs. Redirects are not followed and nothing is sent twice.
    """

    def __init__(self, timeout: float, trusted: ssl.SSLContext | None = None, max_body: int = MAX_BODY) -> None:
        self._timeout, self._max_body = timeout, max_body
        self._deadline = _Deadline()
        # Only a pool: a client would store cookies and log URLs, which contain tokens.
        self._pool = httpcore.ConnectionPool(
            ssl_context=trusted, max_connections=1, network_backend=_BoundedBackend(self._deadline)
        )

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()

    def exchange(self, root: str, request: Request) -> Response:
        """Send a request to the server at `root` and return the response.

        Raises NoResponse if it is not complete in time, UnsafeResponse if it exceeds a limit.
        """
        self._deadline.set(self._timeout)
        try:
            received = self._pool.handle_request(_to_httpcore(root, request))
            try:
                body = self._read(received.iter_stream())
            finally:
                received.close()
        except httpcore.TimeoutException:
            raise NoResponse(f"no complete response within {self._timeout:g} s") from None
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            httpx.InvalidURL,
        ) as error:
            raise NoResponse(_one_line(f"no response: {type(error).__name__}: {error}")) from None
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in received.headers)
        response = Response(received.status, headers, body)
        response = response._replace(body=self._decode(response.header("Content-Encoding") or "", body))
        _check_json(response.body)
        return response

    def _read(self, chunks: Iterable[bytes]) -> bytes:
        body = bytearray()
        for chunk in chunks:
            body += chunk
            self._check_size(len(body))
        return bytes(body)

    def _decode(self, coding: str, body: bytes) -> bytes:
        if not body or coding.strip().lower() in ("", "identity"):
            return body
        if coding.strip().lower() not in _GZIP:
            raise UnsafeResponse(f"the body has the encoding {_one_line(repr(coding))}, which was not requested")
        decoder = zlib.decompressobj(_GZIP_FORMAT)
        try:
            decoded = decoder.decompress(body, self._max_body + 1)
        except zlib.error:
            raise UnsafeResponse("the body is not valid gzip") from None
        self._check_size(len(decoded))
        if not decoder.eof or decoder.unused_data:
            raise UnsafeResponse("the body is not valid gzip")
        return decoded

    def _check_size(self, size: int) -> None:
        if size > self._max_body:
            raise UnsafeResponse(f"the body is larger than {self._max_body} bytes")


def trust(scheme: str) -> ssl.SSLContext | None:
    """Return what checks a server's certificates: public CAs, or those in SSL_CERT_FILE or SSL_CERT_DIR.

    Raises OSError if the file is missing or contains no certificate.
    """
    if scheme != "https":
        return None
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        # OpenSSL ignores a missing folder, and the failure would then look like one of the server.
        if os.environ.get(name) and not os.path.exists(os.environ[name]):
            raise OSError(f"{name} names a path that does not exist: {os.environ[name]}")
    return httpx.create_ssl_context()


def _to_httpcore(root: str, request: Request) -> httpcore.Request:
    headers = [("Accept-Encoding", "identity"), *request.headers]
    built = httpx.Request(request.method, root + request.target, headers=headers, content=request.body or None)
    url = httpcore.URL(
        scheme=built.url.raw_scheme, host=built.url.raw_host, port=built.url.port, target=built.url.raw_path
    )
    return httpcore.Request(built.method, url, headers=built.headers.raw, content=request.body or None)


def _one_line(text: str) -> str:
    """Return a text that a server may have chosen, on one line and not too long."""
    text = " ".join(text.split())
    return text if len(text) <= _MAX_REASON else f"{text[:_MAX_REASON]}..."


# time


class _Deadline:
    """The time at which the current exchange ends."""

    def __init__(self) -> None:
        self._end = 0.0

    def set(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, timeout: float | None) -> float:
        """Return the seconds left for an operation with a timeout. Raises httpcore.ReadTimeout if there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if timeout is None else min(left, timeout)


class _BoundedBackend(httpcore.NetworkBackend):
    """The network with a deadline instead of a timeout per operation."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from None
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        # One at a time: the network layer would give each address of a host the whole time.
        for address in (str(one[4][0]) for one in found):
            try:
                stream = self._backend.connect_tcp(
                    address, port, self._deadline.left(timeout), local_address, socket_options
                )
            except httpcore.ConnectError as error:
                failure = error
            else:
                return _BoundedStream(stream, self._deadline)
        raise failure


class _BoundedStream(httpcore.NetworkStream):
    """A connection with a deadline for each exchange."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _BoundedStream(
            self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout)), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()


# content


def _check_json(body: bytes) -> None:
    """Raise UnsafeResponse for JSON that is nested too deep or has a number out of range. Ignores other bodies."""
    try:
        value = json.loads(body, parse_float=_float, parse_int=_int, parse_constant=_out_of_range)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        return
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise _too_deep()


def _too_deep() -> UnsafeResponse:
    return UnsafeResponse(f"the JSON of the body is nested more than {MAX_DEPTH} levels deep")


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level := [inner for one in level for inner in _inside(one)]:
        depth += 1
    return depth


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()


def _float(text: str) -> float:
    found = float(text)
    return found if abs(found) != float("inf") else _out_of_range(text)


def _int(text: str) -> int:
    return int(text) if len(text.lstrip("-")) <= _MAX_DIGITS else _out_of_range(text)


def _out_of_range(text: str) -> NoReturn:
    raise UnsafeResponse(f"the JSON of the body contains the number {text[:20]}, which is out of range")
