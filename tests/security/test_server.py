"""A server that is asked badly on purpose: slowly, for ever, or for a page that runs what it was sent."""

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
    "begun",
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
def test_clients_that_never_finish_hold_nobody_else_up(listener: Listener, begun: bytes) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(SLOW):
            slow = stack.enter_context(socket.create_connection((listener.host, listener.port)))
            slow.sendall(begun)
        assert httpx.get(f"{listener.url}/ping").status_code == 200
        assert httpx.get(f"{listener.url}/_fake/clock").status_code == 200


def test_a_body_that_is_packed_is_never_unpacked(listener: Listener) -> None:
    packed = b"\x1f\x8b\x08" + bytes(1000)
    for path in ("/auth/login", "/_fake/seed"):
        answer = httpx.post(listener.url + path, content=packed, headers={"Content-Encoding": "gzip"})
        assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/auth/login", "/v1.0/providercalls", "/_fake/seed", "/_fake/carriers/carrier"])
def test_a_bomb_of_brackets_is_an_error_of_the_clients(listener: Listener, path: str) -> None:
    for bomb in (b"[" * 500_000, b'{"a":' * 200_000, b'{"seconds":' + b"9" * 500_000 + b"}"):
        answer = httpx.request("PUT" if "carriers" in path else "POST", listener.url + path, content=bomb)
        assert answer.status_code in (400, 401)


def test_no_redirect_is_a_page_that_runs_what_it_was_sent() -> None:
    answer = FakeVoipbin().handle(Request("GET", "/v1.0/calls/?x=\"><script>alert('1')</script>&y"))
    assert (answer.status, answer.header("Content-Type")) == (301, "text/html; charset=utf-8")
    escaped = b"x=&#34;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;y"
    assert answer.body == b'<a href="/v1.0/calls?' + escaped + b'">Moved Permanently</a>.\n\n'
