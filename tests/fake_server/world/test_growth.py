"""An operation costs the same on a fake with many records as on one with few: steps are counted, and no time."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.events.outbox import Outbox, QueuedWebhook
from pytest_providercalls.fake_server.gateway import request_context
from pytest_providercalls.fake_server.gateway.handlers import providercalls
from pytest_providercalls.fake_server.wire import gojson
from pytest_providercalls.fake_server.wire.serializers import RecordSerializer
from pytest_providercalls.fake_server.world.state import Table

from ..websockets.conftest import connect
from .steps import FEW, MANY, SAME, assert_same_cost, steps_of

SOURCE = {"type": "tel", "target": "+12025550100"}
CALLEE = {"type": "tel", "target": "+12025550143"}
BUSY = {"type": "tel", "target": "+12025550180"}
LOOP = "6f1c1a3e-0000-4000-8000-000000000001"


def request(fake: FakeVoipbin, method: str, path: str, **body: Any) -> Request:
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    return Request(method, f"/v1.0{path}", headers, json.dumps(body).encode() if body else b"")


def posting(fake: FakeVoipbin, **fields: Any) -> Request:
    body = {"provider_id": fake.provider.id, "source": SOURCE, "destinations": [CALLEE], **fields}
    return request(fake, "POST", "/providercalls", **body)


def with_calls(count: int) -> FakeVoipbin:
    fake = FakeVoipbin()
    for _ in range(count):
        assert fake.handle(posting(fake, actions=[{"type": "answer"}])).status == 200
    return fake


def reading(count: int, read: Callable[[FakeVoipbin, str], object]) -> Callable[[], object]:
    """Return a function that reads something about the next call."""
    fake = with_calls(count)
    fake.clock.advance(60)
    ids = iter(fake.calls)
    return lambda: read(fake, next(ids))


def test_ladder_looks_at_no_other_request_or_event() -> None:
    assert_same_cost(lambda count: reading(count, FakeVoipbin.ladder))


def test_timeline_looks_at_no_other_event() -> None:
    def read(fake: FakeVoipbin, id: str) -> None:
        assert fake.handle(request(fake, "GET", f"/timelines/calls/{id}/events")).status == 200

    assert_same_cost(lambda count: reading(count, read))


def test_indexes_follow_a_restored_journal() -> None:
    fake = with_calls(1)
    (id,) = fake.calls
    snapshot = fake.snapshot()
    before = fake.ladder(id)
    assert fake.handle(request(fake, "GET", f"/calls/{id}")).status == 200
    assert f"GET /v1.0/calls/{id}" in fake.ladder(id)
    fake.restore(snapshot)
    assert fake.ladder(id) == before
    fake.calls[id].ring()
    assert "180 Ringing" in fake.ladder(id)


def test_refused_request_removes_its_flow_without_a_look_at_all() -> None:
    def prepare(count: int) -> Callable[[], object]:
        fake = with_calls(count)
        refused = posting(fake, actions=[{"type": "answer"}], destinations=[{"type": "email", "target": "a@b"}])

        def refuse() -> None:
            assert fake.handle(refused).status == 400
            assert len(fake.flows) == count

        return refuse

    assert_same_cost(prepare)


def test_removed_record_is_gone_from_all_lists() -> None:
    fake = with_calls(3)
    table: Table[Any] = fake.state.flows
    first, second, third = table.values()
    table.remove(second)
    assert [*table.values()] == [first, third] == table.after(0)
    assert table.page(5, owner=first.customer_id) == [third, first]
    # Also from a list of an owner that was read before.
    table.remove(first)
    assert table.page(5, owner=third.customer_id) == [third] == table.page(5)
    table.add(first)
    assert table.page(5, owner=first.customer_id) == [first, third]


def test_end_of_a_connected_call_looks_at_no_other() -> None:
    def steps(legs: int) -> int:
        fake = FakeVoipbin()
        connected = {"type": "connect", "option": {"source": SOURCE, "destinations": [BUSY] * legs}}
        assert fake.handle(posting(fake, actions=[connected])).status == 200
        fake.clock.advance(8)
        assert len(fake.calls) == legs + 1
        steps = steps_of(lambda: fake.clock.advance(10))
        assert [call.hangup_reason for call in fake.calls.values()][1:] == ["busy"] * legs
        return steps

    few, many = 10, 100
    assert steps(many) < SAME * many / few * steps(few)


def test_event_looks_at_no_closed_websocket() -> None:
    def prepare(count: int) -> Callable[[], object]:
        fake = FakeVoipbin()
        for _ in range(count):
            connect(fake, None, f"customer_id:{fake.super_admin.customer_id}:call").close()
        assert (len(fake.websockets), fake.websockets.open) == (count, [])
        return lambda: fake.handle(posting(fake))

    assert_same_cost(prepare)


def test_next_webhook_is_found_behind_many_that_are_due() -> None:
    def prepare(count: int) -> Callable[[], object]:
        outbox, now = Outbox(), FakeVoipbin().clock.now()
        later = now + timedelta(seconds=1)
        outbox.add(QueuedWebhook(now, 0, "call_created", "", "", "", "", None), [now] * count + [later])

        def find() -> None:
            assert (outbox.queue.next_due(now), outbox.queue.next_due(later)) == (later, None)

        return find

    # A binary search compares a few more.
    few, many = prepare(FEW), prepare(MANY)
    assert steps_of(many) < 2 * steps_of(few)


def looping(edition: str, loops: int) -> FakeVoipbin:
    """Return a fake on which a flow has looped, with what Go writes in its own way."""
    fake = FakeVoipbin(edition)
    # The text looks like the field into which the history is written.
    option = {"target_id": LOOP, "loop_count": loops, "text": '<&\u2028\ud800"', "number": 1.0, "executed_actions": []}
    assert fake.handle(posting(fake, actions=[{"id": LOOP, "type": "goto", "option": option}])).status == 200
    fake.clock.advance(60)
    return fake


@pytest.mark.parametrize("edition", ["documented", "server-2026-04", "server-2026-08"])
def test_body_with_a_long_history_is_that_of_its_data(edition: str) -> None:
    fake = looping(edition, 30)
    lengths = {len(event.data.get("executed_actions", ())) for event in fake.events}
    assert max(lengths) > 30
    # The last ones once more, when the actions of their history are known.
    for event in (*fake.events, *fake.events[-3:]):
        assert event.body == gojson.encode({"type": event.type, "data": event.data})


def test_each_action_of_a_history_is_serialised_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = looping("server-2026-08", 90)
    writes = 0
    write = RecordSerializer.write

    def counted(serializer: RecordSerializer, values: tuple[Any, ...]) -> dict[str, Any]:
        nonlocal writes
        writes += 1
        return write(serializer, values)

    monkeypatch.setattr(RecordSerializer, "write", counted)
    bodies = [event.body for event in fake.events]
    assert len(bodies) > 100
    # A short history is serialised as a whole.
    assert writes < 10 * len(bodies)


@pytest.mark.parametrize("enabled", [True, False])
def test_large_request_defers_garbage_collection(enabled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    fake, seen = FakeVoipbin(), []
    place = request_context.placement.place

    def observed(*arguments: Any) -> Any:
        seen.append(gc.isenabled())
        return place(*arguments)

    monkeypatch.setattr(request_context.placement, "place", observed)
    was_enabled = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        for size in (2**20, 2**30):
            monkeypatch.setattr(providercalls, "_LARGE", size if size == 2**30 else 1)
            assert fake.handle(posting(fake)).status == 200
            assert gc.isenabled() is enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()
    assert seen == [False, enabled]
