"""/me, /customer and /billing_account: what a client reads when it starts (gateway.md 2.7; calls.md 6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ....contracts.models.requests import CustomerRequest
from ....contracts.rules import account as rules
from ...world.records import Customer
from ..request_context import RequestContext


@dataclass(frozen=True, slots=True)
class BillingAccount:
    """A customer's balance, as it stands at the moment of asking."""

    id: str
    customer_id: str
    plan_type: str
    balance_credit: int
    balance_token: int
    tm_create: datetime
    name: str = "default"
    detail: str = ""
    plan_status: str = "active"
    payment_type: str = ""
    payment_method: str = ""
    tm_last_topup: datetime | None = None
    tm_next_topup: datetime | None = None
    tm_update: datetime | None = None
    tm_delete: datetime | None = None


def me(ctx: RequestContext) -> dict[str, Any]:
    """The asking agent, of whatever tier."""
    ctx.require(rules.me_is_an_agent, ctx.principal.kind == "agent")
    answer = ctx.fake.render(ctx.state.agents[ctx.principal.agent_id])
    if ctx.is_broken(rules.me_answers_the_agent):
        answer["username"] = ""
    return answer


def customer(ctx: RequestContext) -> dict[str, Any]:
    """The asker's own customer."""
    ctx.authorise()
    own = ctx.principal.customer_id
    if ctx.is_broken(rules.customer_answers_own):
        own = next(id for id in ctx.state.customers if id != own)
    return ctx.fake.render(ctx.state.customers[own])


def update_own(ctx: RequestContext) -> dict[str, Any]:
    """The asker's own customer: where its webhooks go is said here."""
    body = ctx.body(CustomerRequest)
    ctx.authorise()
    return _update(ctx, ctx.state.customers[ctx.principal.customer_id], body)


def update(ctx: RequestContext) -> dict[str, Any]:
    """Any customer."""
    id = ctx.id()
    body = ctx.body(CustomerRequest)
    ctx.authorise()
    found = ctx.state.customers.get(id)
    ctx.require(rules.exists, found)
    if found is None or ctx.is_broken(rules.changed_by_its_id):
        found = ctx.state.customers[ctx.principal.customer_id]
    return _update(ctx, found, body)


def _update(ctx: RequestContext, customer: Customer, body: CustomerRequest) -> dict[str, Any]:
    ctx.require(rules.webhook_method_is_known, body.webhook_method in rules.WEBHOOK_METHODS)
    ctx.require(rules.webhook_uri_is_a_url, not body.webhook_uri or _is_url(body.webhook_uri))
    for key in CustomerRequest.model_fields:
        value = getattr(body, key)
        if value or not ctx.is_broken(rules.customer_put_replaces):
            setattr(customer, key, value)
    customer.tm_update = ctx.fake.clock.timestamp()
    answer = ctx.fake.render(customer)
    if not ctx.is_broken(rules.secret_visible_to_owner):
        answer.pop("webhook_secret", None)
    return answer


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def billing_account(ctx: RequestContext) -> dict[str, Any]:
    """The balance of the asker's own customer."""
    ctx.authorise()
    own = ctx.principal.customer_id
    if ctx.is_broken(rules.billing_account_answers_own):
        own = next(id for id in ctx.state.customers if id != own)
    customer = ctx.state.customers[own]
    account = BillingAccount(
        id=customer.billing_account_id,
        customer_id=customer.id,
        plan_type=customer.plan_type,
        balance_credit=customer.balance_credit,
        balance_token=customer.balance_token,
        tm_create=customer.tm_create,
    )
    return ctx.fake.render(account)
