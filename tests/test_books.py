"""The books notice what is wrong in them: each mistake is made once by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import Call

from . import books


@pytest.fixture
def fake() -> FakeVoipbin:
    """A fake on which two calls have ended, one of them answered."""
    fake = FakeVoipbin()
    destinations = [{"type": "tel", "target": target} for target in ("+12025550143", "+12025550180")]
    source = {"type": "tel", "target": "+12025550100"}
    body = json.dumps({"provider_id": fake.provider.id, "source": source, "destinations": destinations}).encode()
    fake.handle(Request("POST", books.PLACING, (("Authorization", f"Bearer {fake.super_admin.token}"),), body))
    fake.clock.advance(4000)
    books.check(fake)
    return fake


def first(fake: FakeVoipbin) -> Call:
    return next(iter(fake.calls.values()))


def second_record(fake: FakeVoipbin) -> None:
    (record,) = fake.providercalls.values()
    fake.state.providercalls.add(replace(record, id=fake.ids.uuid()))


def lost_row(fake: FakeVoipbin) -> None:
    del fake.state.calls._by_id[first(fake).id]


MISTAKES: dict[str, Callable[[FakeVoipbin], object]] = {
    "a call in two records": second_record,
    "a row that is found one way only": lost_row,
    "a record without a call": lambda fake: fake.state.calls.remove(first(fake)),
    "a call without a record": lambda fake: fake.state.providercalls.remove(next(iter(fake.providercalls.values()))),
    "a request that was forgotten": lambda fake: fake.requests.clear(),
    "a request twice": lambda fake: fake.requests.append(fake.requests[0]),
    "a bill that is missing": lambda fake: fake.state.billings.remove(fake.ledger.billings[0]),
    "a bill of another length": lambda fake: setattr(fake.ledger.billings[0], "usage_duration", 7),
    "money that nobody has paid": lambda fake: setattr(
        fake.state.customers[fake.super_admin.customer_id], "balance_credit", 1
    ),
    "an end that nobody was told of": lambda fake: fake.state.events.pop(),
    "an event twice": lambda fake: fake.state.events.append(fake.state.events[-1]),
    "an ended call without a reason": lambda fake: setattr(first(fake), "hangup_reason", ""),
    "a call that ended before it began": lambda fake: setattr(
        first(fake), "tm_hangup", first(fake).tm_create - timedelta(seconds=1)
    ),
    "a call that nobody ends": lambda fake: setattr(first(fake), "status", "terminating"),
    "a call in the future": lambda fake: fake.clock.set(first(fake).tm_create),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_noticed(fake: FakeVoipbin, mistake: str) -> None:
    MISTAKES[mistake](fake)
    with pytest.raises(AssertionError):
        books.check(fake)
