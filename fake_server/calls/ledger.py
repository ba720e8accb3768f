"""The bill: what answered calls cost, and whom (calls.md 6.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ...contracts.rules import billings as rules
from ..world.records import Billing, Call

if TYPE_CHECKING:
    from ..core import FakeVoipbin

RATE = 10_000
"""What a started minute of a call to the telephone network costs, in millionths of a dollar."""
_MILLION = 1_000_000
_SECOND = timedelta(seconds=1)


def open_billing(fake: FakeVoipbin, call: Call, answered: datetime) -> None:
    """Open the bill of a call that was answered. One over the Internet is free."""
    pstn = call.destination.type == "tel"
    billing = Billing(
        id=fake.ids.uuid(),
        tm_create=fake.clock.timestamp(),
        customer_id=call.customer_id,
        account_id=fake.state.customers[call.customer_id].billing_account_id,
        reference_type="call" if pstn else "call_extension",
        reference_id=call.id,
        cost_type="call_pstn_outgoing" if pstn else "call_extension",
        rate_credit_per_unit=RATE if pstn else 0,
        tm_billing_start=answered,
    )
    call.billing_id = fake.state.billings.add(billing).id


def close_billing(fake: FakeVoipbin, call: Call, ended: datetime) -> None:
    """Close a call's bill and charge its customer; a call that nobody answered has none."""
    billing = fake.state.billings.get(call.billing_id)
    if billing is None:
        if not fake.enforces(rules.unanswered_is_free):
            open_billing(fake, call, ended)
        return
    customer = fake.state.customers[billing.customer_id]
    seconds, units = _used(billing, ended)
    if not fake.enforces(rules.started_minutes_count):
        units = seconds // 60
    billing.status, billing.tm_billing_end, billing.tm_update = "end", ended, fake.clock.timestamp()
    billing.usage_duration, billing.billable_units = seconds, units
    billing.amount_credit = -units * billing.rate_credit_per_unit
    customer.balance_credit += billing.amount_credit
    billing.balance_credit_snapshot = customer.balance_credit
    billing.balance_token_snapshot = customer.balance_token


def _used(billing: Billing, until: datetime) -> tuple[int, int]:
    """The whole seconds that a call has lasted, and the minutes that it has begun."""
    seconds = max(0, (until - billing.tm_billing_start) // _SECOND)
    return seconds, -(-seconds // 60)


class Ledger:
    """What the calls on a fake have cost, and are costing."""

    def __init__(self, fake: FakeVoipbin) -> None:
        self._fake = fake

    @property
    def billings(self) -> tuple[Billing, ...]:
        """The bill of each answered call, in the order of the answers."""
        return tuple(self._fake.state.billings.values())

    @property
    def cost(self) -> Decimal:
        """What all calls cost, in dollars; those that are not over, as if they ended now."""
        return sum((self.total_of(billing) for billing in self.billings), Decimal(0))

    def cost_of(self, call: Call | str) -> Decimal:
        """What one call costs, in dollars. One that was not answered costs nothing."""
        found = self._fake.state.calls.get(call) if isinstance(call, str) else call
        billing = found and self._fake.state.billings.get(found.billing_id)
        return self.total_of(billing) if billing else Decimal(0)

    def total_of(self, billing: Billing) -> Decimal:
        """What a bill comes to, in dollars; one that is not closed, as if its call ended now."""
        if billing.status == "end":
            return Decimal(-billing.amount_credit) / _MILLION
        return Decimal(_used(billing, self._fake.clock.now())[1] * billing.rate_credit_per_unit) / _MILLION

    def __str__(self) -> str:
        lines = [f"call {one.reference_id}: ${self.total_of(one)}, {one.status}" for one in self.billings]
        return "\n".join([*lines, f"all calls: ${self.cost}"])
