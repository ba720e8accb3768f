"""A fake of each edition, a client for it, and copies of its state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from typing import Any

import pytest
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer

Tables = dict[str, Any]


@pytest.fixture(params=["documented", "server-2026-04", "server-2026-08"])
def fake(request: pytest.FixtureRequest) -> FakeVoipbin:
    """A fake of each edition in turn; a test for one edition selects it with indirect parametrization."""
    return FakeVoipbin(request.param)


@pytest.fixture
def api(fake: FakeVoipbin) -> ProbeClient:
    """A client of the fake, with an identity for each role."""
    return ProbeClient(FakeTarget(fake))


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    """A server on real sockets, started once per module."""
    with LoopbackServer() as running:
        yield running


@pytest.fixture(scope="session")
def tables() -> Callable[[FakeVoipbin], Tables]:
    """A function that copies the whole state of a fake, for comparison with a later copy."""

    def dump(fake: FakeVoipbin) -> Tables:
        # Records that exist implicitly are made when somebody asks for them.
        assert fake.routes and fake.outbound_configs
        # A section exists once it has been used.
        tables = fake.state.parts() | {
            f"section {id(section)}": value for section, value in fake.state.sections.items() if value
        }
        copies = {
            name: {key: copy(record) for key, record in table.items()}
            for name, table in tables.items()
            if isinstance(table, Mapping)
        }
        return {**copies, "events": dict(enumerate(fake.events))}

    return dump
