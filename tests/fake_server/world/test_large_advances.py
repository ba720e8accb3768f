"""Advances with many calls: events follow each other at once, and webhooks come between them."""

from __future__ import annotations

import gc
import json
from datetime import datetime
from typing import Any

import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls import engine
from pytest_providercalls.fake_server.events.dispatcher import Webhooks

from .test_growth import BUSY, CALLEE, SOURCE, posting, with_calls


@pytest.mark.parametrize("hooks", [False, True])
def test_events_without_webhooks_follow_each_other_at_once(hooks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = with_calls(20)
    if hooks:
        fake.webhooks.send_to(lambda _: None, "https://client.example/hooks")
    stops = 0
    next_due = Webhooks._next_due

    def counted(webhooks: Webhooks, after: datetime) -> datetime | None:
        nonlocal stops
        stops += 1
        return next_due(webhooks, after)

    monkeypatch.setattr(Webhooks, "_next_due", counted)
    fake.clock.advance(60)
    assert {call.status for call in fake.calls.values()} == {"hangup"}
    assert (stops > 20) is hooks
    assert hooks or stops == 1


def test_webhook_arrives_before_the_next_event() -> None:
    fake = with_calls(2)
    seen: list[tuple[str, str]] = []

    def receive(webhook: Any) -> None:
        event = json.loads(webhook.body)
        if event["type"].startswith("call_") and event["type"] != "call_updated":
            seen.append((event["type"].removeprefix("call_"), fake.calls[event["data"]["id"]].status))

    fake.webhooks.send_to(receive, "https://client.example/hooks")
    fake.clock.advance(60)
    assert len(seen) == 8
    # A call that VoIPbin hangs up ends before a client can see it.
    assert all(kind == status or (kind, status) == ("terminating", "hangup") for kind, status in seen)


@pytest.mark.parametrize("enabled", [True, False])
def test_large_advance_defers_garbage_collection(enabled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, inside, outside = with_calls(3), set(), set()
    fake.webhooks.send_to(lambda _: outside.add(gc.isenabled()), "https://client.example/hooks")
    answer = engine.CallEngine.answer

    def observed(self: Any, call: Any) -> None:
        inside.add(gc.isenabled())
        answer(self, call)

    monkeypatch.setattr(engine.CallEngine, "answer", observed)
    monkeypatch.setattr(engine, "_MANY", 1)
    was_enabled = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        fake.clock.advance(60)
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()
    # A receiver is the test's own code.
    assert (inside, outside) == ({False}, {enabled})


def test_small_advance_does_not_touch_the_garbage_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = with_calls(3)
    monkeypatch.setattr(gc, "disable", lambda: pytest.fail("three calls are few"))
    fake.clock.advance(60)


def test_advance_leaves_no_garbage_for_the_collector() -> None:
    connected = {"type": "connect", "option": {"source": SOURCE, "destinations": [CALLEE, BUSY]}}
    fake = FakeVoipbin()
    for _ in range(2):
        # What is made once comes first.
        for _ in range(10):
            assert fake.handle(posting(fake, actions=[connected])).status == 200
        gc.collect()
        gc.disable()
        try:
            fake.clock.advance(3600)
            found = gc.collect()
        finally:
            gc.enable()
    assert found == 0
