"""A fuzz target that turns bytes into broken HTTP over real sockets: truncated, delayed, pipelined, wrong lengths."""

from __future__ import annotations

import json
import logging
import re
import socket
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Final

from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.access import AccessPolicy
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.asgi_app import FakeApp
from pytest_providercalls.fake_server.transports.loopback_server import Listener, LoopbackServer

from .. import invariants
from .choices import Choices

_TIMEOUT: Final = 30.0
"""Seconds after which a server that neither responds nor closes counts as hanging."""
_RESET: Final = b"\x01\x00\x00\x00\x00\x00\x00\x00"
PLACE: Final = {
    "source": {"type": "tel", "target": "+12025550100"},
    "destinations": [{"type": "tel", "target": "+1202"}],
}
STARTS: Final = (
    b"GET /ping HTTP/1.1",
    b"POST /v1.0/providercalls HTTP/1.1",
    b"POST /auth/login HTTP/1.1",
    b"HEAD /v1.0/calls HTTP/1.1",
    b"GET /v1.0/calls/?x=%ff\xe9 HTTP/1.1",
    b"GET /v1.0/calls/%zz HTTP/1.1",
    b"OPTIONS * HTTP/1.1",
    b"GET http://localhost/ping HTTP/1.1",
    b"CONNECT fake.example:443 HTTP/1.1",
    b"PRI * HTTP/2.0",
    b"GET /ping HTTP/1.0",
    b"GET /ping HTTP/0.9",
    b"get /ping http/1.1",
    b"GET  /ping  HTTP/1.1",
    b"GET /" + b"a" * 70_000 + b" HTTP/1.1",
    b"DELETE /v1.0/calls/x#y HTTP/1.1",
    b"GET /_fake/overview HTTP/1.1",
    b"GET /_fake/stream HTTP/1.1",
    b"POST /_fake/clock/advance HTTP/1.1",
)
HEADERS: Final = (
    b"Connection: close",
    b"Connection: keep-alive",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13",
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA",
    b"Content-Length: 5",
    b"Content-Length: -1",
    b"Content-Length: 5, 5",
    b"Content-Length: 99999999999999999999999",
    b"Content-Length: 0x5",
    b"Content-Length:",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding : chunked",
    b"Expect: 100-continue",
    b"Expect: a miracle",
    b"X-Folded: a\r\n b",
    b"X-Bare: a\nX-Other: b",
    b"X-Null: \x00",
    b"X-Long: " + b"a" * 100_000,
    b"\r\n".join(b"X-%d: y" % number for number in range(2000)),
    b": nameless",
    b"no colon",
    b"Origin: https://a.example",
    b"X-Request-Id: req-1",
    b"Cookie: token=\xff; accesskey=%zz",
    b"Authorization: Bearer \xff",
)
BODIES: Final = (
    b"",
    b'5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n',
    b"5;ext=1\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
    b"zz\r\n\r\n",
    b"-1\r\nx\r\n",
    b"ffffffffffffffffff\r\nx",
    b"5\r\nhel",
    b"5\nhello\n0\n\n",
    b"{}",
    b"\x00" * 100,
    b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n",
)
_STATUS: Final = re.compile(rb"HTTP/1\.1 ([0-9]{3}) [^\r\n]*\r\n")
_LENGTH: Final = re.compile(rb"\r\ncontent-length: ([0-9]+)\r\n", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding: chunked\r\n", re.IGNORECASE)
_UNREADABLE: Final = b"Invalid HTTP request received."
_OWN_HEADER: Final = b"\r\ncross-origin-resource-policy:"
"""A header of the server's own responses. Their body is missing if they respond to HEAD."""
"""The reason of the access control, which refuses a request before the fake sees it."""


class Conversations(logging.Handler):
    """A server on real sockets, used as a context manager. Errors that it logs are failures."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._server = LoopbackServer("voipbin-fuzz")
        self._errors: list[str] = []

    def __enter__(self) -> Conversations:
        self._server.start()
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        logging.getLogger().removeHandler(self)
        self._server.stop()

    def emit(self, record: logging.LogRecord) -> None:
        """Record an error."""
        self._errors.append(self.format(record))

    def run(self, data: bytes) -> None:
        """Run the conversation that the bytes select. Raises AssertionError if the server misbehaves."""
        choices, fake = Choices(data), FakeVoipbin()
        _inject_fault(fake, choices)
        listener = self._server.serve(FakeApp(fake, lambda: ControlApi(fake), AccessPolicy(["x"], ["*"])))
        try:
            sent = b"".join(_requests(choices, fake))
            received = _converse(listener, choices, sent)
            assert b'{"message":"pong"}' in _converse(listener, Choices(b""), _PING), "the next client is not served"
            if received is not None:
                _check(fake, received, uses_control_api=b"/_fake" in sent)
        finally:
            listener.close()
        invariants.check(fake)
        errors, self._errors = self._errors, []
        assert errors == [], "\n".join(errors)


_PING: Final = b"GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def _inject_fault(fake: FakeVoipbin, choices: Choices) -> None:
    kind = choices.pick(("", "", "drop", "reset", "truncate", "corrupt"))
    if kind:
        fake.faults.add(kind, nth=choices.pick((1, 2)), path="/auth/login")  # type: ignore[arg-type]


def _requests(choices: Choices, fake: FakeVoipbin) -> Iterator[bytes]:
    """Yield one to four pipelined requests; the last may be truncated."""
    for _ in range(1 + choices.byte() % 4):
        wire = _request(choices, fake)
        yield wire
    if choices.byte() < 40:
        yield choices.blob()


def _request(choices: Choices, fake: FakeVoipbin) -> bytes:
    start = choices.pick(STARTS) if choices.byte() < 240 else choices.blob()
    headers = [
        choices.pick((b"Host: x", b"Host: localhost")),
        b"Authorization: Bearer %s" % fake.super_admin.token.encode(),
    ]
    headers += choices.some(HEADERS, 3) if choices.byte() < 200 else []
    body = b""
    if start.startswith(b"POST"):
        body = json.dumps({**PLACE, "provider_id": fake.provider.id}).encode()
        headers.append(b"Content-Length: %d" % (len(body) + choices.pick((0, 0, 0, 0, 1, -1, 1000))))
    if choices.byte() < 60:
        headers, body = headers[:-1] + choices.some(HEADERS, 2), choices.pick((*BODIES, choices.blob()))
    wire = b"\r\n".join([start, *headers, b"", b""]) + body
    if choices.byte() < 60:
        at = choices.byte() * choices.byte() % (len(wire) + 1)
        wire = wire[:at] + choices.pick((b"", choices.blob())) + wire[at + choices.byte() % 8 :]
    return wire if choices.byte() < 230 else wire[: choices.byte() * choices.byte() % (len(wire) + 1)]


def _converse(listener: Listener, choices: Choices, wire: bytes) -> bytes | None:
    """Return the bytes received until the server closes, or None if the client does not wait."""
    with socket.create_connection((listener.host, listener.port), timeout=_TIMEOUT) as sock:
        leaves = choices.byte() > 235
        try:
            for part in _parts(choices, wire):
                sock.sendall(part)
            if leaves:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                return None
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            # The server may close early.
            pass
        return _read_all(sock)


def _parts(choices: Choices, wire: bytes) -> Iterator[bytes]:
    """Yield the bytes at once or in parts, some of them delayed."""
    for _ in range(max(0, choices.byte() - 200) % 16):
        at = choices.byte() * choices.byte() % (len(wire) + 1)
        yield wire[:at]
        wire = wire[at:]
        time.sleep(0.001 * (choices.byte() % 3))
    yield wire


def _read_all(sock: socket.socket) -> bytes:
    parts = []
    try:
        while part := sock.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def _check(fake: FakeVoipbin, received: bytes, *, uses_control_api: bool) -> None:
    """Check that the bytes are HTTP responses without 5xx, and that each is in the journal.

    Responses of the control API are not in the journal.
    """
    statuses = list(_responses(received))
    assert not any(status >= 500 for status, _, _ in statuses), f"the server failed: {received[:300]!r}"
    if uses_control_api:
        return
    of_the_fake = sum(
        status >= 200 and body != _UNREADABLE and _OWN_HEADER not in head for status, head, body in statuses
    )
    # Without the ping that followed.
    requests = len(fake.requests) - 1
    assert of_the_fake <= requests, f"{of_the_fake} responses to {requests} requests: {received[:300]!r}"
    # A client that closed its half of the connection while several requests wait gets only the first response.
    if requests == 1 and len(statuses) == of_the_fake and not fake.requests[0].fault:
        assert of_the_fake == 1, "a request in the journal has no response"


def _responses(received: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the status, the head and the body of each response; the last body may be truncated."""
    while received:
        status = _STATUS.match(received)
        assert status, f"not a response: {received[:300]!r}"
        head, end, rest = received.partition(b"\r\n\r\n")
        assert end, f"the headers do not end: {received[:300]!r}"
        length = _LENGTH.search(head + b"\r\n")
        # The response to HEAD has a length, but no body.
        size = int(length[1]) if length and not rest.startswith(b"HTTP/1.1 ") else 0
        if _CHUNKED.search(head + b"\r\n"):
            size = rest.index(b"0\r\n\r\n") + 5 if b"0\r\n\r\n" in rest else len(rest)
        yield int(status[1]), head, rest[:size]
        received = rest[size:]
