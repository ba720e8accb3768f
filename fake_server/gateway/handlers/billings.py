"""/billings: the cost of each call (calls.md 6.2)."""

from __future__ import annotations

from typing import Any

from ....contracts.rules import billings as rules
from ....contracts.rules import lists as list_rules
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import ADMIN, Tier


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.principal.customer_id
    return paging.page(ctx, ctx.state.billings, owner=owner, valid=list_rules.page_token_valid_for_calls)


def get(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.typed_id("billing-id", rules.id_is_not_nil)
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    billing = ctx.require_value(rules.exists, ctx.state.billings.get(id), id)
    ctx.authorise_owner(billing.customer_id, rules.own_customer_only)
    return ctx.render(billing)


_TIER = Tier(ADMIN, rules.admin_only, rules.no_direct_access)

ROUTES = (
    Route("GET", "/billings", list_, _TIER),
    Route("GET", "/billings/{id}", get, _TIER),
)
