"""Parts of the fake cost the same with many items as with few: steps and copies are counted, and no time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control import operations
from pytest_providercalls.fake_server.control.controlled_fake import ControlledFake
from pytest_providercalls.fake_server.flows import action_stack
from pytest_providercalls.fake_server.world.values import Action, Frame

from ..websockets.conftest import connect
from .steps import assert_same_cost
from .test_growth import CALLEE, SOURCE, posting, request


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
