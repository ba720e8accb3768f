"""The limits of an exchange with a hostile server: its time, its size, its encoding and its JSON."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_providercalls.contracts.checker import bounded_http
from pytest_providercalls.contracts.checker.bounded_http import MAX_DEPTH, BoundedHttp, NoResponse, UnsafeResponse
from pytest_providercalls.contracts.checker.remote_target import RemoteTarget, UnusableTarget
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.asgi import Application
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer

from tests.hostile import HostileServer, Respond, head, response

LIMIT = 1000


def exchange(respond: Respond, timeout: float = 5.0) -> Response:
    http = BoundedHttp(timeout, max_body=LIMIT)
    try:
        with HostileServer(respond) as server:
            return http.exchange(server.url.removesuffix("/v1.0"), Request("GET", "/v1.0/me"))
    finally:
        http.close()


def body(content: bytes, *headers: str) -> Respond:
    return lambda request, ended: [response(content, *headers)]


def drip(content: bytes) -> Respond:
    def respond(request: bytes, ended: threading.Event) -> Iterator[bytes]:
        for place in range(len(content)):
            yield content[place : place + 1]
            ended.wait(0.01)

    return respond


def endless(first: bytes, part: bytes) -> Respond:
    def respond(request: bytes, ended: threading.Event) -> Iterator[bytes]:
        yield first
        while not ended.is_set():
            yield part

    return respond


def test_a_response_within_the_limits_is_returned() -> None:
    found = exchange(body(b'{"a": [1, -2.5e3]}', "X-Name: One", "X-Name: Two"))
    assert (found.status, found.body) == (200, b'{"a": [1, -2.5e3]}')
    assert [value for name, value in found.headers if name.lower() == "x-name"] == ["One", "Two"]


# time: each byte comes in time, the response does not


@pytest.mark.parametrize(
    "respond",
    [
        drip(head("X-Padding: " + "a" * 500)),
        drip(response(b"a" * 500)),
        drip(head("Transfer-Encoding: chunked") + b"1\r\na\r\n" * 100),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
        lambda request, ended: iter(ended.wait, True),
    ],
    ids=["headers", "body", "chunks", "interim responses", "silence"],
)
def test_the_time_of_the_whole_exchange_is_limited(respond: Respond) -> None:
    with pytest.raises(NoResponse, match=r"^no complete response within 0\.1 s$"):
        exchange(respond, timeout=0.1)


def test_each_exchange_has_the_whole_time() -> None:
    """The deadline of the first one does not end the second one, on the same connection."""
    http = BoundedHttp(30)
    with LoopbackServer() as server:
        root = server.serve(Application(FakeVoipbin())).url
        for _ in range(2):
            assert http.exchange(root, Request("GET", "/ping")).status == 200
            http._deadline.set(0)
    http.close()


# size


@pytest.mark.parametrize(
    "respond",
    [
        body(b"a" * (LIMIT + 1)),
        endless(head("Content-Length: 99999999999"), b"a" * 100),
        endless(head("Transfer-Encoding: chunked"), b"64\r\n" + b"a" * 100 + b"\r\n"),
        endless(head(), b"a" * 100),
        body(gzip.compress(b"a" * 1_000_000), "Content-Encoding: gzip"),
    ],
    ids=["large", "endless", "endless chunks", "until it closes", "gzip"],
)
def test_the_size_of_a_body_is_limited(respond: Respond) -> None:
    with pytest.raises(UnsafeResponse, match=f"^the body is larger than {LIMIT} bytes$"):
        exchange(respond)


def test_endless_headers_are_no_response() -> None:
    with pytest.raises(NoResponse, match="no response: RemoteProtocolError"):
        exchange(endless(b"HTTP/1.1 200 OK\r\n", b"X-Padding: " + b"a" * 1000 + b"\r\n"))


def test_a_body_of_exactly_the_limit_is_accepted() -> None:
    assert len(exchange(body(b"a" * LIMIT)).body) == LIMIT
    assert len(exchange(body(gzip.compress(b"a" * LIMIT), "Content-Encoding: gzip")).body) == LIMIT


# encoding


@pytest.mark.parametrize("coding", ["gzip", "X-GZIP", " gzip "])
def test_gzip_that_was_not_requested_is_decoded(coding: str) -> None:
    assert exchange(body(gzip.compress(b"pong"), f"Content-Encoding: {coding}")).body == b"pong"


def test_an_empty_body_is_not_decoded() -> None:
    assert exchange(body(b"", "Content-Encoding: gzip")).body == b""


@pytest.mark.parametrize(
    "content",
    [b"pong", gzip.compress(b"pong")[:-4], gzip.compress(b"po") + b"ng", zlib.compress(b"pong")],
    ids=["plain", "cut", "more", "zlib"],
)
def test_invalid_gzip_is_refused(content: bytes) -> None:
    with pytest.raises(UnsafeResponse, match="not valid gzip"):
        exchange(body(content, "Content-Encoding: gzip"))


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "zstd\x7f" + "x" * 900])
def test_any_other_encoding_is_refused(coding: str) -> None:
    with pytest.raises(UnsafeResponse, match="which was not requested") as error:
        exchange(body(b"pong", f"Content-Encoding: {coding}"))
    assert len(str(error.value)) < 300


# JSON


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000, b"[" * 200 + b"]" * 200],
    ids=["arrays", "objects", "closed", "moderate"],
)
def test_deep_nesting_is_refused(content: bytes) -> None:
    with pytest.raises(UnsafeResponse, match=f"nested more than {MAX_DEPTH} levels"):
        bounded_http._check_json(content)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "-Infinity", "9" * 310, "-" + "9" * 500])
def test_numbers_out_of_range_are_refused(number: str) -> None:
    with pytest.raises(UnsafeResponse, match="contains the number .*, which is out of range") as error:
        exchange(body(f'{{"permission": {number}}}'.encode()))
    assert len(str(error.value)) < 100


@pytest.mark.parametrize(
    "content",
    [
        b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
        b"[" + b"{}," * 300 + b"[1]]",
        b'"' + b"[" * 200 + b'"',
        b"1" + b"0" * 308,
        b"-1.7e308",
        b'"1e999"',
        b"not JSON: 1e999",
        b"\xff\xfe",
    ],
)
def test_other_bodies_are_left_to_the_probe(content: bytes) -> None:
    assert exchange(body(content)).body == content


# connections


def test_a_host_without_an_address_is_no_response() -> None:
    http = BoundedHttp(5.0)
    with pytest.raises(NoResponse, match="no response: ConnectError"):
        http.exchange("http://nothing.invalid", Request("GET", "/"))
    http.close()


def test_every_address_of_a_host_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with HostileServer(body(b"{}")) as server:
        port = int(server.url.split(":")[2].partition("/")[0])
        real = socket.getaddrinfo

        def resolve(host: str, *args: Any, **options: Any) -> list[Any]:
            hosts = ["127.0.0.2", "127.0.0.1"] if host == "two.example" else [host]
            return [address for one in hosts for address in real(one, *args, **options)]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        http = BoundedHttp(5.0)
        assert http.exchange(f"http://two.example:{port}", Request("GET", "/")).status == 200
        http.close()


# certificates


@pytest.fixture
def private(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve a fake with a certificate from a private CA; return its URL and the file with the CA."""
    trustme = pytest.importorskip("trustme")
    ca, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    with LoopbackServer() as server:
        listener = server.serve(Application(FakeVoipbin()), tls=context)
        yield listener.url, tmp_path / "ca.pem"


def test_a_private_ca_is_trusted_if_a_variable_names_it(
    private: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, ca = private
    with RemoteTarget(url) as target, pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        target.send(Request("GET", "/ping"))
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    with RemoteTarget(url) as target:
        assert target.send(Request("GET", "/ping")).json() == {"message": "pong"}


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_a_missing_ca_is_an_error(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(name, str(tmp_path / "missing"))
    with pytest.raises(UnusableTarget, match=f"CA certificates cannot be loaded: {name} names a path that does not"):
        RemoteTarget("https://localhost")


def test_a_file_without_a_ca_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(UnusableTarget, match="CA certificates cannot be loaded"):
        RemoteTarget("https://localhost")
