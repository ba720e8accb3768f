"""Each violation of an invariant is detected: every test causes one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.events.event import EVENTS, EventLog
from pytest_providercalls.fake_server.world.records import Call

from . import invariants


@pytest.fixture
def fake() -> FakeVoipbin:
    """A fake with two ended calls, one of which was answered."""
    fake = FakeVoipbin()
    destinations = [{"type": "tel", "target": target} for target in ("+12025550143", "+12025550180")]
    source = {"type": "tel", "target": "+12025550100"}
    body = json.dumps({"provider_id": fake.provider.id, "source": source, "destinations": destinations}).encode()
    fake.handle(Request("POST", invariants.PATH, (("Authorization", f"Bearer {fake.super_admin.token}"),), body))
    fake.clock.advance(4000)
    invariants.check(fake)
    return fake


def first(fake: FakeVoipbin) -> Call:
    return next(iter(fake.calls.values()))


def second_record(fake: FakeVoipbin) -> None:
    (record,) = fake.providercalls.values()
    fake.state.providercalls.add(replace(record, id=fake.ids.uuid()))


def lost_row(fake: FakeVoipbin) -> None:
    del fake.state.calls._by_id[first(fake).id]


def second_event(fake: FakeVoipbin) -> None:
    event = next(one for one in fake.events if one.type == "call_hangup")
    EVENTS.of(fake.state).add(event.at, event.type, event.record, event.serializer)


VIOLATIONS: dict[str, Callable[[FakeVoipbin], object]] = {
    "a call in two records": second_record,
    "a row that is missing by id": lost_row,
    "a record without a call": lambda fake: fake.state.calls.remove(first(fake)),
    "a call without a record": lambda fake: fake.state.providercalls.remove(next(iter(fake.providercalls.values()))),
    "a missing request": lambda fake: fake.requests.clear(),
    "a request twice": lambda fake: fake.requests.append(fake.requests[0]),
    "a missing billing record": lambda fake: fake.state.billings.remove(fake.ledger.billings[0]),
    "a billing record with a wrong duration": lambda fake: setattr(fake.ledger.billings[0], "usage_duration", 7),
    "a wrong balance": lambda fake: setattr(fake.state.customers[fake.super_admin.customer_id], "balance_credit", 1),
    "no events": lambda fake: EVENTS.set(fake.state, EventLog()),
    "an event twice": second_event,
    "an ended call without a reason": lambda fake: setattr(first(fake), "hangup_reason", ""),
    "a call that ended before it started": lambda fake: setattr(
        first(fake), "tm_hangup", first(fake).tm_create - timedelta(seconds=1)
    ),
    "a call that is not being hung up": lambda fake: setattr(first(fake), "status", "terminating"),
    "a call in the future": lambda fake: fake.clock.set(first(fake).tm_create),
}


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_a_violation_is_detected(fake: FakeVoipbin, violation: str) -> None:
    VIOLATIONS[violation](fake)
    with pytest.raises(AssertionError):
        invariants.check(fake)
