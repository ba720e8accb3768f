"""Ports with applications behind them: many on one thread, each for itself, and nothing left at the end."""

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


class Says:
    """Answers every request with its own name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def deliver(self, request: Request, /) -> WireResponse:
        return WireResponse(Response(200, (("Content-Length", str(len(self.name))),), self.name.encode()))


def ask(listener: Listener) -> str:
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


def test_each_port_has_an_application_of_its_own(server: LoopbackServer) -> None:
    listeners = [server.serve(Application(Says(str(number)))) for number in range(20)]
    assert [ask(listener) for listener in listeners] == [str(number) for number in range(20)]
    assert len({listener.port for listener in listeners}) == 20


def test_the_handler_can_be_changed_between_requests(server: LoopbackServer) -> None:
    application = Application(Says("first"))
    listener = server.serve(application)
    assert ask(listener) == "first"
    server.run_between_requests(lambda: setattr(application, "handler", Says("second")))
    assert ask(listener) == "second"


def test_a_closed_port_refuses_and_cuts_off_who_is_connected(server: LoopbackServer) -> None:
    listener, other = server.serve(Application(Says("one"))), server.serve(Application(Says("other")))
    with socket.create_connection((listener.host, listener.port), timeout=10) as waiting:
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        ask(listener)
        listener.close()
        listener.close()
        assert waiting.recv(100) == b""
    with pytest.raises(ConnectionRefusedError):
        ask(listener)
    assert ask(other) == "other"


def test_a_port_that_is_taken_is_an_error(server: LoopbackServer) -> None:
    taken = server.serve(Application(Says("one")))
    with pytest.raises(OSError, match="in use"):
        server.serve(Application(Says("two")), port=taken.port)
    assert ask(taken) == "one"


def test_ports_that_were_given_back_are_not_picked_again(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = server.serve(Application(Says("one")))
    first.close()
    create, offered = socket.create_server, iter([first.port, first.port, 0])
    monkeypatch.setattr(
        socket, "create_server", lambda address, **options: create((address[0], next(offered)), **options)
    )
    assert server.serve(Application(Says("two"))).port != first.port


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_it_listens_on_other_addresses_too(server: LoopbackServer) -> None:
    try:
        listener = server.serve(Application(Says("six")), host="::1")
    except OSError as error:
        pytest.skip(f"this machine has no IPv6 loopback: {error}")
    assert listener.url == f"http://[::1]:{listener.port}"
    assert ask(listener) == "six"


def test_it_leaves_nothing_behind() -> None:
    descriptors, threads = os.listdir("/proc/self/fd"), threading.enumerate()
    server = LoopbackServer().start()
    listener = server.serve(Application(Says("one")))
    ask(listener)
    half = socket.create_connection((listener.host, listener.port))
    half.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    server.stop()
    server.stop()
    with half, contextlib.suppress(ConnectionResetError):
        assert half.recv(1000) == b""
    assert (os.listdir("/proc/self/fd"), threading.enumerate()) == (descriptors, threads)


def test_one_that_does_not_run_says_so() -> None:
    server = LoopbackServer()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="does not run"):
            server.serve(Application(Says("one")))
        server.stop()


def test_waiting_ends_when_another_thread_stops_it(server: LoopbackServer) -> None:
    stopper = threading.Thread(target=server.stop)
    stopper.start()
    server.wait()
    stopper.join()
