"""Mutants of the rules of a customer's metadata."""

from __future__ import annotations

from typing import Any

from ....contracts.models.accounts import CustomerMetadataRequest
from ....contracts.rules.accounts import customer_metadata as rules
from ...gateway.request_context import RequestContext
from ...world.records import Customer
from ..registry import mutant

Json = dict[str, Any]


@mutant(rules.metadata_replaced)
def true_by_default(ctx: RequestContext, metadata: Json, body: CustomerMetadataRequest) -> Json:
    return {"rtp_debug": True} if body.rtp_debug is None else metadata


@mutant(rules.changed_by_id)
def change_own_customer(ctx: RequestContext, _: Customer, __: None) -> Customer:
    return ctx.state.customers[ctx.principal.customer_id]
