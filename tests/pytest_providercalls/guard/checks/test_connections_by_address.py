"""Connections by IP address: the client shows the host in its TLS handshake or its request, unless it is a fake's."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import http.client
import socket
import ssl
import threading
from collections.abc import Callable

import pytest

from pytest_providercalls.guard import guard as guard_module
from pytest_providercalls.guard.attempt import GuardedHostError
from pytest_providercalls.guard.guard import Guard

from .conftest import HOST, received


def over_http(address: tuple[str, int]) -> object:
    connection = http.client.HTTPConnection(*address, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", "/", headers={"Host": HOST})


def over_tls(address: tuple[str, int]) -> object:
    with socket.create_connection(address, timeout=30) as plain:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=HOST)


def over_tls_with_asyncio(address: tuple[str, int]) -> object:
    async def connect() -> None:
        opening = asyncio.open_connection(*address, ssl=ssl.create_default_context(), server_hostname=HOST)
        await asyncio.wait_for(opening, 30)

    return asyncio.run(connect())


def over_udp(address: tuple[str, int]) -> object:
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        return client.sendto(f"OPTIONS sip:{HOST} SIP/2.0\r\n".encode(), address)


BY_ADDRESS = (over_http, over_tls, over_tls_with_asyncio, over_udp)


@pytest.mark.parametrize("connect", BY_ADDRESS)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_request_to_another_machine_shows_its_host(
    guard: Guard,
    server: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    connect: Callable[[tuple[str, int]], object],
) -> None:
    monkeypatch.setattr(guard_module, "is_loopback", lambda name: False)
    with pytest.raises(GuardedHostError):
        connect(server.getsockname())
    # The ssl module closes its socket for an OSError only.
    gc.collect()
    assert received(server) == b""
    assert [attempt.host for attempt in guard.attempts] == [HOST]


@pytest.mark.parametrize("connect", BY_ADDRESS)
def test_a_fake_on_this_machine_may_have_the_name_of_the_host(
    guard: Guard, server: socket.socket, connect: Callable[[tuple[str, int]], object]
) -> None:
    accepting = threading.Thread(target=lambda: server.accept()[0].close())
    accepting.start()
    with contextlib.suppress(OSError):
        connect(server.getsockname())
    socket.create_connection(server.getsockname()).close()
    accepting.join()
    assert guard.attempts == []
