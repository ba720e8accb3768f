"""Sequences that grow, and a queue in the order of time: items are shared, not copied, and seldom moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.events.due_queue import DueQueue
from pytest_providercalls.fake_server.world.values import Growing, extended

from .test_growth import BUSY, SOURCE, posting

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


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
