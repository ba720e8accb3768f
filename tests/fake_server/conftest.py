"""A fake of each edition, and few words to ask it."""

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
    """A fake of each edition in turn; a test that needs one edition gives it with indirect parameters."""
    return FakeVoipbin(request.param)


@pytest.fixture
def api(fake: FakeVoipbin) -> ProbeClient:
    """The fake, asked in few words, with an identity for every role."""
    return ProbeClient(FakeTarget(fake))


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    """A server on real sockets, started once for the tests of a module."""
    with LoopbackServer() as running:
        yield running


@pytest.fixture(scope="session")
def tables() -> Callable[[FakeVoipbin], Tables]:
    """Copies everything that a fake knows, to be compared with a later copy."""

    def dump(fake: FakeVoipbin) -> Tables:
        tables = ((name, table) for name, table in vars(fake.state).items() if isinstance(table, Mapping))
        copies = {name: {key: copy(record) for key, record in table.items()} for name, table in tables}
        return {**copies, "events": dict(enumerate(fake.events))}

    return dump
