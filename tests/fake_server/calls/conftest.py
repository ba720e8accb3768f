"""A placed call."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import Call


@pytest.fixture
def call(fake: FakeVoipbin, api: ProbeClient) -> Call:
    """A call that has just been placed."""
    return fake.calls[api.place()["call_ids"][0]]
