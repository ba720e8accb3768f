"""Faults in httpx and httpx2 clients: the same exceptions as on a real network, and the client's own timeouts."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import respx
import tenacity
import trio
from pytest_providercalls.fake_server import Clock, FakeVoipbin
from pytest_providercalls.fake_server.transports.httpx import MissingClientTimeout

from ...libraries import LIBRARIES

CALLS = "https://api.voipbin.net/v1.0/calls"


class Sender:
    """A library, sync or async, intercepted by the `voipbin` fixture."""

    def __init__(self, library: Any, asynchronous: bool) -> None:
        self.library = library
        self.asynchronous = asynchronous

    def get(self, url: str = CALLS, **options: Any) -> Any:
        if not self.asynchronous:
            with self.library.Client(verify=False, **options) as client:
                return client.get(url)

        async def ask() -> Any:
            async with self.library.AsyncClient(verify=False, **options) as client:
                return await client.get(url)

        return asyncio.run(ask())

    def stream(self) -> Any:
        """Return the status, then the parts of the body that arrive before the connection is closed."""
        parts: list[Any] = []

        def read() -> None:
            with self.library.Client(verify=False) as client, client.stream("GET", CALLS) as response:
                parts.append(response.status_code)
                parts.extend(response.iter_raw())

        async def read_async() -> None:
            async with self.library.AsyncClient(verify=False) as client, client.stream("GET", CALLS) as response:
                parts.append(response.status_code)
                async for part in response.aiter_raw():
                    parts.append(part)

        with pytest.raises(self.library.RemoteProtocolError):
            asyncio.run(read_async()) if self.asynchronous else read()
        return parts


@pytest.fixture(
    params=[(name, asynchronous) for name in LIBRARIES for asynchronous in (False, True)],
    ids=lambda param: f"{param[0]}-{'async' if param[1] else 'sync'}",
)
def sender(request: pytest.FixtureRequest) -> Sender:
    return Sender(LIBRARIES[request.param[0]], request.param[1])


@contextmanager
def advances(clock: Clock, seconds: float) -> Iterator[None]:
    """Check that the block advances the fake's clock by this time. Real time may be included."""
    start = clock.now()
    yield
    assert abs(clock.now() - start - timedelta(seconds=seconds)) < timedelta(seconds=1)


# as on a real network


RESPONSE = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\n" + b"x" * 100


def _close(connection: socket.socket) -> None:
    pass


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _truncate(connection: socket.socket) -> None:
    connection.sendall(RESPONSE[:-50])


def _keep_silent(connection: socket.socket) -> None:
    connection.recv(1)


WIRE: dict[str, Callable[[socket.socket], None]] = {
    "drop": _close,
    "reset": _reset,
    "truncate": _truncate,
    "timeout": _keep_silent,
}


@contextmanager
def wire(behaviour: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that accepts one request, and then misbehaves."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                behaviour(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join()


@pytest.mark.parametrize("kind", WIRE)
def test_a_fault_raises_the_same_exception_as_on_a_real_network(
    voipbin: FakeVoipbin, sender: Sender, kind: Any
) -> None:
    timeout = sender.library.Timeout(30, read=0.05 if kind == "timeout" else 30)
    with wire(WIRE[kind]) as url, pytest.raises(sender.library.TransportError) as real:
        sender.get(url, timeout=timeout)
    voipbin.faults.add(kind)
    with pytest.raises(sender.library.TransportError) as ours:
        sender.get(timeout=timeout)
    assert type(ours.value) is type(real.value)
    assert str(ours.value.request.url) == CALLS
    if kind == "drop":
        assert str(ours.value) == str(real.value)
    if kind == "truncate":
        assert str(ours.value).partition("(")[0] == str(real.value).partition("(")[0]


def test_a_refused_connection_raises_the_same_exception_as_on_a_real_network(
    voipbin: FakeVoipbin, sender: Sender
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(sender.library.TransportError) as real:
        sender.get(f"http://127.0.0.1:{port}/")
    voipbin.faults.add("drop", when="connect")
    with pytest.raises(sender.library.TransportError) as ours:
        sender.get()
    assert type(ours.value) is type(real.value)


def test_a_truncated_body_arrives_up_to_the_cut(voipbin: FakeVoipbin, sender: Sender) -> None:
    voipbin.faults.add("truncate", cut_at=9, times=2)
    assert sender.stream() == [401, b'{"error":']
    with pytest.raises(sender.library.RemoteProtocolError, match=r"received 9 bytes, expected \d+"):
        sender.get()
    assert sender.get().status_code == 401


def test_a_body_truncated_to_nothing(voipbin: FakeVoipbin, sender: Sender) -> None:
    voipbin.faults.add("truncate", cut_at=0)
    assert sender.stream() == [401]


def test_a_corrupted_body_can_be_read(voipbin: FakeVoipbin, sender: Sender) -> None:
    voipbin.faults.add("corrupt", body="?")
    assert sender.get().text == "?"


# time


@pytest.mark.parametrize("timeout", [10, None, httpx.Timeout(1, read=10)], ids=["10 s", "none", "read 10 s"])
def test_a_delayed_response_advances_the_clock(voipbin: FakeVoipbin, sender: Sender, timeout: Any) -> None:
    if isinstance(timeout, httpx.Timeout):
        timeout = sender.library.Timeout(1, read=10)
    voipbin.faults.add("delay", seconds=10)
    with advances(voipbin.clock, 10):
        assert sender.get(timeout=timeout).status_code == 401


@pytest.mark.parametrize("kind", ["delay", "timeout", "error"])
def test_a_client_times_out_after_its_own_timeout(voipbin: FakeVoipbin, sender: Sender, kind: Any) -> None:
    extras = {"timeout": {}, "error": {"status": 504, "seconds": 60}}.get(kind, {"seconds": 60})
    voipbin.faults.add(kind, **extras)
    timeout = sender.library.Timeout(60, read=2.5, connect=1)
    with advances(voipbin.clock, 2.5), pytest.raises(sender.library.ReadTimeout):
        sender.get(timeout=timeout)


def test_httpx_times_out_after_five_seconds_by_default(voipbin: FakeVoipbin, sender: Sender) -> None:
    voipbin.faults.add("timeout")
    with advances(voipbin.clock, 5), pytest.raises(sender.library.ReadTimeout):
        sender.get()


def test_connecting_has_its_own_timeout(voipbin: FakeVoipbin, sender: Sender) -> None:
    voipbin.faults.add("timeout", when="connect")
    timeout = sender.library.Timeout(60, connect=1.5)
    with advances(voipbin.clock, 1.5), pytest.raises(sender.library.ConnectTimeout):
        sender.get(timeout=timeout)


@pytest.mark.parametrize("when", ["after", "before", "connect"])
def test_a_client_without_a_timeout_is_reported(voipbin: FakeVoipbin, sender: Sender, when: Any) -> None:
    voipbin.faults.add("timeout", when=when)
    with pytest.raises(MissingClientTimeout, match=r"GET /v1.0/calls: the client would hang, .* Client\(timeout=10\)"):
        sender.get(timeout=None)


def test_events_scheduled_during_a_delay_are_processed(voipbin: FakeVoipbin, voipbin_client: httpx.Client) -> None:
    id = place(voipbin, voipbin_client)
    voipbin.faults.add("delay", seconds=4)
    voipbin_client.get("/providers")
    assert voipbin.calls[id].status == "ringing"


# time in event loops


def test_an_outer_timeout_works_in_virtual_time(
    voipbin: FakeVoipbin, voipbin_async_client: httpx.AsyncClient, voipbin_time: Clock
) -> None:
    voipbin.faults.add("timeout", times=None)

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(voipbin_async_client.get("/calls", timeout=None), timeout=3)
        with pytest.raises(httpx.ReadTimeout):
            await asyncio.wait_for(voipbin_async_client.get("/calls", timeout=2), timeout=3)

    start = voipbin_time.now()
    asyncio.run(main())
    assert (voipbin_time.now() - start).total_seconds() == pytest.approx(5, abs=1)
    assert [entry.status for entry in voipbin.requests] == [200, 200]


def test_delayed_responses_are_awaited_concurrently_in_virtual_time(
    voipbin: FakeVoipbin, voipbin_async_client: httpx.AsyncClient, voipbin_time: Clock
) -> None:
    voipbin.faults.add("delay", seconds=4, times=20)

    async def main() -> list[int]:
        responses = await asyncio.gather(*(voipbin_async_client.get("/calls") for _ in range(20)))
        return [response.status_code for response in responses]

    start = voipbin_time.now()
    assert asyncio.run(main()) == [200] * 20
    assert (voipbin_time.now() - start).total_seconds() == pytest.approx(4, abs=1)


def test_trio(voipbin: FakeVoipbin, voipbin_async_client: httpx.AsyncClient, voipbin_time: Clock) -> None:
    voipbin.faults.add("delay", seconds=4)
    with advances(voipbin.clock, 4):
        assert trio.run(voipbin_async_client.get, "/calls").status_code == 200


def test_a_trio_timeout_works_in_virtual_time(
    voipbin: FakeVoipbin, voipbin_async_client: httpx.AsyncClient, voipbin_time: Clock
) -> None:
    voipbin.faults.add("timeout")

    async def main() -> bool:
        with trio.move_on_after(3) as scope:
            await voipbin_async_client.get("/calls", timeout=None)
        return scope.cancelled_caught

    start = voipbin_time.now()
    assert trio.run(main)
    assert (voipbin_time.now() - start).total_seconds() == pytest.approx(3, abs=1)


# other clients


@pytest.mark.parametrize("kind", ["drop", "timeout", "truncate"])
def test_faults_apply_to_the_predefined_client(voipbin: FakeVoipbin, voipbin_client: httpx.Client, kind: Any) -> None:
    voipbin.faults.add(kind)
    with pytest.raises(httpx.TransportError):
        voipbin_client.get("/calls")
    assert voipbin_client.get("/calls").status_code == 200


@pytest.mark.parametrize("using", ["httpcore", "httpx"])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(
    ("kind", "error"),
    [("drop", httpx.RemoteProtocolError), ("timeout", httpx.ReadTimeout), ("truncate", httpx.RemoteProtocolError)],
)
def test_faults_apply_to_a_mounted_fake(using: str, asynchronous: bool, kind: Any, error: type[Exception]) -> None:
    fake = FakeVoipbin()
    fake.faults.add(kind)
    with respx.mock(using=using) as router:
        fake.mount(router)
        with advances(fake.clock, 3 if kind == "timeout" else 0), pytest.raises(error):
            Sender(httpx, asynchronous).get(timeout=3)
        assert Sender(httpx, asynchronous).get().status_code == 401


# the purpose of faults


def test_a_client_that_retries_blindly_places_a_duplicate_call(
    voipbin: FakeVoipbin, voipbin_client: httpx.Client
) -> None:
    voipbin.faults.add("timeout", method="POST", path="/providercalls")
    retrying = tenacity.retry(stop=tenacity.stop_after_attempt(2), wait=tenacity.wait_none())(place)
    retrying(voipbin, voipbin_client)
    voipbin.assert_placed(2)


def place(fake: FakeVoipbin, client: httpx.Client) -> str:
    body = {
        "provider_id": fake.provider.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}],
    }
    id: str = client.post("/providercalls", json=body).json()["call_ids"][0]
    return id
