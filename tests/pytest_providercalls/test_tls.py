"""`voipbin_tls`: VoIPbin's address leads to the fake, checks on; afterwards everything is as it was."""

from __future__ import annotations

import _socket
import asyncio
import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from socket import getaddrinfo as early_getaddrinfo
from typing import Any

import httpx
import pytest
import requests
import trio
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.guard.guard.guard import Guard, GuardedHostError

from pytest_providercalls.fixtures.server_fixtures import PortPool, ServerHandle, ports
from pytest_providercalls.fixtures.tls_fixture import Authority, certificate_authority, tls_server

HOST = "api.voipbin.net"
PING = f"https://{HOST}/ping"
EARLY = ssl.create_default_context()


@pytest.fixture(scope="module")
def opened() -> Iterator[PortPool]:
    with ports() as made:
        yield made


@pytest.fixture(scope="module")
def made() -> Iterator[Authority]:
    with certificate_authority() as one:
        yield one


def ping(sock: socket.socket) -> bytes:
    sock.sendall(f"GET /ping HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
    return b"".join(iter(lambda: sock.recv(4096), b""))


@pytest.mark.parametrize("host", [HOST, "API.VoIPbin.net", f"{HOST}."])
@pytest.mark.parametrize("context", [EARLY, ssl.create_default_context], ids=["before", "now"])
def test_contexts_made_before_and_now_trust_it(voipbin_tls: ServerHandle, context: Any, host: str) -> None:
    tls = context if context is EARLY else context()
    with socket.create_connection((host, 443), timeout=10) as raw, tls.wrap_socket(raw, server_hostname=HOST) as sock:
        assert ping(sock).endswith(b'{"message":"pong"}')
        assert sock.context is tls


def test_a_connection_by_name_is_led_too(voipbin_tls: ServerHandle) -> None:
    with EARLY.wrap_socket(socket.socket(), server_hostname=HOST) as sock:
        sock.connect((HOST, 443))
        assert ping(sock).endswith(b'{"message":"pong"}')


def test_every_way_to_look_the_name_up_leads_to_loopback(voipbin_tls: ServerHandle) -> None:
    async def through_asyncio() -> Any:
        return await asyncio.get_running_loop().getaddrinfo(HOST, 443)

    async def through_trio() -> Any:
        return await trio.socket.getaddrinfo(HOST.encode(), 443)

    found = [
        socket.gethostbyname(HOST),
        *socket.gethostbyname_ex(HOST)[2],
        *(socket.getaddrinfo(HOST, "https")[0][4][:1]),
        *(early_getaddrinfo(HOST, 443, type=socket.SOCK_STREAM)[0][4][:1]),
        asyncio.run(through_asyncio())[0][4][0],
        trio.run(through_trio)[0][4][0],
    ]
    assert {address.partition(".")[0] for address in found} == {"127"}


def test_a_client_of_trio(voipbin_tls: ServerHandle) -> None:
    async def ask() -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get(PING)).status_code

    assert trio.run(ask) == 200


def test_the_certificate_is_checked(voipbin_tls: ServerHandle) -> None:
    strangers = ssl.create_default_context()
    with socket.create_connection((HOST, 443), timeout=10) as raw, pytest.raises(ssl.SSLCertVerificationError):
        strangers.wrap_socket(raw, server_hostname="staging.voipbin.net")


def test_httpx_goes_through_tls_too(opened: PortPool, made: Authority) -> None:
    fake = FakeVoipbin()
    with tls_server(opened, made, fake, "test_it"), httpx.Client() as client, client.stream("GET", PING) as response:
        stream = response.extensions["network_stream"]
        assert stream.get_extra_info("ssl_object").version().startswith("TLS")
        assert fake.requests


def test_the_guard_still_stops_everything_else(voipbin_tls: ServerHandle) -> None:
    guard = Guard()
    guard.install()
    try:
        requests.get(PING, timeout=10).raise_for_status()
        with pytest.raises(GuardedHostError):
            socket.getaddrinfo("staging.voipbin.net", 443)
        with socket.socket() as sock, pytest.raises(GuardedHostError):
            sock.connect(("voipbin.net", 443))
    finally:
        guard.remove()
    assert [attempt.host for attempt in guard.attempts] == ["staging.voipbin.net", "voipbin.net"]


def test_other_servers_of_this_machine_are_reached_as_ever(voipbin_tls: ServerHandle) -> None:
    with socket.create_server(("127.0.0.1", 0)) as own, socket.create_connection(own.getsockname()) as sock:
        assert sock.getpeername() == own.getsockname()


def test_nothing_stays_as_it_was_made(opened: PortPool, made: Authority) -> None:
    before = _state()
    with tls_server(opened, made, FakeVoipbin(), "test_it"):
        assert all(one != other for one, other in zip(_state()[:-1], before[:-1], strict=True))
        with requests.Session() as session:
            session.get(PING, timeout=10).raise_for_status()
        with socket.create_connection((HOST, 443)) as raw, EARLY.wrap_socket(raw, server_hostname=HOST) as sock:
            ping(sock)
    assert _state() == before
    guard = Guard()
    guard.install()
    try:
        with pytest.raises(GuardedHostError):
            socket.getaddrinfo(HOST, 443)
    finally:
        guard.remove()


def _state() -> list[object]:
    """What is changed meanwhile; and last, whom a context trusts that was made before, which never is."""
    return [
        _socket.getaddrinfo,
        socket.gethostbyname,
        socket.socket.connect,
        socket.socket.connect_ex,
        ssl.SSLContext._wrap_socket,  # type: ignore[attr-defined]
        ssl.SSLContext._wrap_bio,  # type: ignore[attr-defined]
        dict(os.environ),
        EARLY.cert_store_stats(),
    ]


def test_the_authoritys_file_has_no_key_and_goes_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    own.write_text("what was trusted before")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with certificate_authority() as one:
        assert b"what was trusted before" in one.bundle.read_bytes()
        assert b"PRIVATE" not in one.bundle.read_bytes()
        assert one.bundle.is_relative_to(tmp_path)
    assert list(tmp_path.iterdir()) == [own]


def test_a_child_process_is_led_to_tls_on_loopback(voipbin_tls: ServerHandle) -> None:
    assert voipbin_tls.url == f"https://{HOST}/v1.0"
    assert voipbin_tls.env["VOIPBIN_BASE_URL"].startswith("https://127.0.0.1:")
    bundle = voipbin_tls.env["SSL_CERT_FILE"]
    assert requests.get(voipbin_tls.env["VOIPBIN_BASE_URL"] + "/calls", verify=bundle, timeout=10).status_code == 401
