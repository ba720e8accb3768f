"""Deliveries and threads: receivers that call the fake, and deliveries in several threads."""

from __future__ import annotations

import threading
from typing import Any

from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .inbox import LIFE, URI, place_call


def test_request_of_another_thread_does_not_wait_for_the_receiver(fake: FakeVoipbin) -> None:
    """The receiver waits for another thread, which sends a request to the fake."""
    api, statuses = ProbeClient(FakeTarget(fake)), []

    def receive(webhook: Any) -> None:
        other = threading.Thread(target=lambda: statuses.append(api.get("/calls").status))
        other.start()
        other.join(timeout=10)
        assert not other.is_alive()

    fake.webhooks.send_to(receive, URI)
    place_call(fake)
    fake.clock.advance(1000)
    assert statuses == [200] * len(LIFE)
    assert all(one.delivered for one in fake.webhooks.deliveries)


def test_receiver_can_advance_the_clock(fake: FakeVoipbin) -> None:
    types = []

    def receive(webhook: Any) -> None:
        types.append(webhook.json()["type"])
        fake.clock.advance(3)

    fake.webhooks.send_to(receive, URI)
    place_call(fake)
    fake.clock.advance(1000)
    assert types == LIFE


def test_receiver_can_place_a_call_with_its_own_webhooks(fake: FakeVoipbin) -> None:
    types, ids = [], []

    def receive(webhook: Any) -> None:
        event = webhook.json()
        types.append(event["type"])
        if event["type"] == "call_hangup" and len(fake.calls) < 3:
            ids.append(place_call(fake))
            # The new call's webhooks are not delivered during this one.
            assert types[-1] == "call_hangup"

    fake.webhooks.send_to(receive, URI)
    place_call(fake)
    fake.clock.advance(1000)
    assert types == LIFE * 3
    assert len(ids) == 2


def test_nested_deliver_does_nothing(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(lambda webhook: fake.webhooks.deliver(), URI)
    place_call(fake)
    assert [one.status for one in fake.webhooks.deliveries] == [200, 200]


def test_eight_threads_deliver_every_webhook_once(fake: FakeVoipbin) -> None:
    types: list[str] = []
    fake.webhooks.send_to(lambda webhook: types.append(webhook.json()["type"]), URI)
    api = ProbeClient(FakeTarget(fake))

    def work() -> None:
        for _ in range(5):
            require_success(api.post(f"/calls/{place_call(fake)}/hangup"))
            fake.clock.advance(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fake.webhooks.deliver()
    assert sorted(types) == sorted(event.type for event in fake.events)
    assert [one.event for one in fake.webhooks.deliveries] == list(fake.events)
    assert len(types) >= 4 * 40


def test_deliver_waits_for_another_thread(fake: FakeVoipbin) -> None:
    started, proceed = threading.Event(), threading.Event()

    def receive(webhook: Any) -> None:
        started.set()
        assert proceed.wait(10)

    fake.webhooks.send_to(receive, URI)
    placing = threading.Thread(target=place_call, args=(fake,))
    placing.start()
    assert started.wait(10)
    assert fake.webhooks.due
    threading.Timer(0.05, proceed.set).start()
    fake.webhooks.deliver()
    assert len(fake.webhooks.deliveries) == 2
    placing.join()
