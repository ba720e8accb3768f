"""Many ports on one thread, each with its own application, and nothing left at the end."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import threading
from collections.abc import Iterator

import pytest
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server.transports.asgi import Application
from pytest_providercalls.fake_server.transports.loopback_server import Listener, LoopbackServer
from pytest_providercalls.fake_server.transports.wire_response import WireResponse


class NamedHandler:
    """Responds to every request with its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def respond(self, request: Request, /) -> WireResponse:
        return WireResponse(Response(200, (("Content-Length", str(len(self.name))),), self.name.encode()))


def get(listener: Listener) -> str:
    connection = http.client.HTTPConnection(listener.host, listener.port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


def test_each_port_has_its_own_application(server: LoopbackServer) -> None:
    listeners = [server.serve(Application(NamedHandler(str(number)))) for number in range(20)]
    assert [get(listener) for listener in listeners] == [str(number) for number in range(20)]
    assert len({listener.port for listener in listeners}) == 20


def test_the_handler_can_be_changed_between_requests(server: LoopbackServer) -> None:
    application = Application(NamedHandler("first"))
    listener = server.serve(application)
    assert get(listener) == "first"
    server.run_between_requests(lambda: setattr(application, "handler", NamedHandler("second")))
    assert get(listener) == "second"


def test_a_closed_port_refuses_connections_and_closes_open_ones(server: LoopbackServer) -> None:
    listener, other = server.serve(Application(NamedHandler("one"))), server.serve(Application(NamedHandler("other")))
    with socket.create_connection((listener.host, listener.port), timeout=10) as waiting:
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        get(listener)
        listener.close()
        listener.close()
        assert waiting.recv(100) == b""
    with pytest.raises(ConnectionRefusedError):
        get(listener)
    assert get(other) == "other"


def test_a_port_in_use_is_an_error(server: LoopbackServer) -> None:
    taken = server.serve(Application(NamedHandler("one")))
    with pytest.raises(OSError, match="in use"):
        server.serve(Application(NamedHandler("two")), port=taken.port)
    assert get(taken) == "one"


def test_released_ports_are_not_reused(server: LoopbackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    first = server.serve(Application(NamedHandler("one")))
    first.close()
    create, offered = socket.create_server, iter([first.port, first.port, 0])
    monkeypatch.setattr(
        socket, "create_server", lambda address, **options: create((address[0], next(offered)), **options)
    )
    assert server.serve(Application(NamedHandler("two"))).port != first.port


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_it_can_listen_on_other_addresses(server: LoopbackServer) -> None:
    try:
        listener = server.serve(Application(NamedHandler("six")), host="::1")
    except OSError as error:
        pytest.skip(f"this machine has no IPv6 loopback: {error}")
    assert listener.url == f"http://[::1]:{listener.port}"
    assert get(listener) == "six"


def test_it_leaves_nothing_behind() -> None:
    descriptors, threads = os.listdir("/proc/self/fd"), threading.enumerate()
    server = LoopbackServer().start()
    listener = server.serve(Application(NamedHandler("one")))
    get(listener)
    half = socket.create_connection((listener.host, listener.port))
    half.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    server.stop()
    server.stop()
    with half, contextlib.suppress(ConnectionResetError):
        assert half.recv(1000) == b""
    assert (os.listdir("/proc/self/fd"), threading.enumerate()) == (descriptors, threads)


def test_a_server_that_is_not_running_raises() -> None:
    server = LoopbackServer()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="is not running"):
            server.serve(Application(NamedHandler("one")))
        server.stop()


def test_wait_returns_when_another_thread_stops_the_server(server: LoopbackServer) -> None:
    stopper = threading.Thread(target=server.stop)
    stopper.start()
    server.wait()
    stopper.join()
