"""Parts of the fake cost the same with many items as with few: steps and copies are counted, and no time."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls import engine
from pytest_providercalls.fake_server.control import operations
from pytest_providercalls.fake_server.control.controlled_fake import ControlledFake
from pytest_providercalls.fake_server.events.dispatcher import Webhooks
from pytest_providercalls.fake_server.events.due_queue import DueQueue
from pytest_providercalls.fake_server.flows import action_stack
from pytest_providercalls.fake_server.world.values import Action, Frame, Growing, extended

from ..websockets.conftest import connect
from .steps import assert_same_cost
from .test_growth import BUSY, CALLEE, SOURCE, posting, request, with_calls

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def number(index: int) -> str:
    return f"+1212{index:07}"


# carriers


def test_script_line_is_compared_with_no_other() -> None:
    def prepare(count: int) -> Callable[[], object]:
        carrier = FakeVoipbin().carrier()
        for index in range(count):
            carrier.rejects(destination=number(index))
        others = iter(range(count, 2 * count))
        return lambda: carrier.rejects(destination=number(next(others)))

    assert_same_cost(prepare)


def test_call_is_compared_with_few_script_lines() -> None:
    def prepare(count: int) -> Callable[[], object]:
        fake = FakeVoipbin()
        for index in range(count):
            fake.carrier().rejects(destination=number(index))

        def place() -> None:
            fake.handle(posting(fake, destinations=[{"type": "tel", "target": number(count - 1)}]))
            fake.clock.advance(1)
            assert fake.state.calls.after(len(fake.calls) - 1)[0].sip == 403

        return place

    assert_same_cost(prepare)


# flows


def test_next_action_of_a_long_flow_is_found_at_once() -> None:
    def prepare(count: int) -> Callable[[], object]:
        actions = tuple(Action(str(index)) for index in range(count * 20))
        current = actions[-2]

        def find() -> None:
            assert action_stack.next_position((Frame(actions),), current) == ((Frame(actions),), actions[-1])

        return find

    assert_same_cost(prepare)


def test_first_of_two_actions_with_one_id_counts_in_a_long_flow() -> None:
    actions = tuple(Action(str(index)) for index in range(30))
    twice = (*actions, actions[3], Action("last"))
    found = action_stack.next_position((Frame(twice),), actions[3])
    assert found is not None
    assert found.action.id == "4"


def test_places_of_few_flows_are_kept() -> None:
    lists = [tuple(Action(f"{one} {index}") for index in range(20)) for one in range(200)]
    for actions in lists:
        assert action_stack.locate((Frame(actions),), actions[-1].id) is not None
    assert len(action_stack._PLACES) <= action_stack._MOST_PLACES


def test_digit_is_compared_with_no_earlier_one() -> None:
    def prepare(count: int) -> Callable[[], object]:
        fake = FakeVoipbin()
        option = {"length": 10 * count, "duration": 3_000_000, "key": "#"}
        assert fake.handle(posting(fake, actions=[{"type": "digits_receive", "option": option}])).status == 200
        fake.clock.advance(7)
        (call,) = fake.calls.values()
        call.press("1" * count)
        return lambda: call.press("1")

    assert_same_cost(prepare)


# sequences that grow


def test_long_sequence_shares_its_items_with_those_that_it_grew_from() -> None:
    states: list[Any] = [()]
    for item in range(100):
        states.append(extended(states[-1], item))
    assert states == [tuple(range(length)) for length in range(101)]
    assert len({id(one._items) for one in states if isinstance(one, Growing)}) == 1
    assert type(states[3]) is tuple


def test_two_extensions_of_one_sequence_are_independent() -> None:
    common = extended(tuple(range(50)), 50)
    first, second = extended(common, "a"), extended(common, "b")
    assert [*common] == [*range(51)]
    assert (first[-1], second[-1], len(first), len(second)) == ("a", "b", 52, 52)


def test_long_sequence_is_like_a_tuple() -> None:
    expected = tuple(range(30))
    found = Growing([*expected])
    assert found == expected == found
    assert expected == found
    assert found not in (expected[:-1], (*expected[:-1], 99), [*expected])
    assert (hash(found), repr(found), len(found)) == (hash(expected), repr(expected), 30)
    assert (found[0], found[-1], found[2:5], found[::-7]) == (0, 29, (2, 3, 4), expected[::-7])
    with pytest.raises(IndexError):
        found[30]


def test_events_keep_the_legs_of_their_time() -> None:
    fake = FakeVoipbin()
    connected = {"type": "connect", "option": {"source": SOURCE, "destinations": [BUSY] * 40}}
    snapshot = fake.snapshot()
    for _ in range(2):
        assert fake.handle(posting(fake, actions=[connected])).status == 200
        fake.clock.advance(8)
        (master, *legs) = fake.calls
        shown = [event.data["chained_call_ids"] for event in fake.events if event.resource_id == master]
        lengths = [len(one) for one in shown]
        assert lengths == sorted(lengths)
        assert set(lengths) == set(range(41))
        assert all(one == tuple(legs[: len(one)]) for one in shown)
        fake.restore(snapshot)


def test_legs_of_a_call_are_not_copied_for_each_event() -> None:
    fake = FakeVoipbin()
    connected = {"type": "connect", "option": {"source": SOURCE, "destinations": [BUSY] * 100}}
    assert fake.handle(posting(fake, actions=[connected])).status == 200
    fake.clock.advance(8)
    states = [event.state for event in fake.events]
    kept = {id(one._items) for state in states for one in state if isinstance(one, Growing)}
    assert len(kept) == 1


# groupcalls


def test_pending_leg_is_found_among_many() -> None:
    def prepare(count: int) -> Callable[[], object]:
        fake = FakeVoipbin("server-2026-08")
        body = {"source": SOURCE, "destinations": [CALLEE] * count, "ring_method": "ring_all", "answer_method": "none"}
        ids = reversed(fake.handle(request(fake, "POST", "/groupcalls", **body)).json()["call_ids"])
        # The second poll of a leg would create all.
        return lambda: fake.call_engine.poll_leg(next(ids))

    assert_same_cost(prepare)


# webhooks and WebSockets


class Item(NamedTuple):
    due: datetime
    number: int


def later(*seconds: float) -> Iterator[Item]:
    return (Item(START + timedelta(seconds=one), index) for index, one in enumerate(seconds))


def test_queue_is_in_the_order_of_time_then_of_number() -> None:
    queue: DueQueue[Item] = DueQueue()
    assert (queue.first, len(queue), [*queue]) == (None, 0, [])
    for item in later(3, 1, 2, 1):
        queue.add(item)
    copy = queue.copy()
    assert [item.number for item in queue] == [1, 3, 2, 0]
    assert [queue.take().number for _ in range(3)] == [1, 3, 2]
    queue.add(Item(START, 9))
    assert (queue.first, [item.number for item in queue]) == (Item(START, 9), [9, 0])
    copy.keep(lambda item: item.number != 1)
    assert [item.number for item in copy] == [3, 2, 0]
    assert copy.next_due(START + timedelta(seconds=2)) == START + timedelta(seconds=3)
    assert copy.next_due(START + timedelta(seconds=3)) is None


def test_taken_items_are_removed_now_and_then() -> None:
    queue: DueQueue[Item] = DueQueue()
    for item in later(*range(1000)):
        queue.add(item)
    sizes = set()
    for index in range(1000):
        assert queue.take().number == index
        sizes.add(len(queue._items))
    # Each size but the first is that after all others were moved.
    assert len(sizes) < 15
    assert queue._items == []


def test_closing_a_websocket_looks_at_no_other() -> None:
    def prepare(count: int) -> Callable[[], object]:
        fake = FakeVoipbin()
        for _ in range(count):
            connect(fake)
        opened = iter([*fake.websockets])
        return lambda: next(opened).close()

    assert_same_cost(prepare)


def test_control_api_finds_a_websocket_by_its_number() -> None:
    def prepare(count: int) -> Callable[[], object]:
        fake = FakeVoipbin()
        for _ in range(count):
            connect(fake)
        controlled = ControlledFake(fake)
        return lambda: operations.list_messages(controlled, str(count), after=0, limit=1)

    assert_same_cost(prepare)


@pytest.mark.parametrize("number", ["0", "2", "-1", "01", "one", "\u0661"])
def test_control_api_knows_no_other_number(number: str) -> None:
    fake = FakeVoipbin()
    connect(fake)
    with pytest.raises(operations.NotFound, match="unknown WebSocket"):
        operations.list_messages(ControlledFake(fake), number, after=0, limit=1)


# records


def test_number_is_found_without_making_the_others() -> None:
    def prepare(count: int) -> Callable[[], object]:
        fake = FakeVoipbin()
        ids = [fake.add_number(number(index)).id for index in range(count)]

        def get() -> None:
            assert fake.handle(request(fake, "GET", f"/numbers/{ids[-1]}")).status == 200

        return get

    assert_same_cost(prepare)


def test_numbers_follow_every_change() -> None:
    fake = FakeVoipbin()
    customer = next(iter(fake.state.customers.values()))

    def names() -> dict[str, str]:
        rows = fake.handle(request(fake, "GET", "/numbers")).json()["result"]
        return {row["number"]: row["name"] for row in rows}

    snapshot, before = fake.snapshot(), names()
    fake.add_number("+12025550177", name="a")
    assert names() == {**before, "+12025550177": "a"}
    fake.add_number("+12025550177", name="b")
    assert names() == {**before, "+12025550177": "b"}
    customer.numbers = frozenset({"+12025550178"})
    assert names() == {"+12025550177": "b", "+12025550178": ""}
    fake.restore(snapshot)
    assert names() == before


def test_extensions_follow_every_change() -> None:
    fake = FakeVoipbin()
    customer = next(iter(fake.state.customers.values()))

    def names() -> set[str]:
        rows = fake.handle(request(fake, "GET", "/extensions")).json()["result"]
        return {row["extension"] for row in rows}

    fake.add_extension("100", ["sip:100@phone.example"])
    assert names() == {"100"}
    # A test may change the mapping itself.
    contacts: Any = customer.extensions
    contacts["200"] = ("sip:200@phone.example",)
    assert names() == {"100", "200"}
    del contacts["200"]
    assert names() == {"100"}


def test_recording_looks_at_no_earlier_one() -> None:
    def prepare(count: int) -> Callable[[], object]:
        fake = FakeVoipbin()
        for _ in range(count):
            fake.add_recording()
        return fake.add_recording

    # A binary search compares a few more.
    assert_same_cost(prepare, most=2)


def test_earlier_recording_comes_before_those_that_began_later() -> None:
    fake = FakeVoipbin()
    ids = [fake.add_recording(duration=seconds).id for seconds in (1, 5, 3, 60)]
    assert [*fake.recordings] == [ids[3], ids[1], ids[2], ids[0]]


def test_timeline_of_a_flow_looks_at_no_other() -> None:
    def prepare(count: int) -> Callable[[], object]:
        fake = FakeVoipbin()
        ids = [fake.handle(request(fake, "POST", "/flows", name="a")).json()["id"] for _ in range(count)]

        def read() -> None:
            assert fake.handle(request(fake, "GET", f"/timelines/flows/{ids[0]}/events")).status == 200

        return read

    assert_same_cost(prepare)


# faults


def test_request_looks_at_one_of_the_faults_for_it() -> None:
    def prepare(count: int) -> Callable[[], object]:
        fake = FakeVoipbin()
        for index in range(count):
            fake.faults.add("error", status=503, nth=index + 1)
            fake.faults.add("delay", seconds=1, nth=10 * count)
        sent = Request("GET", "/v1.0/me")
        return lambda: fake.faults.trigger(sent)

    assert_same_cost(prepare)


def test_fault_is_compared_with_no_limited_one() -> None:
    def prepare(count: int) -> Callable[[], object]:
        faults = FakeVoipbin().faults
        for _ in range(count):
            faults.add("error", status=503)
        return lambda: faults.add("error", status=503)

    assert_same_cost(prepare)


def test_webhook_looks_at_no_fault_that_waits() -> None:
    def prepare(count: int) -> Callable[[], object]:
        faults = FakeVoipbin().webhooks.faults
        for _ in range(count):
            faults.add("drop", nth=10 * count)
        return lambda: faults.applying_to("call_created")

    assert_same_cost(prepare)


# time


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
