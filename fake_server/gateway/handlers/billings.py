"""/billings: what each call cost (calls.md 6.2)."""

from __future__ import annotations

from typing import Any

from ....contracts.go_uuids import NIL
from ....contracts.rules import billings as rules
from ....contracts.rules import lists as list_rules
from ...world.records import Billing
from ..lists import Paging
from ..request_context import RequestContext


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.principal.customer_id
    return paging.page(ctx, ctx.state.billings, owner=owner, readable=list_rules.page_token_valid_for_calls)


def get(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.typed_id("billing-id")
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    billing = ctx.state.billings.get(id)
    ctx.require(rules.exists, billing is not None)
    if billing is None:
        now = ctx.fake.clock.now()
        billing = Billing(id=id, tm_create=now, customer_id=NIL, account_id=NIL, reference_id=NIL, tm_billing_start=now)
    ctx.authorise_owner(billing.customer_id, rules.own_customer_only)
    return ctx.fake.render(billing)
