"""/billings: what each call cost (calls.md 6.2)."""

from __future__ import annotations

from typing import Any

from ...contracts.rules import billings as rules
from ...contracts.rules import lists as list_rules
from ...contracts.uuids import NIL
from ..context import Context
from ..lists import Paging
from ..records import Billing


def list_(ctx: Context) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.asker.customer_id
    return paging.answer(ctx, ctx.state.billings, owner=owner, readable=list_rules.token_readable_by_calls)


def get(ctx: Context) -> dict[str, Any]:
    id = ctx.typed_id("billing-id")
    ctx.require(rules.no_direct_access, ctx.asker.kind != "direct")
    billing = ctx.state.billings.get(id)
    ctx.require(rules.exists, billing is not None)
    if billing is None:
        now = ctx.fake.clock.now()
        billing = Billing(id=id, tm_create=now, customer_id=NIL, account_id=NIL, reference_id=NIL, tm_billing_start=now)
    ctx.authorise_on(billing.customer_id, rules.own_customer_only)
    return ctx.fake.render(billing)
