"""Billing: the cost of answered calls, and who pays for them (calls.md 6.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from ...contracts.rules import billings as rules
from ..world.names import find
from ..world.records import Billing, Call
from ..world.world import World

RATE = 10_000
"""The price per started minute of a call to the telephone network, in millionths of a dollar."""
_MILLION = 1_000_000
_SECOND = timedelta(seconds=1)


def open_billing(world: World, call: Call, answered: datetime) -> None:
    """Open the billing of an answered call. A call over the Internet is free."""
    pstn = call.destination.type == "tel"
    billing = Billing(
        id=world.ids.uuid(),
        tm_create=world.clock.timestamp(),
        customer_id=call.customer_id,
        account_id=world.state.customers[call.customer_id].billing_account_id,
        reference_type="call" if pstn else "call_extension",
        reference_id=call.id,
        cost_type="call_pstn_outgoing" if pstn else "call_extension",
        rate_credit_per_unit=RATE if pstn else 0,
        tm_billing_start=answered,
    )
    call.billing_id = world.state.billings.add(billing).id


def close_billing(world: World, call: Call, ended: datetime) -> None:
    """Close a call's billing and charge its customer. An unanswered call has no billing."""
    billing = world.state.billings.get(call.billing_id)
    if billing is None:
        world.follows(rules.unanswered_is_free, call)
        return
    customer = world.state.customers[billing.customer_id]
    seconds, minutes = _used(billing, ended)
    billing.status, billing.tm_billing_end, billing.tm_update = "end", ended, world.clock.timestamp()
    billing.usage_duration = seconds
    billing.billable_units = world.follows(rules.started_minutes_count, minutes, seconds)
    billing.amount_credit = -billing.billable_units * billing.rate_credit_per_unit
    if billing.rate_credit_per_unit == 0 and world.enforces(rules.free_call_has_no_snapshot):
        return
    customer.balance_credit += billing.amount_credit
    customer.tm_account_update = world.clock.timestamp()
    billing.balance_credit_snapshot = customer.balance_credit
    billing.balance_token_snapshot = customer.balance_token


def _used(billing: Billing, until: datetime) -> tuple[int, int]:
    """Return the full seconds and the started minutes of a call."""
    seconds = max(0, (until - billing.tm_billing_start) // _SECOND)
    return seconds, -(-seconds // 60)


class Ledger:
    """The cost of the calls on a fake, including those that have not ended."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def billings(self) -> tuple[Billing, ...]:
        """The billings of all answered calls, in the order of the answers."""
        return tuple(one for one in self._world.state.billings.values() if one.transaction_type == "usage")

    @property
    def cost(self) -> Decimal:
        """The cost of all calls in dollars, as if open calls ended now."""
        # A billing that another thread is closing has its new status before its new amount.
        with self._world.lock.reading():
            return sum((self.total_of(billing) for billing in self.billings), Decimal(0))

    def cost_of(self, call: Call | str) -> Decimal:
        """Return the cost of one call in dollars. An unanswered call costs nothing.

        Raises KeyError for an unknown id.
        """
        found = call if isinstance(call, Call) else find("call", self._world.state.calls, call)
        with self._world.lock.reading():
            billing = self._world.state.billings.get(found.billing_id)
            return self.total_of(billing) if billing else Decimal(0)

    def total_of(self, billing: Billing) -> Decimal:
        """Return the total of a billing in dollars, as if an open call ended now."""
        if billing.status == "end":
            return Decimal(-billing.amount_credit) / _MILLION
        return Decimal(_used(billing, self._world.clock.now())[1] * billing.rate_credit_per_unit) / _MILLION

    def __str__(self) -> str:
        with self._world.lock.reading():
            lines = [f"call {one.reference_id}: ${self.total_of(one)}, {one.status}" for one in self.billings]
            return "\n".join([*lines, f"all calls: ${self.cost}"])
