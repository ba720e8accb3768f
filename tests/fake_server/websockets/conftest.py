"""WebSockets without a connection below them, in the thread of the test."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.identity import Identity
from pytest_providercalls.contracts.probes import HANDSHAKE
from pytest_providercalls.fake_server import FakeVoipbin, probe_target
from pytest_providercalls.fake_server.probe_target import FakeSocket


def connect(fake: FakeVoipbin, user: Identity | None = None, *topics: str, **query: str) -> FakeSocket:
    """Open a WebSocket as a user (by default the super-admin), and subscribe to some topics."""
    text = "&".join(f"{name}={value}" for name, value in (query or {"token": (user or fake.super_admin).token}).items())
    socket = probe_target.connect(fake, Request("GET", f"/v1.0/ws?{text}", HANDSHAKE))
    assert isinstance(socket, FakeSocket), socket
    if topics:
        send(socket, "subscribe", *topics)
    return socket


def send(socket: FakeSocket, type: str, *topics: str) -> None:
    socket.send(json.dumps({"type": type, "topics": topics}))


def events(socket: FakeSocket) -> list[Any]:
    """Return the messages that have arrived since the last call."""
    return [json.loads(text) for text in socket.received()]


def types(socket: FakeSocket) -> list[str]:
    return [event["type"] for event in events(socket)]


Place = Callable[..., str]


@pytest.fixture
def place() -> Place:
    """A function that places a providercall on a fake, and returns the id of its call."""

    def place(fake: FakeVoipbin, **fields: Any) -> str:
        body = {
            "provider_id": fake.provider.id,
            "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": "+12025550143"}],
            **fields,
        }
        target = f"/v1.0/providercalls?token={fake.super_admin.token}"
        response = fake.handle(Request("POST", target, (), json.dumps(body).encode()))
        id: str = response.json()["call_ids"][0]
        return id

    return place
