"""The fake over a real socket: valid HTTP/1.1, byte by byte, and malformed requests."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.asgi import Application
from pytest_providercalls.fake_server.transports.loopback_server import Listener, LoopbackServer

PING = b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"
CLOSE = b"Connection: close\r\n"


@pytest.fixture
def fake() -> FakeVoipbin:
    return FakeVoipbin()


@pytest.fixture
def listener(server: LoopbackServer, fake: FakeVoipbin) -> Iterator[Listener]:
    opened = server.serve(Application(fake))
    yield opened
    opened.close()


def connect(listener: Listener) -> socket.socket:
    return socket.create_connection((listener.host, listener.port), timeout=60)


def receive_all(sock: socket.socket) -> bytes:
    """Return all bytes received until the server closes or resets the connection."""
    parts = []
    try:
        while part := sock.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def response_to(listener: Listener, *parts: bytes) -> bytes:
    """Return the response to a request after which the server closes the connection."""
    with connect(listener) as sock:
        try:
            for part in parts:
                sock.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return receive_all(sock)


def still_serves(listener: Listener) -> bool:
    return response_to(listener, PING.replace(b"\r\n\r\n", b"\r\n" + CLOSE + b"\r\n")).endswith(b'{"message":"pong"}')


def login(size: int) -> bytes:
    return json.dumps({"username": "nobody", "password": "x" * size}).encode()


# valid requests


def test_one_connection_serves_pipelined_requests(listener: Listener, fake: FakeVoipbin) -> None:
    last = PING.replace(b"\r\n\r\n", b"\r\n" + CLOSE + b"\r\n")
    assert response_to(listener, PING * 9 + last).count(b'{"message":"pong"}') == 10
    assert len(fake.requests) == 10


def test_the_response_to_head_has_no_body(listener: Listener) -> None:
    response = response_to(listener, b"HEAD /v1.0/calls HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n")
    head, _, body = response.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert body == b""


def test_a_preflight_request_is_answered_as_by_the_gateway(listener: Listener) -> None:
    preflight = b"OPTIONS /v1.0/calls HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n" + CLOSE + b"\r\n"
    head, _, body = response_to(listener, preflight).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 204 ")
    assert b"\r\nAccess-Control-Allow-Origin: *".lower() in head.lower()
    assert body == b""


def test_responses_have_a_date_and_no_server_header(listener: Listener) -> None:
    head = response_to(listener, PING.replace(b"\r\n\r\n", b"\r\n" + CLOSE + b"\r\n")).partition(b"\r\n\r\n")[0].lower()
    assert head.count(b"\r\ndate: ") == 1
    assert b"\r\nserver:" not in head


@pytest.mark.parametrize("size", [10, 70_000, 1_000_000])
def test_a_body_of_any_size_is_received_completely(listener: Listener, fake: FakeVoipbin, size: int) -> None:
    body = login(size)
    head = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n" % len(body) + CLOSE + b"\r\n"
    assert response_to(listener, head, body).startswith(b"HTTP/1.1 400 ")
    assert fake.requests[0].request_body == b'{"username": "nobody", "password": "***"}'


def test_a_chunked_body_in_small_pieces_is_received_completely(listener: Listener, fake: FakeVoipbin) -> None:
    body = login(50)
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:8], body[8:])]
    wire = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + CLOSE + b"\r\n"
    wire += b"".join(chunks) + b"0\r\n\r\n"
    assert response_to(listener, *(wire[start : start + 9] for start in range(0, len(wire), 9)))[9:12] == b"400"
    assert fake.requests[0].request_body == b'{"username": "nobody", "password": "***"}'


def test_expect_100_continue_is_answered(listener: Listener) -> None:
    body = login(5)
    head = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n" % len(body)
    with connect(listener) as sock:
        sock.sendall(head + CLOSE + b"\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert receive_all(sock).startswith(b"HTTP/1.1 400 ")


# malformed requests: the server rejects them or waits for the rest; none reaches the fake, and the next request works

MALFORMED = {
    "a bad request line": b"GET\r\n\r\n",
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "an unknown method": b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
    "no path": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "a version that does not exist": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
    "a space in a header name": b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n",
    "a null byte in a header": b"GET / HTTP/1.1\r\nHost: \x00\r\n\r\n",
    "a length that is not a number": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length and chunks": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a chunk size that is not a number": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
}


@pytest.mark.parametrize("wire", MALFORMED.values(), ids=MALFORMED)
def test_malformed_http_is_rejected(listener: Listener, fake: FakeVoipbin, wire: bytes) -> None:
    assert response_to(listener, wire).startswith(b"HTTP/1.1 400 ")
    assert fake.requests == []
    assert still_serves(listener)


def test_a_thousand_headers_are_accepted(listener: Listener) -> None:
    many = b"".join(b"X-%d: %d\r\n" % (number, number) for number in range(1000))
    assert b'{"message":"pong"}' in response_to(listener, b"GET /ping HTTP/1.1\r\nHost: x\r\n" + many + CLOSE + b"\r\n")
    assert still_serves(listener)


def test_slow_headers_do_not_block_other_clients(listener: Listener) -> None:
    with connect(listener) as slow:
        for byte in PING[:-1]:
            slow.sendall(bytes([byte]))
        assert still_serves(listener)
        slow.sendall(PING[-1:])
        assert slow.recv(1000).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "wire", [b"", b"GET /pi", PING[:-2], b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"]
)
def test_an_incomplete_request_is_dropped(listener: Listener, fake: FakeVoipbin, wire: bytes) -> None:
    assert _response_after_half_close(listener, wire) == b""
    assert fake.requests == []
    assert still_serves(listener)


def test_a_complete_request_is_answered_after_half_close(listener: Listener) -> None:
    assert b'{"message":"pong"}' in _response_after_half_close(listener, PING)


def test_the_server_survives_connection_resets(listener: Listener) -> None:
    for wire in (PING[:9], PING, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"):
        sock = connect(listener)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        sock.sendall(wire)
        sock.close()
    assert still_serves(listener)


def _response_after_half_close(listener: Listener, wire: bytes) -> bytes:
    with connect(listener) as sock:
        sock.sendall(wire)
        sock.shutdown(socket.SHUT_WR)
        return receive_all(sock)
