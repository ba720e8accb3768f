"""A guard of made-up hosts, and a server on this machine."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from pytest_providercalls.guard.guard import Guard

HOST = "api.guard.example"  # RFC 2606: never resolves
ADDRESS = "192.0.2.7"


@pytest.fixture
def guard() -> Iterator[Guard]:
    guard = Guard(["*.guard.example", ADDRESS])
    guard.install()
    try:
        yield guard
    finally:
        guard.remove()


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def received(server: socket.socket) -> bytes:
    """Return what has been sent to a server until now, over all connections."""
    data = b""
    server.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            with server.accept()[0] as accepted, contextlib.suppress(BlockingIOError):
                accepted.setblocking(False)
                data += accepted.recv(1000)
    return data
