"""Socket classes: nothing leaves this machine before the check, whichever class, library or proxy a client uses."""

from __future__ import annotations

import _socket
import asyncio
import contextlib
import gc
import http.client
import importlib.util
import socket
import socketserver
import ssl
import subprocess
import sys
import types
import urllib.request
from collections.abc import Callable

import pytest

from pytest_providercalls.guard.attempt import GuardedHostError
from pytest_providercalls.guard.guard import Guard

from .conftest import ADDRESS, HOST, received
from .test_sent_data import QUERY, REQUESTS

UDP = {"type": socket.SOCK_DGRAM}


def copy_of_the_socket_module() -> types.ModuleType:
    """Load the socket module once more, as eventlet does for its own sockets."""
    spec = importlib.util.find_spec("socket")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def use(sock: _socket.socket, method: str, *arguments: object) -> object:
    """Call a method of a socket, and close it."""
    try:
        return getattr(sock, method)(*arguments)
    finally:
        sock.close()


LOOKUPS: dict[str, Callable[[], object]] = {
    "bind": lambda: use(socket.socket(), "bind", (HOST, 0)),
    "bind-bytes": lambda: use(socket.socket(**UDP), "bind", (HOST.encode(), 0)),
    "source-address": lambda: socket.create_connection(("127.0.0.1", 1), source_address=(HOST, 0)),
    "http-source-address": lambda: http.client.HTTPConnection("127.0.0.1", 1, source_address=(HOST, 0)).connect(),
    "create-server": lambda: socket.create_server((HOST, 0)),
    "udp-server": lambda: socketserver.UDPServer((HOST, 0), socketserver.BaseRequestHandler),
    "tcp-server": lambda: socketserver.TCPServer((HOST, 0), socketserver.BaseRequestHandler),
    "raw-connect": lambda: use(_socket.socket(), "connect", (HOST, 443)),
    "raw-connect-ex": lambda: use(_socket.socket(), "connect_ex", (HOST, 443)),
    "raw-bind": lambda: use(_socket.socket(), "bind", (HOST, 443)),
    "raw-sendto": lambda: use(_socket.socket(**UDP), "sendto", b"", (HOST, 443)),
    "raw-sendmsg": lambda: use(_socket.socket(**UDP), "sendmsg", [b""], [], 0, (HOST, 443)),
    "socket-type": lambda: use(socket.SocketType(), "connect", (HOST, 443)),
    "raw-socket-type": lambda: use(_socket.SocketType(), "connect", (HOST, 443)),
    "a-copy-of-the-module": lambda: use(copy_of_the_socket_module().socket(), "connect", (HOST, 443)),
    "nul": lambda: socket.getaddrinfo(HOST + "\0y", 443),
    "nul-connect": lambda: use(socket.socket(), "connect", (HOST + "\0y", 443)),
    "nameinfo": lambda: socket.getnameinfo((ADDRESS, 443), 0),
    "ipv6-connect": lambda: use(socket.socket(socket.AF_INET6), "connect", (f"::ffff:{ADDRESS}", 443, 0, 0)),
}


@pytest.mark.parametrize("call", LOOKUPS.values(), ids=LOOKUPS.keys())
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_no_lookup_gets_out(guard: Guard, call: Callable[[], object]) -> None:
    with pytest.raises(GuardedHostError):
        call()
    # The standard library closes its socket for an OSError only.
    gc.collect()
    assert [attempt.host for attempt in guard.attempts] in ([HOST], [ADDRESS])


def test_an_address_to_bind_to_is_local(guard: Guard) -> None:
    outer = Guard(["*"])
    outer.install()
    try:
        with socket.socket() as sock, pytest.raises(OSError, match="assign"):
            sock.bind((ADDRESS, 0))
    finally:
        outer.remove()
    assert guard.attempts == outer.attempts == []


def test_the_replaced_class_has_the_same_instances(guard: Guard) -> None:
    copy = copy_of_the_socket_module().socket
    with socket.socket() as python, contextlib.closing(_socket.socket()) as raw, copy() as copied:
        for one in (python, raw, copied):
            assert isinstance(one, _socket.socket) and isinstance(one, socket.SocketType)
        assert isinstance(copied, copy)
        assert not isinstance(raw, socket.socket) and not isinstance(python, copy) and not isinstance(raw, copy)
        assert not isinstance(HOST, _socket.socket)
    assert issubclass(socket.socket, _socket.socket) and issubclass(copy, _socket.socket)
    assert not issubclass(socket.socket, copy) and not issubclass(str, _socket.socket)
    assert (_socket.socket.__module__, _socket.socket.__qualname__) == ("_socket", "socket")


def test_a_session_restores_the_classes() -> None:
    watched = (_socket, socket, socket.socket, ssl.SSLSocket, ssl.SSLObject)
    before = [dict(vars(owner)) for owner in watched]
    outer, inner = Guard(["outer.example"]), Guard(["inner.example"])
    outer.install()
    during = [dict(vars(owner)) for owner in watched]
    inner.install()
    inner.remove()
    assert [dict(vars(owner)) for owner in watched] == during
    outer.remove()
    assert [dict(vars(owner)) for owner in watched] == before


# what is sent


SENDING: dict[str, Callable[[socket.socket, bytes], object]] = {
    "send": lambda sock, data: sock.send(data),
    "sendall": lambda sock, data: sock.sendall(data),
    "sendmsg": lambda sock, data: sock.sendmsg([data[:3], data[3:]]),
    "sendmsg-iterator": lambda sock, data: sock.sendmsg(iter([data])),
    "raw": lambda sock, data: use(_socket.socket(fileno=sock.detach()), "sendall", data),
}


@pytest.mark.parametrize("send", SENDING.values(), ids=SENDING.keys())
def test_a_request_to_a_proxy_is_not_sent(
    guard: Guard, server: socket.socket, send: Callable[[socket.socket, bytes], object]
) -> None:
    with socket.create_connection(server.getsockname()) as client, pytest.raises(GuardedHostError):
        send(client, REQUESTS["CONNECT"][0])
    assert received(server) == b""
    assert [attempt.host for attempt in guard.attempts] == [HOST]


def test_a_query_is_not_sent(guard: Guard) -> None:
    with socket.socket(**UDP) as resolver, socket.socket(**UDP) as client:
        resolver.bind(("127.0.0.1", 0))
        resolver.setblocking(False)
        address = resolver.getsockname()
        for send in (
            lambda: client.sendto(QUERY, address),
            lambda: client.sendto(QUERY, 0, address),
            lambda: client.sendmsg([QUERY], [], 0, address),
        ):
            with pytest.raises(GuardedHostError):
                send()
        with pytest.raises(BlockingIOError):
            resolver.recv(100)
    assert [attempt.host for attempt in guard.attempts] == [HOST] * 3


def test_other_data_is_sent(guard: Guard, server: socket.socket) -> None:
    with socket.create_connection(server.getsockname()) as client, server.accept()[0] as accepted:
        client.sendall(b"CONNECT other.example:443 HTTP/1.1\r\n\r\n")
        assert client.sendmsg(iter([b"GET http://other.example/", b" HTTP/1.1\r\n"])) == 36
        client.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: accepted.recv(100), b""))
    assert received.count(b"other.example") == 2 and len(received) == 74


def in_a_proxy(request: Callable[[str], object], server: socket.socket) -> bytes:
    """Make a request with the URL of a proxy; return what the proxy has received when the client gives up."""
    with contextlib.suppress(Exception):
        request(f"http://127.0.0.1:{server.getsockname()[1]}")
    return received(server)


def with_requests(url: str, proxy: str) -> object:
    import requests

    return requests.get(url, proxies={"http": proxy, "https": proxy}, timeout=2)


def with_httpx(url: str, proxy: str) -> object:
    import httpx

    return httpx.get(url, proxy=proxy, timeout=2)


def with_urllib(url: str, proxy: str) -> object:
    handler = urllib.request.ProxyHandler({"http": proxy, "https": proxy})
    return urllib.request.build_opener(handler).open(url, timeout=2)


def with_aiohttp(url: str, proxy: str) -> object:
    import aiohttp

    async def get() -> None:
        async with aiohttp.ClientSession() as session:
            await session.get(url, proxy=proxy)

    return asyncio.run(get())


@pytest.mark.parametrize("client", [with_requests, with_httpx, with_urllib, with_aiohttp])
@pytest.mark.parametrize("url", ["http://api.guard.example./", "https://api.guard.example/"])
@pytest.mark.filterwarnings("ignore")
def test_a_client_with_an_explicit_proxy(
    guard: Guard, server: socket.socket, client: Callable[[str, str], object], url: str
) -> None:
    assert in_a_proxy(lambda proxy: client(url, proxy), server) == b""
    assert {attempt.host for attempt in guard.attempts} == {HOST}


@pytest.mark.parametrize("value", [None, "", "other.example", "API.GUARD.EXAMPLE."])
def test_a_test_that_changes_no_proxy(
    guard: Guard, server: socket.socket, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)

    def get(proxy: str) -> object:
        monkeypatch.setenv("http_proxy", proxy)
        return urllib.request.build_opener(urllib.request.ProxyHandler()).open(f"http://{HOST}./", timeout=2)

    assert in_a_proxy(get, server) == b""
    assert {attempt.host for attempt in guard.attempts} == {HOST}


def test_a_typo_behind_a_proxy(server: socket.socket) -> None:
    guard = Guard()
    guard.install()
    try:
        assert in_a_proxy(lambda proxy: with_urllib("https://api.voipbin.com/", proxy), server) == b""
    finally:
        guard.remove()
    assert [attempt.target for attempt in guard.attempts] == ["api.voipbin.com:443"]


def test_a_proxy_over_tls(guard: Guard) -> None:
    """Both classes of the ssl module: of sockets, and of asyncio."""
    context = ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname="proxy.example")
    with pytest.raises(GuardedHostError):
        tls.write(REQUESTS["CONNECT"][0])
    options = {"server_hostname": "proxy.example", "do_handshake_on_connect": False}
    with socket.socket() as plain, context.wrap_socket(plain, **options) as sock:
        for send in (sock.send, sock.sendall, sock.write):
            with pytest.raises(GuardedHostError):
                send(REQUESTS["CONNECT"][0])
    assert [attempt.host for attempt in guard.attempts] == [HOST] * 4


def test_tls_that_is_loaded_after_the_guard() -> None:
    code = """
import sys
from pytest_providercalls.guard.guard import Guard
assert "ssl" not in sys.modules
Guard().install()
import socket, ssl
try: socket.socket().connect(("127.0.0.1", 1))
except OSError: pass
tls = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="x")
try: tls.write(b"CONNECT api.voipbin.net:443 HTTP/1.1")
except RuntimeError as error: print(type(error).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "GuardedHostError\n"
