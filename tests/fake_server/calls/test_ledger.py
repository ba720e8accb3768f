"""Billing: started minutes, free calls, the balance, /billings, and `assert_cost`."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import Call

CREDIT = 100_000_000


def answered_call(api: ProbeClient, fake: FakeVoipbin, type: str = "tel", target: str = "+12025550143") -> Call:
    """Place a call, and answer it."""
    sleep = {"type": "sleep", "option": {"duration": 7_200_000}}
    (id,) = api.place(destinations=[{"type": type, "target": target}], actions=[sleep])["call_ids"]
    call = fake.calls[id]
    call.answer()
    return call


# calls.md 6.1: whole seconds, started minutes
@pytest.mark.parametrize(("seconds", "units"), [(0, 0), (0.9, 0), (1, 1), (59.9, 1), (60, 1), (61, 2), (3000, 50)])
def test_started_minutes_are_charged(api: ProbeClient, fake: FakeVoipbin, seconds: float, units: int) -> None:
    call = answered_call(api, fake)
    start = call.tm_progressing
    assert start is not None
    fake.clock.advance(seconds)
    call.hangup()
    (billing,) = fake.ledger.billings
    assert (billing.usage_duration, billing.billable_units) == (int(seconds), units)
    assert (billing.tm_billing_start, billing.tm_billing_end) == (start, call.tm_hangup)
    assert billing.amount_credit == -10_000 * units
    assert fake.state.customers[call.customer_id].balance_credit == CREDIT - 10_000 * units
    assert billing.balance_credit_snapshot == CREDIT - 10_000 * units
    fake.assert_cost(Decimal(units) / 100)


def test_sip_call_is_free(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, "sip", "ann@pbx.example")
    fake.clock.advance(600)
    call.hangup()
    (billing,) = fake.ledger.billings
    assert (billing.reference_type, billing.cost_type) == ("call_extension", "call_extension")
    assert (billing.billable_units, billing.amount_credit) == (10, 0)
    fake.assert_cost(0)


@pytest.mark.parametrize("reason", ["busy", "failed", "no_answer", "cancel", "dialout"])
def test_unanswered_call_is_free(api: ProbeClient, fake: FakeVoipbin, reason: str) -> None:
    call = fake.calls[api.place()["call_ids"][0]]
    call.hangup(reason=reason)
    assert fake.ledger.billings == ()
    assert fake.ledger.cost_of(call) == fake.ledger.cost_of(call.id) == 0
    assert require_success(api.get("/billings"))["result"] == []


def test_open_call_costs_as_if_it_ended_now(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake)
    other = answered_call(api, fake)
    fake.clock.advance(61)
    assert fake.ledger.cost_of(call) == fake.ledger.cost_of(other.id) == Decimal("0.02")
    assert fake.ledger.cost == Decimal("0.04")
    shown = require_success(api.get("/billings"))["result"]
    assert [(row["status"], row["amount_credit"], row["tm_billing_end"]) for row in shown] == [
        ("progressing", 0, None)
    ] * 2
    assert [row["reference_id"] for row in shown] == [other.id, call.id]


def test_failed_assert_cost_shows_the_billings(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake)
    fake.clock.advance(5)
    with pytest.raises(
        AssertionError, match=rf"expected a cost of \$1, but it is \$0.01\ncall {call.id}: \$0.01, progressing"
    ):
        fake.assert_cost("1")


def test_balance_can_become_negative(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.state.customers[fake.super_admin.customer_id].balance_credit = 10_000
    call = answered_call(api, fake)
    fake.clock.advance(61)
    call.hangup()
    assert require_success(api.get("/billing_account"))["balance_credit"] == -10_000
    assert api.post("/providercalls", api.body()).status == 400


def test_snapshot_contains_the_billings(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake)
    snapshot = fake.snapshot()
    fake.clock.advance(61)
    call.hangup()
    fake.restore(snapshot)
    assert [billing.status for billing in fake.ledger.billings] == ["progressing"]
    fake.assert_cost(0)
