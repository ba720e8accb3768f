"""What a test does to a fake waits for what a request is doing to it in another thread, and the other way round."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

DOINGS: dict[str, Callable[[FakeVoipbin], object]] = {
    "add_customer": lambda fake: fake.add_customer(),
    "add_agent": lambda fake: fake.add_agent(),
    "add_accesskey": lambda fake: fake.add_accesskey(),
    "add_provider": lambda fake: fake.add_provider(),
    "delete_provider": lambda fake: fake.delete_provider(fake.provider.id),
    "add_flow": lambda fake: fake.add_flow([{"type": "answer"}]),
    "add_fetchable": lambda fake: fake.add_fetchable("https://a.example", [{"type": "answer"}]),
    "add_extension": lambda fake: fake.add_extension("desk"),
    "issue_token": lambda fake: fake.issue_token(next(iter(fake.state.agents.values()))),
    "a carrier's line": lambda fake: fake.carrier().busy(),
    "a carrier's health": lambda fake: fake.carrier().unreachable(),
    "a carrier's new script": lambda fake: fake.carrier().clear(),
    "an invite": lambda fake: next(iter(fake.calls.values())).invite,
    "a fault": lambda fake: fake.faults.add("drop"),
    "a snapshot": lambda fake: fake.snapshot(),
    "a reset": lambda fake: fake.reset(),
    "time": lambda fake: fake.clock.advance(1),
    "settling": lambda fake: fake.webhooks.send_to(print, "https://client.example/"),
}


@pytest.mark.parametrize("what", DOINGS)
def test_it_waits_for_the_request_that_is_being_answered(what: str) -> None:
    fake, done = FakeVoipbin(), threading.Event()
    ProbeClient(FakeTarget(fake)).place()

    def do() -> None:
        DOINGS[what](fake)
        done.set()

    thread = threading.Thread(target=do)
    with fake.lock:
        thread.start()
        early = done.wait(0.05)
    thread.join()
    assert done.is_set()
    assert not early
