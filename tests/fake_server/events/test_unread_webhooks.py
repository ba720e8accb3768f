"""Webhooks that a function does not read: nothing is serialised for them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.events.event import Event
from pytest_providercalls.fake_server.events.receivers import Webhook

from .inbox import URI, Inbox, place_call

OWN = "6f1c1a3e-0000-4000-8000-000000000001"
LOOP = [{"id": OWN, "type": "goto", "option": {"target_id": OWN, "loop_count": 40}}]


@pytest.fixture
def serialised(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The number of events of each type that were serialised."""
    counts: Counter[str] = Counter()
    body: Any = Event.body

    def counted(event: Event) -> bytes:
        counts[event.type] += 1
        found: bytes = body.fget(event)
        return found

    monkeypatch.setattr(Event, "body", property(counted))
    return counts


def test_nothing_is_serialised_for_a_function_that_reads_nothing(serialised: Counter[str]) -> None:
    fake = FakeVoipbin()
    urls: list[str] = []
    fake.webhooks.send_to(lambda webhook: urls.append(f"{webhook.method} {webhook.url}"), URI)
    place_call(fake, actions=LOOP)
    fake.clock.advance(100)
    assert urls == [f"POST {URI}"] * len(fake.events)
    assert len(urls) > 40
    assert serialised == {}


def test_a_webhook_is_serialised_once(serialised: Counter[str]) -> None:
    fake = FakeVoipbin()
    fake.webhooks.send_to(read, URI)
    place_call(fake)
    fake.clock.advance(100)
    assert serialised == Counter(event.type for event in fake.events)


def read(webhook: Webhook) -> None:
    """Read all of a webhook, twice."""
    for _ in range(2):
        assert len(webhook.body) == int(webhook.headers["Content-Length"])
        assert repr(webhook) == f"<Webhook POST {URI}, {len(webhook.body)} bytes>"


def test_a_webhook_that_is_read_later_shows_the_moment_of_its_event() -> None:
    early, late = FakeVoipbin(), FakeVoipbin()
    at_once: list[tuple[dict[str, str], bytes]] = []
    inbox = Inbox()
    early.webhooks.send_to(lambda webhook: at_once.append((dict(webhook.headers), webhook.body)), URI)
    late.webhooks.send_to(inbox, URI)
    for fake in (early, late):
        place_call(fake, actions=LOOP)
        fake.clock.advance(100)
    assert [(dict(one.headers), one.body) for one in inbox.webhooks] == at_once
