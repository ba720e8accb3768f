"""The log of events: a sequence, of which nothing is an object before it is read."""

from __future__ import annotations

import gc
from typing import Any, NoReturn

import pytest
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.events.event import EVENTS
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .inbox import place_call

CALLS = 100
ACTIONS = [{"type": "answer"}, {"type": "talk", "option": {"text": "Hello"}}, {"type": "hangup"}]


def test_a_log_is_a_sequence() -> None:
    fake = FakeVoipbin()
    assert list(fake.events) == []
    place_call(fake)
    fake.clock.advance(100)
    events = list(fake.events)
    assert len(fake.events) == len(events) > 5
    assert [fake.events[index] for index in range(-len(events), len(events))] == [*events, *events]
    assert fake.events[1:-1:2] == events[1:-1:2]
    assert list(reversed(fake.events)) == events[::-1]
    assert events[3] in fake.events
    assert repr(fake.events) == repr(events)


def test_events_of_one_resource() -> None:
    fake = FakeVoipbin()
    ids = [place_call(fake) for _ in range(3)]
    fake.clock.advance(100)
    for id in ids:
        assert EVENTS.of(fake.state).of(id) == [event for event in fake.events if event.resource_id == id]


def test_an_event_shows_its_own_moment() -> None:
    fake = FakeVoipbin()
    call = fake.calls[place_call(fake)]
    shown = [fake.render(call)]
    call.ring()
    shown.append(fake.render(call))
    call.hangup()
    shown.append(fake.render(call))
    assert [event.data for event in EVENTS.of(fake.state).of(call.id)] == shown


def test_a_copy_is_independent() -> None:
    fake = FakeVoipbin()
    place_call(fake)
    copied = EVENTS.of(fake.state).copy()
    before = list(copied)
    fake.clock.advance(100)
    assert list(copied) == before != list(fake.events)


def test_an_interrupted_event_leaves_the_others_intact() -> None:
    """An interrupt, such as that of a timeout, may come between any two steps."""
    fake = FakeVoipbin()
    place_call(fake)
    log, expected = EVENTS.of(fake.state), [event.data for event in fake.events]
    log._heads = Interrupted(log._heads)
    with pytest.raises(KeyboardInterrupt):
        fake.world.emit("call_updated", next(iter(fake.calls.values())))
    log._heads = [*log._heads]
    fake.clock.advance(100)
    assert [event.data for event in fake.events][: len(expected)] == expected
    assert [event.data["status"] for event in fake.events if event.type == "call_ringing"] == ["ringing"]


class Interrupted(list[Any]):
    def __iadd__(self, _items: object) -> NoReturn:
        raise KeyboardInterrupt


def test_the_garbage_collector_visits_few_objects_per_call() -> None:
    """A call has 13 events here. One object that holds others for each would already be too many."""
    fake = FakeVoipbin()
    api = ProbeClient(FakeTarget(fake))
    place(fake, api, 1)
    before = visited()
    place(fake, api, CALLS)
    assert (visited() - before) / CALLS < 24


def place(fake: FakeVoipbin, api: ProbeClient, calls: int) -> None:
    """Place some calls, and wait until they have ended."""
    for _ in range(calls):
        api.place(provider_id=fake.provider.id, actions=ACTIONS)
    fake.clock.advance(100)


def visited() -> int:
    """Return the number of objects that the collector visits."""
    # Tuples and dictionaries that hold only strings and numbers are no longer visited after the first time.
    gc.collect()
    return len(gc.get_objects())
