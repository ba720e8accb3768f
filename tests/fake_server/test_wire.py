"""The fake over a real socket, spoken to byte by byte: what HTTP/1.1 wants, and what no client should ever send."""

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


def all_of(sock: socket.socket) -> bytes:
    """What comes until the server closes the connection, or cuts it off."""
    parts = []
    try:
        while part := sock.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def answer_to(listener: Listener, *parts: bytes) -> bytes:
    """The answer to a request that asks for the connection to be closed, or that makes the server close it."""
    with connect(listener) as sock:
        try:
            for part in parts:
                sock.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return all_of(sock)


def still_serves(listener: Listener) -> bool:
    return answer_to(listener, PING.replace(b"\r\n\r\n", b"\r\n" + CLOSE + b"\r\n")).endswith(b'{"message":"pong"}')


def login(size: int) -> bytes:
    return json.dumps({"username": "nobody", "password": "x" * size}).encode()


# what HTTP/1.1 wants


def test_one_connection_carries_many_requests_also_at_once(listener: Listener, fake: FakeVoipbin) -> None:
    last = PING.replace(b"\r\n\r\n", b"\r\n" + CLOSE + b"\r\n")
    assert answer_to(listener, PING * 9 + last).count(b'{"message":"pong"}') == 10
    assert len(fake.requests) == 10


def test_head_has_no_body(listener: Listener) -> None:
    answer = answer_to(listener, b"HEAD /v1.0/calls HTTP/1.1\r\nHost: x\r\n" + CLOSE + b"\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert body == b""


def test_a_preflight_is_answered_as_the_gateway_does(listener: Listener) -> None:
    asked = b"OPTIONS /v1.0/calls HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n" + CLOSE + b"\r\n"
    head, _, body = answer_to(listener, asked).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 204 ")
    assert b"\r\nAccess-Control-Allow-Origin: *".lower() in head.lower()
    assert body == b""


def test_answers_have_a_date_and_do_not_name_the_server(listener: Listener) -> None:
    head = answer_to(listener, PING.replace(b"\r\n\r\n", b"\r\n" + CLOSE + b"\r\n")).partition(b"\r\n\r\n")[0].lower()
    assert head.count(b"\r\ndate: ") == 1
    assert b"\r\nserver:" not in head


@pytest.mark.parametrize("size", [10, 70_000, 3_000_000])
def test_bodies_of_any_size_arrive_whole(listener: Listener, fake: FakeVoipbin, size: int) -> None:
    body = login(size)
    head = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n" % len(body) + CLOSE + b"\r\n"
    assert answer_to(listener, head, body).startswith(b"HTTP/1.1 400 ")
    assert fake.requests[0].request_body == b'{"username": "nobody", "password": "***"}'


def test_a_chunked_body_arrives_whole_however_it_is_cut(listener: Listener, fake: FakeVoipbin) -> None:
    body = login(50)
    chunks = [b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:8], body[8:])]
    wire = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n" + CLOSE + b"\r\n"
    wire += b"".join(chunks) + b"0\r\n\r\n"
    assert answer_to(listener, *(wire[start : start + 9] for start in range(0, len(wire), 9)))[9:12] == b"400"
    assert fake.requests[0].request_body == b'{"username": "nobody", "password": "***"}'


def test_who_waits_to_be_told_to_go_on_is_told(listener: Listener) -> None:
    body = login(5)
    head = b"POST /auth/login HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n" % len(body)
    with connect(listener) as sock:
        sock.sendall(head + CLOSE + b"\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert all_of(sock).startswith(b"HTTP/1.1 400 ")


# what no client should send: each is refused or waited for, nothing of it reaches the fake, and the next is served

REFUSED = {
    "a bad request line": b"GET\r\n\r\n",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "an unknown method": b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
    "no path": b"GET  HTTP/1.1\r\nHost: x\r\n\r\n",
    "a version that does not exist": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "a header without a colon": b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
    "a space in a header's name": b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n",
    "a null byte in a header": b"GET / HTTP/1.1\r\nHost: \x00\r\n\r\n",
    "a length that is no number": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length and chunks": (
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a chunk that is no number": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
}


@pytest.mark.parametrize("wire", REFUSED.values(), ids=REFUSED)
def test_malformed_http_is_refused(listener: Listener, fake: FakeVoipbin, wire: bytes) -> None:
    assert answer_to(listener, wire).startswith(b"HTTP/1.1 400 ")
    assert fake.requests == []
    assert still_serves(listener)


def test_a_thousand_headers_are_read(listener: Listener) -> None:
    many = b"".join(b"X-%d: %d\r\n" % (number, number) for number in range(1000))
    assert b'{"message":"pong"}' in answer_to(listener, b"GET /ping HTTP/1.1\r\nHost: x\r\n" + many + CLOSE + b"\r\n")
    assert still_serves(listener)


def test_slow_headers_hold_up_nobody(listener: Listener) -> None:
    with connect(listener) as slow:
        for byte in PING[:-1]:
            slow.sendall(bytes([byte]))
        assert still_serves(listener)
        slow.sendall(PING[-1:])
        assert slow.recv(1000).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "wire", [b"", b"GET /pi", PING[:-2], b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"]
)
def test_who_closes_its_half_too_early_has_asked_nothing(listener: Listener, fake: FakeVoipbin, wire: bytes) -> None:
    assert _half_closed(listener, wire) == b""
    assert fake.requests == []
    assert still_serves(listener)


def test_who_closes_its_half_after_the_request_is_answered(listener: Listener) -> None:
    assert b'{"message":"pong"}' in _half_closed(listener, PING)


def test_who_resets_the_connection_in_the_middle_is_forgotten(listener: Listener) -> None:
    for wire in (PING[:9], PING, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"):
        sock = connect(listener)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        sock.sendall(wire)
        sock.close()
    assert still_serves(listener)


def _half_closed(listener: Listener, wire: bytes) -> bytes:
    with connect(listener) as sock:
        sock.sendall(wire)
        sock.shutdown(socket.SHUT_WR)
        return all_of(sock)
