"""A fake with its control API, served over a socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.asgi_app import FakeApp
from pytest_providercalls.fake_server.transports.loopback_server import Listener, LoopbackServer


@pytest.fixture
def served() -> FakeVoipbin:
    return FakeVoipbin()


@pytest.fixture
def listener(server: LoopbackServer, served: FakeVoipbin) -> Iterator[Listener]:
    listener = server.serve(FakeApp(served, lambda: ControlApi(served)))
    yield listener
    listener.close()
