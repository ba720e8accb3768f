"""/me, /customer and /billing_account: what a client reads when it starts (gateway.md 2.7; calls.md 6.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ....contracts.models.requests import BillingAccountRequest, CustomerRequest
from ....contracts.rules import account as rules
from ...world.records import Customer
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import ADMIN, STAFF, Tier
from .changes import fits_columns, is_url, replace_fields


@dataclass(frozen=True, slots=True)
class BillingAccount:
    """A customer's balance at the time of the request."""

    id: str
    customer_id: str
    plan_type: str
    balance_credit: int
    balance_token: int
    tm_create: datetime
    name: str
    detail: str
    plan_status: str = "active"
    payment_type: str = ""
    payment_method: str = ""
    tm_last_topup: datetime | None = None
    tm_next_topup: datetime | None = None
    tm_update: datetime | None = None
    tm_delete: datetime | None = None


def me(ctx: RequestContext) -> dict[str, Any]:
    """Return the principal's agent, of any tier."""
    ctx.require(rules.me_is_an_agent, ctx.principal.kind == "agent")
    response = ctx.follows(rules.me_answers_the_agent, ctx.render(ctx.state.agents[ctx.principal.agent_id]))
    return ctx.follows(rules.agent_has_direct_hash, response)


def customer(ctx: RequestContext) -> dict[str, Any]:
    """Return the principal's own customer."""
    ctx.authorise()
    own = ctx.follows(rules.customer_answers_own, ctx.principal.customer_id)
    return ctx.follows(rules.customer_has_metadata, ctx.render(ctx.state.customers[own]))


def update_own(ctx: RequestContext) -> dict[str, Any]:
    """Update the principal's own customer, including the receiver of its webhooks."""
    body = ctx.body(CustomerRequest)
    ctx.authorise()
    return _update(ctx, ctx.state.customers[ctx.principal.customer_id], body)


def update(ctx: RequestContext) -> dict[str, Any]:
    """Update any customer."""
    id = ctx.id()
    body = ctx.body(CustomerRequest)
    ctx.authorise()
    found = ctx.require_value(rules.exists, ctx.state.customers.get(id))
    return _reordered(ctx, _update(ctx, ctx.follows(rules.changed_by_its_id, found), body))


def list_(ctx: RequestContext) -> dict[str, Any]:
    """List all customers, without their secrets."""
    paging = Paging(ctx)
    ctx.authorise()
    page = paging.page(ctx, ctx.state.customers)
    return {**page, "result": [of_any_customer(ctx, row) for row in page["result"]]}


def get(ctx: RequestContext) -> dict[str, Any]:
    """Return any customer, without its secret."""
    id = ctx.id()
    ctx.authorise()
    found = ctx.require_value(rules.exists, ctx.state.customers.get(id))
    return of_any_customer(ctx, ctx.render(ctx.follows(rules.read_by_its_id, found)))


def of_any_customer(ctx: RequestContext, response: dict[str, Any]) -> dict[str, Any]:
    """Return a customer as /customers returns it."""
    return _reordered(ctx, without_secret(response))


def _reordered(ctx: RequestContext, response: dict[str, Any]) -> dict[str, Any]:
    """Return a customer with its fields in the order in which /customers returns them."""
    if not ctx.flag(rules.metadata_comes_last):
        return response
    names = [name for name in response if name != "metadata"]
    names.insert(names.index("identity_verification_status") + 1, "metadata")
    return {name: response[name] for name in names}


def without_secret(response: dict[str, Any]) -> dict[str, Any]:
    """Return a customer without its webhook secret."""
    return {key: value for key, value in response.items() if key != "webhook_secret"}


def _update(ctx: RequestContext, customer: Customer, body: CustomerRequest) -> dict[str, Any]:
    ctx.require(rules.webhook_method_is_known, body.webhook_method in rules.WEBHOOK_METHODS)
    ctx.require(rules.webhook_uri_is_a_url, not body.webhook_uri or is_url(body.webhook_uri))
    fields = {key: getattr(body, key) for key in CustomerRequest.model_fields}
    ctx.require(rules.texts_fit, fits_columns(fields))
    replace_fields(ctx, rules.customer_put_replaces, customer, fields)
    response = without_secret(ctx.render(customer))
    return ctx.follows(rules.secret_visible_to_owner, response, customer)


def billing_account(ctx: RequestContext) -> dict[str, Any]:
    """Return the balance of the principal's own customer."""
    ctx.authorise()
    return _account(ctx)


def update_billing_account(ctx: RequestContext) -> dict[str, Any]:
    """Replace the name and the detail of the billing account of the principal's own customer."""
    body = ctx.body(BillingAccountRequest)
    ctx.authorise()
    ctx.require(rules.account_texts_fit, fits_columns({"name": body.name, "detail": body.detail}))
    customer = ctx.state.customers[ctx.principal.customer_id]
    fields = ctx.follows(rules.account_put_replaces, {"account_name": body.name, "account_detail": body.detail})
    for key, value in fields.items():
        setattr(customer, key, value)
    customer.tm_account_update = ctx.world.clock.timestamp()
    return _account(ctx)


def account_fields(customer: Customer) -> dict[str, Any]:
    """Return the fields of a customer's billing account."""
    return {
        "id": customer.billing_account_id,
        "customer_id": customer.id,
        "plan_type": customer.plan_type,
        "balance_credit": customer.balance_credit,
        "balance_token": customer.balance_token,
        "tm_create": customer.tm_create,
        "name": customer.account_name,
        "detail": customer.account_detail,
        "tm_update": customer.tm_account_update,
    }


def _account(ctx: RequestContext) -> dict[str, Any]:
    customer = ctx.state.customers[ctx.follows(rules.billing_account_answers_own, ctx.principal.customer_id)]
    account = BillingAccount(**account_fields(customer))
    return ctx.render(ctx.follows(rules.charge_updates_account, account))


OWN = Tier(ADMIN, rules.admin_only, rules.no_direct_access)
"""Who may change the own customer."""
_READ_OWN = Tier(STAFF, rules.staff_only, rules.no_direct_access)
ANY = Tier(0, rules.super_admin_only, rules.no_direct_access)
"""Who may change any customer."""

ROUTES = (
    Route("GET", "/me", me, OWN),
    Route("GET", "/customer", customer, _READ_OWN),
    Route("PUT", "/customer", update_own, OWN),
    Route("GET", "/customers", list_, ANY),
    Route("GET", "/customers/{id}", get, ANY),
    Route("PUT", "/customers/{id}", update, ANY),
    Route("GET", "/billing_account", billing_account, OWN),
    Route("PUT", "/billing_account", update_billing_account, OWN),
)
