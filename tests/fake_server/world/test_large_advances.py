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

from .test_growth import BUSY, CALLEE, SOURCE, posting, request, with_calls


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


@pytest.mark.parametrize("edition", ["documented", "server-2026-08"])
def test_a_leg_that_begins_to_wait_during_an_advance_is_dialled_at_its_time(edition: str) -> None:
    fake = FakeVoipbin(edition, lifecycle="scheduled")
    # Another call, whose events would follow each other until its end an hour later.
    fake.handle(posting(fake, destinations=[{"type": "tel", "target": "+12025550187"}]))
    groupcall = {"source": SOURCE, "destinations": [BUSY, CALLEE], "ring_method": "linear"}
    assert fake.handle(request(fake, "POST", "/groupcalls", **groupcall)).status == 200
    began = fake.clock.now()
    fake.clock.advance(7200)
    (second,) = (call for call in fake.calls.values() if call.destination.target == CALLEE["target"])
    assert (second.tm_create - began).total_seconds() < 10


def test_calls_of_one_time_are_created_before_a_webhook_arrives() -> None:
    fake = FakeVoipbin("server-2026-08", lifecycle="scheduled")
    seen: list[tuple[str, int]] = []
    fake.webhooks.send_to(
        lambda webhook: seen.append((json.loads(webhook.body)["type"], len(fake.calls))), "https://client.example/hooks"
    )
    assert fake.handle(request(fake, "POST", "/groupcalls", source=SOURCE, destinations=[BUSY, CALLEE])).status == 200
    fake.clock.advance(1)
    assert {count for type, count in seen if type == "call_created"} == {2}


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
    monkeypatch.setattr(engine, "MANY", 1)
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
    # Its import defers collections.
    assert fake.call_engine
    monkeypatch.setattr(gc, "disable", lambda: pytest.fail("three calls are few"))
    fake.clock.advance(60)


def test_advance_leaves_no_garbage_for_the_collector() -> None:
    connected = {"type": "connect", "option": {"source": SOURCE, "destinations": [CALLEE, BUSY]}}
    fake = FakeVoipbin()
    found = []
    for _ in range(4):
        # What is made once comes first.
        for _ in range(10):
            assert fake.handle(posting(fake, actions=[connected])).status == 200
        gc.collect()
        gc.disable()
        try:
            fake.clock.advance(3600)
            found.append(gc.collect())
        finally:
            gc.enable()
    # A server that another test has used may end at any time.
    assert min(found[1:]) == 0
