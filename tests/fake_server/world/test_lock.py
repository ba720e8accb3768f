"""A change by a test waits until the request of another thread has been handled."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

CHANGES: dict[str, Callable[[FakeVoipbin], object]] = {
    "add_customer": lambda fake: fake.add_customer(),
    "add_agent": lambda fake: fake.add_agent(),
    "add_accesskey": lambda fake: fake.add_accesskey(),
    "add_provider": lambda fake: fake.add_provider(),
    "delete_provider": lambda fake: fake.delete_provider(fake.provider.id),
    "add_flow": lambda fake: fake.add_flow([{"type": "answer"}]),
    "add_fetchable": lambda fake: fake.add_fetchable("https://a.example", [{"type": "answer"}]),
    "add_number": lambda fake: fake.add_number("+12025550111"),
    "add_extension": lambda fake: fake.add_extension("desk"),
    "issue_token": lambda fake: fake.issue_token(next(iter(fake.state.agents.values()))),
    "carrier line": lambda fake: fake.carrier().busy(),
    "carrier health": lambda fake: fake.carrier().unreachable(),
    "carrier clear": lambda fake: fake.carrier().clear(),
    "invite": lambda fake: next(iter(fake.calls.values())).invite,
    "fault": lambda fake: fake.faults.add("drop"),
    "snapshot": lambda fake: fake.snapshot(),
    "reset": lambda fake: fake.reset(),
    "advance": lambda fake: fake.clock.advance(1),
    "send_to": lambda fake: fake.webhooks.send_to(print, "https://client.example/"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_waits_for_the_present_request(change: str) -> None:
    fake, done = FakeVoipbin(), threading.Event()
    ProbeClient(FakeTarget(fake)).place()

    def make_change() -> None:
        CHANGES[change](fake)
        done.set()

    thread = threading.Thread(target=make_change)
    with fake.lock:
        thread.start()
        early = done.wait(0.05)
    thread.join()
    assert done.is_set()
    assert not early
