"""Faults over real sockets, in real time."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.asgi import Application
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer


@pytest.fixture
def fake() -> FakeVoipbin:
    return FakeVoipbin()


@pytest.fixture
def client(server: LoopbackServer, fake: FakeVoipbin, caplog: pytest.LogCaptureFixture) -> Iterator[httpx.Client]:
    """A client of a fake on its own port. The server must not log any warning."""
    listener = server.serve(Application(fake))
    token = f"Bearer {fake.super_admin.token}"
    with httpx.Client(base_url=f"{listener.url}/v1.0", headers={"Authorization": token}) as client:
        yield client
    listener.close()
    assert [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING] == []


def place(fake: FakeVoipbin, client: httpx.Client, wait: float = 30) -> httpx.Response:
    body = {
        "provider_id": fake.provider.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}],
    }
    return client.post("/providercalls", json=body, timeout=httpx.Timeout(30, read=wait))


@pytest.mark.parametrize(
    ("kind", "when", "error", "placed"),
    [
        ("timeout", "after", httpx.ReadTimeout, 1),
        ("timeout", "before", httpx.ReadTimeout, 0),
        ("timeout", "connect", httpx.ReadTimeout, 0),
        ("drop", "after", httpx.RemoteProtocolError, 1),
        ("drop", "before", httpx.RemoteProtocolError, 0),
        ("drop", "connect", httpx.RemoteProtocolError, 0),
        ("reset", "after", httpx.ReadError, 1),
        ("reset", "before", httpx.ReadError, 0),
        ("truncate", "after", httpx.RemoteProtocolError, 1),
    ],
)
def test_a_response_is_lost(
    fake: FakeVoipbin, client: httpx.Client, kind: Any, when: Any, error: type[Exception], placed: int
) -> None:
    fake.faults.add(kind, when=when)
    with pytest.raises(error):
        place(fake, client, wait=0.1 if kind == "timeout" else 30)
    fake.assert_placed(placed)
    assert place(fake, client).status_code == 200


def test_the_second_request_of_a_connection_is_lost(fake: FakeVoipbin, client: httpx.Client) -> None:
    place(fake, client)
    fake.faults.add("drop")
    with pytest.raises(httpx.RemoteProtocolError, match=r"Server disconnected without sending a response\."):
        place(fake, client)


def test_a_truncated_body_arrives_up_to_the_cut(fake: FakeVoipbin, client: httpx.Client) -> None:
    fake.faults.add("truncate", cut_at=10)
    with (
        client.stream("GET", "/providers") as response,
        pytest.raises(httpx.RemoteProtocolError, match="received 10 by"),
    ):
        parts = []
        for part in response.iter_raw():
            parts.append(part)
    assert (response.status_code, b"".join(parts)) == (200, b'{"result":')


def test_a_delayed_response_is_delayed(fake: FakeVoipbin, client: httpx.Client) -> None:
    fake.faults.add("delay", seconds=0.05)
    start = time.perf_counter()
    assert place(fake, client).status_code == 200
    assert time.perf_counter() - start >= 0.05


def test_a_client_times_out(fake: FakeVoipbin, client: httpx.Client) -> None:
    fake.faults.add("delay", seconds=60)
    with pytest.raises(httpx.ReadTimeout):
        place(fake, client, wait=0.1)
    fake.assert_placed(1)


@pytest.mark.parametrize(("fault", "status"), [({"kind": "error", "status": 429}, 429), ({"kind": "corrupt"}, 200)])
def test_other_responses(fake: FakeVoipbin, client: httpx.Client, fault: Any, status: int) -> None:
    fake.faults.add(**fault)
    assert place(fake, client).status_code == status


def test_other_libraries(fake: FakeVoipbin, client: httpx.Client) -> None:
    fake.faults.add("reset")
    fake.faults.add("truncate")
    for error in (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        with pytest.raises(error):
            requests.get(str(client.base_url.join("/ping")), timeout=10)


def test_stopping_the_server_does_not_wait_for_a_suppressed_response(fake: FakeVoipbin) -> None:
    fake.faults.add("timeout")
    with LoopbackServer() as server:
        listener = server.serve(Application(fake))
        with socket.create_connection((listener.host, listener.port), timeout=10) as waiting:
            waiting.sendall(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
            while not fake.requests:
                time.sleep(0.001)
            server.stop()
            assert waiting.recv(100) == b""
