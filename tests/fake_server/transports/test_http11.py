"""Requests on the wire that only some clients send: an upgrade to another protocol, and the host in the target."""

from __future__ import annotations

import json
import socket
from contextlib import closing

import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.loopback_server import Listener

H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
"""What Java's HttpClient and `curl --http2` send with their first request."""
WEBSOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
LAST = b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def exchange(listener: Listener, *parts: bytes) -> bytes:
    """Send bytes, the second part after the server has received the first, and return all that it responds."""
    with closing(socket.create_connection((listener.host, listener.port), 30)) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


def login(served: FakeVoipbin, headers: bytes, *, chunked: bool) -> tuple[bytes, bytes]:
    """Return the head and the body of a login."""
    admin = served.super_admin
    body = json.dumps({"username": admin.username, "password": admin.password}).encode()
    length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(body)
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body
    return b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\n%b%b\r\n\r\n" % (headers, length), sent


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("headers", [H2C, WEBSOCKET], ids=["h2c", "websocket"])
def test_the_body_of_a_request_for_an_upgrade_arrives(
    listener: Listener, served: FakeVoipbin, headers: bytes, chunked: bool
) -> None:
    head, body = login(served, headers, chunked=chunked)
    assert exchange(listener, head + body + LAST).count(b"HTTP/1.1 200 ") == 2
    assert exchange(listener, head, body + LAST).count(b"HTTP/1.1 200 ") == 2
    assert exchange(listener, head + body[:5], body[5:] + LAST).count(b"HTTP/1.1 200 ") == 2


def test_any_number_of_them_may_follow_each_other(listener: Listener, served: FakeVoipbin) -> None:
    request = b"GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    assert exchange(listener, request * 1500 + LAST).count(b"HTTP/1.1 200 ") == 1501
    assert {entry.status for entry in served.requests} == {200}


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        (b"http://evil.example/_fake/clock", b"localhost", 403),
        (b"http://evil.example:80/ping", b"127.0.0.1", 403),
        (b"http://localhost/ping", b"evil.example", 403),
        (b"http://[2001:db8::1]:80/ping", b"[::1]:80", 403),
        (b"http://[::1]:80/ping", b"[::1]:80", 200),
        (b"http://me:pw@localhost/ping", b"localhost", 200),
    ],
)
def test_a_host_in_the_target_is_that_of_the_header(
    listener: Listener, target: bytes, host: bytes, status: int
) -> None:
    sent = b"GET %b HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n" % (target, host)
    assert exchange(listener, sent).startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize(
    ("target", "status"), [(b"/" + b"a" * 65_534, 404), (b"/" + b"a" * 65_535, 400), (b"/\xff", 400)]
)
def test_the_parser_limits_the_target(listener: Listener, target: bytes, status: int) -> None:
    sent = b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % target
    assert exchange(listener, sent).startswith(b"HTTP/1.1 %d " % status)
