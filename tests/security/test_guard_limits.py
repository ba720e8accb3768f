"""What the guard cannot see, as docs/explanation/security.md lists it: a limit that is stated is a limit that is shown.

A port of this machine stands for a guarded host, so that what gets past can be seen to arrive.
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import importlib
import re
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_providercalls.guard.guard.guard import Guard, GuardedHostError

from pytest_providercalls.guard.guard import guard as guarding

HOST = "127.0.0.1"


class OutThere:
    """A host to which nothing should get through, and the port at which it listens."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.port: int = listening.getsockname()[1]

    def was_reached(self) -> bool:
        self._listening.settimeout(10)
        with contextlib.suppress(TimeoutError), self._listening.accept()[0]:
            return True
        return False


@pytest.fixture
def out_there() -> Iterator[OutThere]:
    with socket.create_server((HOST, 0)) as listening:
        yield OutThere(listening)


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    monkeypatch.setattr(guarding, "_LOOPBACK", re.compile(r"(?!)"))
    one = Guard([HOST, "*.guard.example"])
    one.install()
    try:
        yield one
    finally:
        one.remove()


# what it does see


def test_tcp_and_udp_by_a_guarded_number_are_stopped(guard: Guard, out_there: OutThere) -> None:
    address = HOST, out_there.port
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        for call in (tcp.connect, tcp.connect_ex, udp.connect):
            with pytest.raises(GuardedHostError):
                call(address)
        with pytest.raises(GuardedHostError):
            udp.sendto(b"INVITE sip:+12025550143@sip.guard.example SIP/2.0\r\n\r\n", address)
        with pytest.raises(GuardedHostError):
            udp.sendmsg([b"INVITE"], [], 0, address)
    assert len(guard.attempts) == 5


# what it does not


def test_a_c_library_with_sockets_of_its_own(guard: Guard, out_there: OutThere) -> None:
    libc = ctypes.CDLL(None)
    number = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    address = struct.pack("=H", socket.AF_INET) + struct.pack("!H", out_there.port) + socket.inet_aton(HOST) + bytes(8)
    try:
        assert libc.connect(number, address, len(address)) == 0
    finally:
        libc.close(number)
    assert out_there.was_reached() and guard.attempts == []


def test_libcurl(guard: Guard, out_there: OutThere) -> None:
    pycurl: Any = pytest.importorskip("pycurl")
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, f"http://{HOST}:{out_there.port}/")
    handle.setopt(pycurl.CONNECT_ONLY, True)
    handle.perform()
    handle.close()
    assert out_there.was_reached() and guard.attempts == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="this machine has no bash")
def test_a_child_in_another_language_that_does_not_say_where_it_goes(guard: Guard, out_there: OutThere) -> None:
    subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/{HOST}/{out_there.port}"], check=True)
    assert out_there.was_reached() and guard.attempts == []


def test_a_python_child_with_no_environment(guard: Guard, out_there: OutThere) -> None:
    code = f"import socket; socket.create_connection(({HOST!r}, {out_there.port}))"
    subprocess.run([sys.executable, "-I", "-W", "ignore", "-c", code], check=True, env={})
    assert out_there.was_reached() and guard.attempts == []


def test_another_interpreter_in_this_process(guard: Guard, out_there: OutThere) -> None:
    interpreters: Any = importlib.import_module(
        "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    )
    code = f"import _socket; s = _socket.socket(); s.connect(({HOST!r}, {out_there.port})); s.close()"
    # One that imports modules in C that are not made for it, as `_socket` was not before Python 3.12.
    other = interpreters.create() if sys.version_info < (3, 13) else interpreters.create("legacy")
    interpreters.run_string(other, code)
    interpreters.destroy(other)
    assert out_there.was_reached() and guard.attempts == []


def test_a_socket_that_was_connected_before(out_there: OutThere, request: pytest.FixtureRequest) -> None:
    with socket.create_connection((HOST, out_there.port)) as early:
        guard = request.getfixturevalue("guard")
        early.sendall(b"POST /v1.0/providercalls HTTP/1.1\r\n")
    assert out_there.was_reached() and guard.attempts == []


def test_a_proxy_that_a_client_was_given(guard: Guard) -> None:
    with socket.create_server(("127.0.0.2", 0)) as proxy:
        connection = http.client.HTTPConnection(*proxy.getsockname())
        connection.set_tunnel("api.guard.example", 443)
        connection.sock = socket.create_connection(proxy.getsockname())
        connection.sock.sendall(b"CONNECT api.guard.example:443 HTTP/1.1\r\n\r\n")
        with proxy.accept()[0] as accepted:
            assert b"api.guard.example" in accepted.recv(100)
        connection.close()
    assert guard.attempts == []


def test_a_look_up_by_a_clients_own_packets(guard: Guard) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as resolver, socket.socket(type=socket.SOCK_DGRAM) as client:
        resolver.bind(("127.0.0.2", 0))
        client.sendto(b"\3api\5guard\7example\0", resolver.getsockname())
        assert b"guard" in resolver.recv(100)
    assert guard.attempts == []


def test_a_number_or_another_name_of_a_guarded_host(guard: Guard) -> None:
    assert guard.guards("api.guard.example")
    assert not guard.guards("192.0.2.7")
    assert not guard.guards("alias.example")


def test_code_that_means_to(guard: Guard, out_there: OutThere, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "_ACTIVE", [])
    with socket.create_connection((HOST, out_there.port)):
        assert out_there.was_reached()
    assert guard.attempts == []
