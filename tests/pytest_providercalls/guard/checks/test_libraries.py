"""Libraries with their own sockets or resolver."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
import subprocess
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from pytest_providercalls.guard.attempt import GuardedHostError
from pytest_providercalls.guard.guard import Guard

from .conftest import ADDRESS, HOST


# Not imported here, because it changes what a fork does.
@pytest.mark.skipif(importlib.util.find_spec("eventlet") is None, reason="eventlet is not installed")
def test_eventlet() -> None:
    code = f"""
import warnings
warnings.simplefilter("ignore")
from pytest_providercalls.guard.guard import Guard
guard = Guard(["*.guard.example"])
guard.install()
import eventlet
from eventlet.green import socket
for call in (lambda: socket.socket().connect(("{HOST}", 443)), lambda: socket.create_connection(("{HOST}", 443))):
    before = len(guard.attempts)
    try:
        # Its resolver repeats the query after every exception.
        with eventlet.Timeout(0.5):
            call()
    except (eventlet.Timeout, RuntimeError, OSError):
        print(guard.attempts[before].host)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [HOST] * 2


def test_the_resolver_of_dnspython(guard: Guard) -> None:
    resolver = pytest.importorskip("dns.resolver")
    own = resolver.Resolver(configure=False)
    own.nameservers, own.lifetime = ["127.0.0.1"], 0.2
    resolver.override_system_resolver(own)
    try:
        # It replaces exceptions by one of its own, after it has repeated the query.
        with pytest.raises((GuardedHostError, OSError)):
            socket.create_connection((HOST, 443))
    finally:
        resolver.restore_system_resolver()
    assert {attempt.host for attempt in guard.attempts} == {HOST}


UVLOOP: dict[str, Callable[[Any], Any]] = {
    "getaddrinfo": lambda loop: loop.getaddrinfo(HOST, 443),
    "create_connection": lambda loop: loop.create_connection(asyncio.Protocol, HOST, 443),
    "keywords": lambda loop: loop.create_connection(asyncio.Protocol, host=HOST.encode(), port="443"),
    "address": lambda loop: loop.create_connection(asyncio.Protocol, ADDRESS, 443),
    "remote": lambda loop: loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(HOST, 5060)),
    "sock_connect": lambda loop: loop.sock_connect(None, (HOST, 443)),
}


@pytest.mark.parametrize("call", UVLOOP.values(), ids=UVLOOP.keys())
def test_uvloop(guard: Guard, call: Callable[[Any], Any]) -> None:
    uvloop = pytest.importorskip("uvloop")

    async def dial() -> None:
        await call(asyncio.get_running_loop())

    with pytest.raises(GuardedHostError):
        uvloop.run(dial())
    assert [attempt.host for attempt in guard.attempts] in ([HOST], [ADDRESS])


def test_uvloop_reaches_other_hosts(guard: Guard, server: socket.socket) -> None:
    uvloop = pytest.importorskip("uvloop")

    async def connect() -> None:
        host, port = server.getsockname()
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, host, port)
        transport.close()

    uvloop.run(connect())
    assert guard.attempts == []


def test_the_resolver_of_aiodns(guard: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    """aiohttp uses it if it is installed. A class plays that of pycares."""

    class Channel:
        def query(self, name: str, kind: str, *, callback: object) -> str:
            return name

        getaddrinfo = query

    monkeypatch.setitem(sys.modules, "pycares", types.SimpleNamespace(Channel=Channel))
    socket.socket().close()
    with pytest.raises(GuardedHostError):
        Channel().query(HOST, "A", callback=None)
    with pytest.raises(GuardedHostError):
        Channel().getaddrinfo(name=HOST, kind="A", callback=None)
    assert Channel().query("other.example", "A", callback=None) == "other.example"
