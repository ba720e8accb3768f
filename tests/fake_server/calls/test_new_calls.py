"""The records of new calls are created when somebody reads them, and nobody sees the difference."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls.new_calls import NewCall
from pytest_providercalls.fake_server.probe_target import FakeTarget

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


def is_deferred(fake: FakeVoipbin) -> bool:
    return all("_present" in vars(one) for one in (fake.calls, fake.activeflows, fake.events))


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_finds_the_new_calls(reader: str, fake: FakeVoipbin, api: ProbeClient) -> None:
    calls, events = fake.calls, fake.events
    for number in range(1, 4):
        id = place(api, actions=[{"type": "answer"}])
        assert is_deferred(fake)
        READERS[reader](fake)
        assert not is_deferred(fake)
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
def test_nobody_sees_that_records_are_created_late(steps: list[str], readers: list[str | None], edition: str) -> None:
    """Not even by the order of ids, times and events, whoever reads them in between."""
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


def test_a_table_that_was_kept_is_complete_after_a_restore(fake: FakeVoipbin, api: ProbeClient) -> None:
    calls, snapshot = fake.calls, fake.snapshot()
    id = place(api)
    fake.restore(snapshot)
    assert (list(calls), list(fake.calls)) == ([id], [])


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


@pytest.mark.parametrize("interrupted", ["activeflow", "call"])
def test_an_interrupted_reader_loses_no_call(
    interrupted: str, fake: FakeVoipbin, api: ProbeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [place(api), place(api)]

    def interrupt(_: NewCall) -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(NewCall, interrupted, interrupt)
        with pytest.raises(KeyboardInterrupt):
            len(fake.calls)
    ids.append(place(api))
    assert [event.resource_id for event in fake.events if event.type == "call_created"] == ids == [*fake.calls]
    assert len(fake.activeflows) == len(ids)


def test_an_unknown_attribute_of_a_table_is_an_error(fake: FakeVoipbin, api: ProbeClient) -> None:
    place(api)
    with pytest.raises(AttributeError, match="'Table' object has no attribute 'nothing'"):
        fake.calls.nothing  # type: ignore[attr-defined] # noqa: B018
