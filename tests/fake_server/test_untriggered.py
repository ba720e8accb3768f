"""Faults and script lines that have had no effect are listed, with the statement that added them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.probes import DESTINATION
from pytest_providercalls.fake_server import FakeVoipbin

from .scenario import client_of

NUMBER = DESTINATION["target"]
Configure = Callable[[FakeVoipbin], Any]
CONFIGURED: dict[str, tuple[Configure, str]] = {
    "fault": (
        lambda fake: fake.faults.add("timeout", path="/providercalls", nth=2),
        "faults.add('timeout', path='/providercalls', nth=2)",
    ),
    "webhook fault": (
        lambda fake: fake.webhooks.faults.add("delay", "call_ringing", seconds=5),
        "webhooks.faults.add('delay', event='call_ringing', seconds=5)",
    ),
    "line": (lambda fake: fake.carrier().busy(destination="+1999"), "carrier().busy(destination='+1999')"),
    "rejection": (lambda fake: fake.carrier().rejects(404, source="+1"), "carrier().rejects(sip=404, source='+1')"),
    "allowed sources": (lambda fake: fake.carrier().allows_sources("+1"), "carrier().allows_sources('+1')"),
}


@pytest.fixture
def fake() -> FakeVoipbin:
    return FakeVoipbin()


@pytest.mark.parametrize("name", CONFIGURED)
def test_what_was_never_triggered_is_listed(fake: FakeVoipbin, name: str) -> None:
    configure, statement = CONFIGURED[name]
    configure(fake)
    expected = f"voipbin.{statement} was never triggered"
    assert fake.untriggered() == [expected]
    assert fake.transcript() == f"no requests\nwarning: {expected}"


def test_a_line_of_another_provider_names_it(fake: FakeVoipbin) -> None:
    other = fake.add_provider()
    fake.carrier(other).busy()
    client_of(fake).place()
    assert fake.untriggered() == [f"voipbin.carrier({other.id!r}).busy() was never triggered"]


def place(fake: FakeVoipbin) -> None:
    """Place a call with a client that receives webhooks, and let it ring."""
    fake.webhooks.send_to(lambda webhook: None, "https://client.example/hooks")
    client_of(fake).place(provider_id=fake.provider.id)
    fake.clock.advance(3)


@pytest.mark.parametrize(
    "configure",
    [
        lambda fake: fake.faults.add("delay", seconds=1, times=None),
        lambda fake: fake.faults.add("error", status=503, method="GET", times=3),
        lambda fake: fake.webhooks.faults.add("duplicate", "call_ringing"),
        lambda fake: fake.webhooks.faults.add("duplicate", times=None),
        lambda fake: fake.carrier().busy(destination=NUMBER).answers(),
        lambda fake: fake.carrier().allows_sources("+12025550100").answers(),
        lambda fake: fake.carrier().unreachable(),
    ],
)
def test_what_was_triggered_is_not_listed(fake: FakeVoipbin, configure: Configure) -> None:
    configure(fake)
    place(fake)
    other = [{"type": "tel", "target": "+12025550144"}]
    client_of(fake).place(provider_id=fake.provider.id, destinations=other)
    respond(fake)
    assert fake.untriggered() == []
    assert "never triggered" not in fake.transcript()


def test_a_line_applies_to_a_call_that_was_not_polled(fake: FakeVoipbin) -> None:
    fake.carrier().busy()
    client_of(fake).place(provider_id=fake.provider.id)
    assert fake.untriggered() == []


def test_two_equal_faults_are_two(fake: FakeVoipbin) -> None:
    for _ in range(2):
        fake.faults.add("error", status=503, path="/providers")
        fake.webhooks.faults.add("drop", "call_ringing", nth=2)
    respond(fake)
    place(fake)
    assert len(fake.untriggered()) == 3
    place(fake)
    assert len(fake.untriggered()) == 1


def respond(fake: FakeVoipbin) -> None:
    fake.respond(Request("GET", "/v1.0/providers"))


def test_a_restored_snapshot_does_not_forget_what_was_triggered(fake: FakeVoipbin) -> None:
    fake.faults.add("error", status=503)
    fake.carrier().busy()
    snapshot = fake.snapshot()
    respond(fake)
    place(fake)
    fake.restore(snapshot)
    assert fake.untriggered() == []


def test_what_a_test_removes_is_not_listed(fake: FakeVoipbin) -> None:
    for configure, _ in CONFIGURED.values():
        configure(fake)
    fake.faults.clear()
    fake.webhooks.faults.clear()
    fake.carrier().clear()
    assert fake.untriggered() == []


def test_a_transcript_contains_no_credentials_of_a_fault(fake: FakeVoipbin) -> None:
    fake.faults.add("corrupt", path="/providercalls", body=f'{{"token": "{fake.super_admin.token}"}}')
    assert fake.super_admin.token not in fake.transcript()
