"""Large requests: the limit of Go's server for headers, and bodies that take long to decode."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress

import httpx
import pytest
import respx
from pytest_providercalls.contracts.http import Headers, Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control import asgi_app
from pytest_providercalls.fake_server.gateway.request_head import MAX_HEAD_SIZE, head_size
from pytest_providercalls.fake_server.transports import asgi
from pytest_providercalls.fake_server.transports import respx as respx_transport
from pytest_providercalls.fake_server.transports.httpx import transport
from pytest_providercalls.fake_server.transports.loopback_server import Listener

GO = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Connection: close\r\n\r\n431 Request Header Fields Too Large"
)
"""The bytes that net/http of Go 1.26 sends."""
START = b"GET /ping HTTP/1.1\r\nHost: 127.0.0.1\r\n"
CHUNKED = b"POST /auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"


def head_of(size: int) -> bytes:
    """Return a request of this size without a body."""
    return START + b"X-A: " + b"a" * (size - len(START) - len(b"X-A: \r\n\r\n")) + b"\r\n\r\n"


def exchange(listener: Listener, sent: bytes, *, to_the_end: bool = False) -> bytes:
    """Send bytes and return the response: all of it, or its first part."""
    with closing(socket.create_connection((listener.host, listener.port), 30)) as connection:
        sender = threading.Thread(target=_send, args=(connection, sent))
        sender.start()
        received = connection.recv(65536)
        while to_the_end and (part := connection.recv(65536)):
            received += part
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        sender.join()
    return received


def _send(connection: socket.socket, sent: bytes) -> None:
    with suppress(OSError):
        connection.sendall(sent)


@pytest.mark.parametrize("path", ["/ping", "/_fake/clock"])
def test_the_largest_head_is_accepted_and_a_larger_one_refused_as_by_go(listener: Listener, path: str) -> None:
    longer = len(path) - len("/ping")
    largest = head_of(MAX_HEAD_SIZE - longer).replace(b"/ping", path.encode(), 1)
    assert exchange(listener, largest).startswith(b"HTTP/1.1 200 ")
    assert exchange(listener, largest.replace(b"X-A", b"X-AA"), to_the_end=True) == GO


HUGE: dict[str, Callable[[], bytes]] = {
    "header": lambda: head_of(8_000_000),
    "no end": lambda: head_of(8_000_000)[:-4],
    "name": lambda: START + b"a" * 2_000_000,
    "target": lambda: b"GET /" + b"a" * 2_000_000,
    "method": lambda: b"GET " + b" " * 2_000_000,
    "many": lambda: START + b"A: b\r\n" * 200_000 + b"\r\n",
    "trailer": lambda: CHUNKED + b"X: " + b"a" * 2_000_000,
    "trailers": lambda: CHUNKED + b"X: a\r\n" * 200_000,
}


@pytest.mark.parametrize("kind", HUGE)
def test_no_part_of_a_request_but_its_body_grows_without_limit(
    listener: Listener, served: FakeVoipbin, kind: str
) -> None:
    response = exchange(listener, HUGE[kind](), to_the_end=True)
    assert response == GO or response.startswith(b"HTTP/1.1 400 ")
    assert served.requests == []
    assert httpx.get(f"{listener.url}/ping").status_code == 200


def test_requests_on_one_connection_count_each_on_its_own(listener: Listener) -> None:
    sent = head_of(600_000) * 3 + START + b"Connection: close\r\n\r\n"
    assert exchange(listener, sent, to_the_end=True).count(b"HTTP/1.1 200 ") == 4


def test_clients_in_the_process_receive_the_same(served: FakeVoipbin) -> None:
    url, large = "https://api.voipbin.net/ping", {"X-A": "a" * MAX_HEAD_SIZE}
    with httpx.Client(transport=transport(served, httpx)) as client:
        assert client.get(url, headers={"X-A": "a" * 1_000_000}).status_code == 200
        responses = [client.get(url, headers=large)]
    with respx.mock() as router:
        respx_transport.mount(served, router)
        responses.append(httpx.get(url, headers=large))
    for response in responses:
        assert (response.status_code, response.content) == (431, b"431 Request Header Fields Too Large")
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert [entry.status for entry in served.requests] == [200, 431, 431]


@pytest.mark.parametrize("headers", [(), (("Host", "x"),), (("A", ""), ("B", "\xff"))])
def test_the_size_is_that_on_the_wire(headers: Headers) -> None:
    lines = ["GET /ping HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    assert head_size("GET", "/ping", headers) == len("\r\n".join(lines).encode("latin-1"))


# bodies


@pytest.mark.parametrize(
    ("path", "limit"), [("/auth/login", asgi.MAX_BODY_SIZE), ("/_fake/seed", asgi_app.MAX_BODY_SIZE)]
)
def test_a_body_that_takes_long_to_decode_is_refused(listener: Listener, path: str, limit: int) -> None:
    def post(body: bytes) -> httpx.Response:
        return httpx.post(listener.url + path, content=body, timeout=60)

    assert post(b"x" * limit).status_code == 400
    too_large = post(b"x" * (limit + 1))
    assert (too_large.status_code, too_large.content) == (413, b"")
    assert post(b"{" * 20_000_000).status_code == 413
    assert httpx.get(f"{listener.url}/ping").status_code == 200


def test_the_journal_records_the_size_of_what_is_too_long_to_search() -> None:
    fake = FakeVoipbin()
    secret = b"token=0paque-s3cret"
    for body in (secret * 10_000, b'{"a": "' + b"x" * 3_000_000 + b'"}'):
        fake.handle(Request("POST", "/auth/login", body=body))
        assert fake.requests[-1].request_body == b"<%d bytes>" % len(body)
    fake.handle(Request("GET", f"/{'%2541' * 100_000}?token=0paque-s3cret"))
    assert len(fake.requests[-1].url) < 20_000
    assert fake.requests[-1].url.endswith("...")
    body = b'{"a": "' + b"x" * 1_000_000 + b'"}'
    fake.handle(Request("POST", "/auth/login", body=body))
    assert fake.requests[-1].request_body == body
