"""The metadata of customers: PUT /customer/metadata and PUT /customers/{id}/metadata (accounts.md 2)."""

from __future__ import annotations

from typing import Any

from ....contracts.models.accounts import CustomerMetadataRequest
from ....contracts.rules import account as account_rules
from ....contracts.rules.accounts import customer_metadata as rules
from ...world.records import Customer
from ..handlers.account import ANY, OWN, of_any_customer, without_secret
from ..request_context import RequestContext
from ..route import Route


def update_own(ctx: RequestContext) -> dict[str, Any]:
    body = ctx.body(CustomerMetadataRequest)
    ctx.authorise()
    customer = ctx.state.customers[ctx.principal.customer_id]
    _replace(ctx, customer, body)
    return without_secret(ctx.render(customer))


def update(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    body = ctx.body(CustomerMetadataRequest)
    ctx.authorise()
    found = ctx.require_value(account_rules.exists, ctx.state.customers.get(id))
    customer = ctx.follows(rules.changed_by_id, found)
    _replace(ctx, customer, body)
    return of_any_customer(ctx, ctx.render(customer))


def _replace(ctx: RequestContext, customer: Customer, body: CustomerMetadataRequest) -> None:
    customer.metadata = ctx.follows(rules.metadata_replaced, {"rtp_debug": bool(body.rtp_debug)}, body)
    customer.tm_update = ctx.world.clock.timestamp()


ROUTES = (
    Route("PUT", "/customer/metadata", update_own, OWN),
    Route("PUT", "/customers/{id}/metadata", update, ANY),
)
