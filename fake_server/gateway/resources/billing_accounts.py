"""/billing_accounts: any customer's balance, and changes to it, for super-admins (accounts.md 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import trunc
from struct import pack, unpack
from typing import Any

from ....contracts.models.accounts import BalanceRequest
from ....contracts.models.accounts import FullBillingAccount as FullBillingAccountModel
from ....contracts.rules import lists as list_rules
from ....contracts.rules.accounts import billing_accounts as rules
from ...wire.serializers import add_model
from ...world.records import Billing, Customer, Record
from ...world.state import Table
from ..handlers.account import account_fields
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import Tier

add_model(FullBillingAccountModel)
_TIER = Tier(0, rules.super_admin_only, rules.no_direct_access)
_MILLION = 1_000_000


@dataclass(slots=True, kw_only=True)
class FullBillingAccount(Record):
    """A billing account at the time of the request, in full. It is as old as its customer, and deleted with it."""

    customer_id: str
    status: str
    name: str
    detail: str
    plan_type: str
    plan_status: str = "active"
    balance_credit: int
    balance_token: int
    payment_type: str = ""
    payment_method: str = ""
    paddle_subscription_id: str = ""
    paddle_customer_id: str = ""
    tm_last_topup: datetime | None = None
    tm_next_topup: datetime | None = None


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    accounts: Table[FullBillingAccount] = Table()
    for customer in ctx.state.customers.values():
        accounts.add(_account(customer))
    return paging.page(ctx, accounts, valid=list_rules.page_token_valid_for_calls)


def get(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    ctx.authorise()
    customer = ctx.require_value(rules.exists, _customer(ctx, id), id)
    ctx.require(rules.not_deleted, customer.tm_delete is None)
    return ctx.follows(rules.read_in_full, ctx.render(_account(customer)))


def _change(sign: int) -> Callable[[RequestContext], dict[str, Any]]:
    """Return the handler that adds to the credit of an account or subtracts from it, even of a deleted one."""

    def handle(ctx: RequestContext) -> dict[str, Any]:
        id = ctx.id()
        dollars = ctx.body(BalanceRequest).balance or 0.0
        amount = _millionths(ctx.follows(rules.amount_is_float32, _float32(dollars), dollars))
        ctx.require(rules.amount_not_negative, amount >= 0)
        ctx.authorise()
        customer = ctx.require_value(rules.adjusted_account_exists, _customer(ctx, id), id)
        customer.balance_credit = _int64(customer.balance_credit + ctx.follows(rules.changes_the_credit, sign * amount))
        customer.tm_account_update = ctx.world.clock.timestamp()
        ctx.apply(rules.adjustment_is_billed, _bill, ctx, customer, sign * amount)
        return ctx.render(_account(customer))

    return handle


def _bill(ctx: RequestContext, customer: Customer, amount: int) -> None:
    id, now = ctx.world.ids.uuid(), ctx.world.clock.timestamp()
    billing = Billing(
        id=id,
        tm_create=now,
        customer_id=customer.id,
        account_id=customer.billing_account_id,
        transaction_type="adjustment",
        status="end",
        reference_type="credit_adjustment",
        reference_id=id,
        cost_type="",
        amount_credit=amount,
        balance_token_snapshot=customer.balance_token,
        balance_credit_snapshot=customer.balance_credit,
        tm_billing_start=now,
        tm_billing_end=now,
    )
    ctx.state.billings.add(billing)


def _customer(ctx: RequestContext, account_id: str) -> Customer | None:
    """Return the customer whose billing account has an id."""
    customers = ctx.state.customers.values()
    return next((one for one in customers if one.billing_account_id == account_id), None)


def _account(customer: Customer) -> FullBillingAccount:
    status = customer.status if customer.status in ("frozen", "deleted") else "active"
    return FullBillingAccount(status=status, tm_delete=customer.tm_delete, **account_fields(customer))


def _float32(value: float) -> float:
    """Return a number as a 32-bit one, the type of the balance on the server."""
    rounded: float = unpack("<f", pack("<f", value))[0]
    return rounded


def _millionths(dollars: float) -> int:
    """Return an amount in millionths of a dollar, rounded half away from zero, as a 64-bit number."""
    exact = dollars * _MILLION
    whole = trunc(exact)
    rounded = whole + trunc((exact - whole) * 2)
    # On the servers' processors, a number that does not fit becomes the least one.
    return rounded if -(2**63) <= rounded < 2**63 else -(2**63)


def _int64(value: int) -> int:
    """Return a sum as Go computes it: it wraps around."""
    return (value + 2**63) % 2**64 - 2**63


ROUTES = (
    Route("GET", "/billing_accounts", list_, _TIER),
    Route("GET", "/billing_accounts/{id}", get, _TIER),
    Route("POST", "/billing_accounts/{id}/balance_add_force", _change(1), _TIER),
    Route("POST", "/billing_accounts/{id}/balance_subtract_force", _change(-1), _TIER),
)
