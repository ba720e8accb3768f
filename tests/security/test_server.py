"""Hostile requests to a server: slow or endless requests, huge bodies, and script injection."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import httpx
import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.asgi_app import FakeApp
from pytest_providercalls.fake_server.transports.loopback_server import Listener, LoopbackServer

SLOW = 100


@pytest.fixture
def listener() -> Iterator[Listener]:
    fake = FakeVoipbin()
    with LoopbackServer() as server:
        yield server.serve(FakeApp(fake, lambda: ControlApi(fake)))


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"POST /v1.0/providercalls HT",
        b"POST /v1.0/providercalls HTTP/1.1\r\nHost: x\r\nX-A: ",
        b"POST /v1.0/providercalls HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{",
        b"POST /_fake/seed HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        b"GET /_fake/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ],
    ids=["silent", "line", "header", "body", "chunk", "stream"],
)
def test_clients_that_never_finish_do_not_block_others(listener: Listener, start: bytes) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(SLOW):
            slow = stack.enter_context(socket.create_connection((listener.host, listener.port)))
            slow.sendall(start)
        assert httpx.get(f"{listener.url}/ping").status_code == 200
        assert httpx.get(f"{listener.url}/_fake/clock").status_code == 200


def test_a_compressed_body_is_not_decompressed(listener: Listener) -> None:
    compressed = b"\x1f\x8b\x08" + bytes(1000)
    for path in ("/auth/login", "/_fake/seed"):
        response = httpx.post(listener.url + path, content=compressed, headers={"Content-Encoding": "gzip"})
        assert response.status_code == 400


@pytest.mark.parametrize("path", ["/auth/login", "/v1.0/providercalls", "/_fake/seed", "/_fake/carriers/carrier"])
def test_a_deeply_nested_body_is_a_client_error(listener: Listener, path: str) -> None:
    for bomb in (b"[" * 500_000, b'{"a":' * 200_000, b'{"seconds":' + b"9" * 500_000 + b"}"):
        response = httpx.request("PUT" if "carriers" in path else "POST", listener.url + path, content=bomb)
        assert response.status_code in (400, 401)


def test_a_redirect_escapes_the_url() -> None:
    response = FakeVoipbin().handle(Request("GET", "/v1.0/calls/?x=\"><script>alert('1')</script>&y"))
    assert (response.status, response.header("Content-Type")) == (301, "text/html; charset=utf-8")
    escaped = b"x=&#34;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;y"
    assert response.body == b'<a href="/v1.0/calls?' + escaped + b'">Moved Permanently</a>.\n\n'
