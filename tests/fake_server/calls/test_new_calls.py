"""The records of new calls are created when a test or a request reads them, and no reader sees the difference."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from copy import copy
from itertools import count
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls import new_calls
from pytest_providercalls.fake_server.calls.new_calls import NEW_CALLS, NewCall, count_calls
from pytest_providercalls.fake_server.events import event
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.session_totals import SessionTotals
from pytest_providercalls.fake_server.world import state
from pytest_providercalls.fake_server.world.records import Call
from pytest_providercalls.fake_server.world.state import State

from pytest_providercalls.reports.deployed_differences import deployed_differences

from ..world.steps import Between
from .placed_calls import AUGUST, post_calls

Steps = dict[str, Callable[[FakeVoipbin, ProbeClient], object]]
READERS: dict[str, Callable[[FakeVoipbin], object]] = {
    "calls": lambda fake: list(fake.calls.values()),
    "number of calls": lambda fake: len(fake.calls),
    "activeflows": lambda fake: list(fake.activeflows.items()),
    "events": lambda fake: list(fake.events),
    "snapshot": lambda fake: fake.snapshot(),
    "time": lambda fake: fake.clock.advance(0),
    "repr": repr,
    "assertion": lambda fake: fake.placed(),
}


def client_of(fake: FakeVoipbin) -> ProbeClient:
    return ProbeClient(FakeTarget(fake))


def place(api: ProbeClient, **fields: Any) -> str:
    """Place a call whose records are created later, and return its id."""
    return str(post_calls(api, "/providercalls", **fields).json()["call_ids"][0])


def waiting(fake: FakeVoipbin) -> int:
    """Return how many calls have no record yet."""
    return len(NEW_CALLS.of(fake.state)._waiting)


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_finds_the_new_calls(reader: str, fake: FakeVoipbin, api: ProbeClient) -> None:
    calls, events = fake.calls, fake.events
    for number in range(1, 4):
        id = place(api, actions=[{"type": "answer"}])
        assert waiting(fake) == 1
        READERS[reader](fake)
        assert waiting(fake) == 0
        # A test may have kept the tables.
        assert [*calls][number - 1 :] == [id] and calls is fake.calls
        assert calls[id].activeflow_id in fake.activeflows and len(fake.activeflows) == number
        assert [event.type for event in events[-2:]] == ["activeflow_created", "call_created"]
        assert len(events) == 2 * number


STEPS: Steps = {
    "place": lambda _, api: post_calls(api, "/providercalls"),
    "place with actions": lambda _, api: post_calls(api, "/providercalls", actions=[{"type": "answer"}]),
    "place two": lambda _, api: post_calls(api, "/providercalls", destinations=[TEL, {"type": "sip", "target": "a@b"}]),
    "place an orphan": lambda _, api: post_calls(api, "/providercalls", anonymous="yes", source=SIP),
    "place anonymously": lambda _, api: post_calls(api, "/providercalls", anonymous="yes"),
    "place by a route": lambda _, api: post_calls(api, "/calls"),
    "place for an agent": lambda _, api: post_calls(api, "/providercalls", destinations=[{"type": "agent"}, TEL]),
    "be refused": lambda _, api: post_calls(api, "/providercalls", destinations=[{"type": "tel", "target": "1"}]),
    "list": lambda _, api: api.get("/calls"),
    "advance": lambda fake, _: fake.clock.advance(3),
    "hang up": lambda fake, _: [call.hangup() for call in list(fake.calls.values())[-1:] if call.status != "hangup"],
    "restore": lambda fake, _: fake.restore(fake.snapshot()),
    "add a receiver": lambda fake, _: fake.webhooks.send_to(lambda _: None, "https://hooks.example.com"),
}
TEL, SIP = {"type": "tel", "target": "+12025550143"}, {"type": "sip", "target": "a@example.com"}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([*STEPS]), min_size=1, max_size=8),
    st.lists(st.none() | st.sampled_from([*READERS]), min_size=8, max_size=8),
    st.sampled_from(["documented", AUGUST]),
)
def test_no_reader_sees_that_records_are_created_late(
    steps: list[str], readers: list[str | None], edition: str
) -> None:
    """Not even by the order of ids, times and events, with any readers in between."""
    late, at_once = FakeVoipbin(edition), FakeVoipbin(edition)
    at_once.world.sends_events_of = lambda _: True
    for fake in (late, at_once):
        api = client_of(fake)
        for step, reader in zip(steps, readers, strict=False):
            STEPS[step](fake, api)
            if fake is late and reader is not None:
                READERS[reader](fake)
    assert shown(late) == shown(at_once)


def shown(fake: FakeVoipbin) -> list[Any]:
    """What a test can see of a fake."""
    tables = fake.calls, fake.activeflows, fake.groupcalls, fake.providercalls
    records = [[(id, fake.render(record)) for id, record in table.items()] for table in tables]
    events = [(event.at, event.type, event.data) for event in fake.events]
    journal = [(str(one), one.rule_outcomes) for one in fake.requests]
    return [records, events, journal, fake.ids.state(), fake.clock.now(), list(map(repr, fake.webhooks.deliveries))]


@pytest.mark.parametrize("read", range(4))
def test_the_totals_of_a_session_count_calls_without_their_records(
    fake: FakeVoipbin, api: ProbeClient, read: int
) -> None:
    for number in range(3):
        if number == read:
            assert len(fake.calls) == number
        place(api)
    fake.restore(fake.snapshot())
    totals = SessionTotals()
    place(api)
    totals.add_fake(fake)
    assert not deployed_differences(fake)
    assert (totals.calls, waiting(fake)) == (4, 1)
    assert len(fake.calls) == count_calls(fake.state) == 4


def test_a_table_that_was_kept_is_complete_after_a_restore(fake: FakeVoipbin, api: ProbeClient) -> None:
    calls, snapshot = fake.calls, fake.snapshot()
    id = place(api)
    fake.restore(snapshot)
    assert (list(calls), list(fake.calls)) == ([id], [])


def test_a_restored_log_gets_the_events_of_new_calls(fake: FakeVoipbin, api: ProbeClient) -> None:
    place(api)
    assert len(fake.events) == 2
    fake.restore(fake.snapshot())
    place(api)
    assert len(fake.events) == 4


def test_a_state_is_freed_at_once(fake: FakeVoipbin, api: ProbeClient) -> None:
    snapshot = fake.snapshot()
    gc.disable()
    try:
        reference = weakref.ref(fake.state)
        assert list(fake.events) == [] and api.get("/providers").status == 200
        fake.restore(snapshot)
        assert reference() is None
    finally:
        gc.enable()


def test_each_thread_sees_every_call_that_it_has_placed() -> None:
    fake = FakeVoipbin()

    def run(_: int) -> list[bool]:
        api, found = client_of(fake), []
        for _ in range(30):
            id = place(api)
            found.append(id in fake.calls and any(event.resource_id == id for event in fake.events))
        return found

    with ThreadPoolExecutor(4) as pool:
        assert all(found for thread in pool.map(run, range(4)) for found in thread)
    created = [event.resource_id for event in fake.events if event.type == "call_created"]
    placed = [id for record in fake.providercalls.values() for id in record.call_ids]
    assert sorted(created) == sorted(fake.calls) == sorted(placed)


# what comes between two steps: an interrupt, or the handler of a signal


FILES = (new_calls.__file__, state.__file__, event.__file__)
"""The modules that create records."""


def is_consistent(fake: FakeVoipbin, ids: list[str]) -> bool:
    """Return whether a fake has exactly these calls, each with its activeflow and its events."""
    created = [(one.type, one.resource_id) for one in fake.events if one.type.endswith("created")]
    expected = [
        pair for id in ids for pair in (("activeflow_created", fake.calls[id].activeflow_id), ("call_created", id))
    ]
    listed = [call.id for call in fake.state.calls.after(0)]
    same = all(one.record is fake.calls[one.resource_id] for one in fake.events if one.type == "call_created")
    return created == expected and listed == ids == [*fake.calls] and len(fake.activeflows) == len(ids) and same


def test_an_interrupted_reader_loses_and_doubles_nothing() -> None:
    def interrupt() -> NoReturn:
        raise KeyboardInterrupt

    for step in count(1):
        fake = FakeVoipbin()
        api, between = client_of(fake), Between(step, interrupt, FILES)
        ids = [place(api), place(api)]
        with suppress(KeyboardInterrupt):
            between.during(lambda fake=fake: len(fake.calls))  # type: ignore[misc]
        assert count_calls(fake.state) == 2, step
        ids.append(place(api))
        assert is_consistent(fake, ids), step
        if not between.has_run:
            break
    assert step > 100


@pytest.mark.parametrize("reads", [False, True])
@pytest.mark.parametrize("during", ["read", "place"])
def test_the_handler_of_a_signal_may_place_and_read_calls(during: str, reads: bool) -> None:
    for step in count(1):
        fake = FakeVoipbin()
        api, ids = client_of(fake), list[str]()

        def handle(fake: FakeVoipbin = fake, api: ProbeClient = api, ids: list[str] = ids) -> None:
            ids.append(place(api))
            if reads:
                assert ids[-1] in fake.calls

        def call(fake: FakeVoipbin = fake, api: ProbeClient = api, ids: list[str] = ids) -> None:
            if during == "read":
                len(fake.calls)
            else:
                ids.append(place(api))

        ids.append(place(api))
        between = Between(step, handle, FILES)
        between.during(call)
        # A call may be placed inside of the request of another.
        order = [*fake.calls]
        assert sorted(order) == sorted(ids), step
        assert is_consistent(fake, order), step
        if not between.has_run:
            break
    assert step > (100 if during == "read" else 5)


def test_a_forked_process_does_not_wait_for_a_thread_of_its_parent(
    fake: FakeVoipbin, api: ProbeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(api)
    lock = NEW_CALLS.of(fake.state)._lock
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lock.acquire).result()
        monkeypatch.setattr(new_calls.FORKS, "count", new_calls.FORKS.count + 1)
        assert len(fake.calls) == 1
        pool.submit(lock.release).result()


def test_a_table_is_an_ordinary_object(fake: FakeVoipbin, api: ProbeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    get, first = fake.calls.get, place(api)
    assert get(first) is copy(fake.calls)[first]
    second = place(api)
    assert len(copy(fake.calls)) == len(copy(fake.events)) / 2 == 2
    seen: list[str] = []
    monkeypatch.setattr(fake.calls, "values", lambda: seen.append("values") or [])
    third = place(api)
    assert list(fake.calls.values()) == [] and seen == ["values"] and [*fake.calls] == [first, second, third]
    monkeypatch.undo()
    assert len(fake.calls.values()) == 3
    assert isinstance(State.calls, state.Part)


def test_the_rules_of_a_groupcalls_call_are_checked_in_the_servers_order() -> None:
    fake = FakeVoipbin()
    assert post_calls(client_of(fake), "/groupcalls").status == 200
    checked = [id for id, _ in fake.requests[-1].rule_outcomes]
    assert checked.index("GC-NEW-03") < checked.index("PC-PRE-09")


@pytest.mark.parametrize("enabled", [True, False])
def test_reading_many_new_calls_defers_garbage_collection(
    enabled: bool, fake: FakeVoipbin, api: ProbeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_calls, "MANY", 2)
    create, inside = NewCall.call, list[bool]()

    def observed(new: NewCall) -> Call:
        inside.append(gc.isenabled())
        return create(new)

    monkeypatch.setattr(NewCall, "call", observed)
    place(api)
    len(fake.calls)
    place(api), place(api)
    (gc.enable if enabled else gc.disable)()
    try:
        len(fake.calls)
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
    assert inside == [True, False, False]
