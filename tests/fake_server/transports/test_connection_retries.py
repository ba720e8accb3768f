"""HTTPTransport(retries=...): a connection that fails is tried again, as httpx does above a real network."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

import pytest
from pytest_providercalls.fake_server import Clock, FakeVoipbin
from pytest_providercalls.fake_server.transports.httpx import MissingClientTimeout, connection_retries

from ...libraries import LIBRARIES

PING = "https://api.voipbin.net/ping"
ASYNC = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
libraries = pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)


def get(library: Any, asynchronous: bool, retries: int, **options: Any) -> Any:
    options.setdefault("timeout", 5)
    if not asynchronous:
        with library.Client(transport=library.HTTPTransport(retries=retries), **options) as client:
            return client.get(PING)

    async def ask() -> Any:
        async with library.AsyncClient(transport=library.AsyncHTTPTransport(retries=retries), **options) as client:
            return await client.get(PING)

    return asyncio.run(ask())


def seconds(fake: FakeVoipbin, start: Any) -> float:
    return round((fake.clock.now() - start).total_seconds(), 2)


@libraries
@ASYNC
def test_the_next_attempt_connects(voipbin: FakeVoipbin, library: Any, asynchronous: bool) -> None:
    voipbin.faults.add("drop", when="connect", times=2)
    assert get(library, asynchronous, retries=3).status_code == 200
    assert [(entry.status, bool(entry.fault)) for entry in voipbin.requests] == [(0, True), (0, True), (200, False)]


@libraries
@ASYNC
def test_the_attempts_run_out(voipbin: FakeVoipbin, library: Any, asynchronous: bool) -> None:
    voipbin.faults.add("drop", when="connect", times=None)
    start = voipbin.clock.now()
    with pytest.raises(library.ConnectError):
        get(library, asynchronous, retries=4)
    assert (len(voipbin.requests), seconds(voipbin, start)) == (5, 0.5 + 1 + 2)


@libraries
@ASYNC
def test_a_connect_timeout_is_retried_too(voipbin: FakeVoipbin, library: Any, asynchronous: bool) -> None:
    voipbin.faults.add("timeout", when="connect", times=2)
    start = voipbin.clock.now()
    assert get(library, asynchronous, retries=3).status_code == 200
    assert seconds(voipbin, start) == 5 + 0 + 5 + 0.5


@libraries
@ASYNC
def test_no_retry_by_default(voipbin: FakeVoipbin, library: Any, asynchronous: bool) -> None:
    voipbin.faults.add("drop", when="connect")
    with pytest.raises(library.ConnectError):
        get(library, asynchronous, retries=0)
    assert len(voipbin.requests) == 1


@libraries
@pytest.mark.parametrize("kind", ["drop", "timeout", "reset"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_what_fails_after_the_connection_is_not_retried(
    voipbin: FakeVoipbin, library: Any, kind: str, when: str
) -> None:
    voipbin.faults.add(kind, when=when)
    with pytest.raises(library.TransportError):
        get(library, False, retries=3)
    assert len(voipbin.requests) == 1


@libraries
def test_a_missing_timeout_is_not_retried(voipbin: FakeVoipbin, library: Any) -> None:
    voipbin.faults.add("timeout", when="connect", times=None)
    with pytest.raises(MissingClientTimeout):
        get(library, False, retries=3, timeout=None)
    assert len(voipbin.requests) == 1


@libraries
def test_with_virtual_time(voipbin: FakeVoipbin, voipbin_time: Clock, library: Any) -> None:
    voipbin.faults.add("drop", when="connect", times=3)
    start = voipbin.clock.now()
    assert get(library, True, retries=3).status_code == 200
    assert seconds(voipbin, start) == 1.5


@libraries
def test_the_pauses_are_those_of_the_library(library: Any) -> None:
    core = import_module(library.__name__.replace("httpx", "httpcore"))
    pauses: list[float] = []

    class Unreachable(core.NetworkBackend):  # type: ignore[name-defined,misc]
        def connect_tcp(self, *_: Any, **__: Any) -> Any:
            raise core.ConnectError

        def sleep(self, seconds: float) -> None:
            pauses.append(seconds)

    with core.ConnectionPool(retries=4, network_backend=Unreachable()) as pool, pytest.raises(core.ConnectError):
        pool.request("GET", "https://elsewhere.example/")
    assert pauses == [0, 0.5, 1, 2]


@libraries
def test_how_often_a_transport_retries(library: Any) -> None:
    assert connection_retries(library.HTTPTransport(retries=3)) == 3
    assert connection_retries(library.AsyncHTTPTransport(retries=2)) == 2
    # A proxy's connections are never retried.
    assert connection_retries(library.HTTPTransport(retries=3, proxy="http://127.0.0.1:9")) == 0
    assert connection_retries(object()) == 0


@libraries
def test_the_http_version_is_known(voipbin: FakeVoipbin, library: Any) -> None:
    response = library.get(PING)
    assert (response.extensions["http_version"], response.http_version) == (b"HTTP/1.1", "HTTP/1.1")
    response.extensions["http_version"] = b"changed"
    assert library.get(PING).http_version == "HTTP/1.1"
