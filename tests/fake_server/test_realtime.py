"""The lifecycle `realtime`: calls progress as real time passes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The real time, as the only item of a list."""
    now = [1000.0]
    monkeypatch.setattr("pytest_providercalls.fake_server.world.clock.monotonic", lambda: now[0])
    return now


def test_a_call_progresses_as_time_passes(seconds: list[float]) -> None:
    fake = FakeVoipbin(lifecycle="realtime")
    api = ProbeClient(FakeTarget(fake))
    sleep = {"type": "sleep", "option": {"duration": 5000}}
    id = api.place(provider_id=fake.provider.id, actions=[sleep])["call_ids"][0]
    seen = []
    for _ in range(7):
        seen.append(require_success(api.get(f"/calls/{id}"))["status"])
        seconds[0] += 2
    assert seen == ["dialing", "ringing", "ringing", "progressing", "progressing", "progressing", "hangup"]


def test_sync_needs_no_request(seconds: list[float]) -> None:
    fake = FakeVoipbin(lifecycle="realtime")
    call = fake.calls[ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id)["call_ids"][0]]
    seconds[0] += 3
    fake.clock.sync()
    assert call.status == "ringing"
    fake.clock.advance(10)
    assert call.status == "hangup"


def test_the_clock_shows_real_time() -> None:
    fake = FakeVoipbin(lifecycle="realtime")
    assert abs(fake.clock.now() - datetime.now(timezone.utc)) < timedelta(minutes=1)


def test_sync_does_not_change_virtual_time(seconds: list[float]) -> None:
    fake = FakeVoipbin()
    before = fake.clock.now()
    seconds[0] += 100
    fake.clock.sync()
    assert fake.clock.now() == before
