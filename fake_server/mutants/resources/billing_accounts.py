"""Mutants of the rules of /billing_accounts."""

from __future__ import annotations

from typing import Any

from ....contracts.rules.accounts import billing_accounts as rules
from ...gateway.request_context import RequestContext
from ...world.records import Customer
from ..registry import mutant

Json = dict[str, Any]


@mutant(rules.exists)
@mutant(rules.adjusted_account_exists)
def own_customer(ctx: RequestContext, _: None, __: str) -> Customer:
    return ctx.state.customers[ctx.principal.customer_id]


@mutant(rules.read_in_full)
def omit_payment_provider(ctx: RequestContext, response: Json, _: None) -> Json:
    return {key: value for key, value in response.items() if not key.startswith("paddle_")}


@mutant(rules.changes_the_credit)
def change_nothing(ctx: RequestContext, amount: int, _: None) -> int:
    return 0


@mutant(rules.amount_is_float32)
def keep_precision(ctx: RequestContext, rounded: float, sent: float) -> float:
    return sent
