"""Mutants of the rules of /me, /customer and /billing_account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...contracts.rules import account as rules
from ..gateway.handlers.account import BillingAccount
from ..gateway.request_context import RequestContext
from ..world.records import Customer
from .registry import mutant

Json = dict[str, Any]


@mutant(rules.exists)
@mutant(rules.read_by_its_id)
@mutant(rules.changed_by_its_id)
def change_own_customer(ctx: RequestContext, _: Customer | None, __: None) -> Customer:
    return ctx.state.customers[ctx.principal.customer_id]


@mutant(rules.me_answers_the_agent)
def omit_username(ctx: RequestContext, response: Json, _: None) -> Json:
    return {**response, "username": ""}


@mutant(rules.agent_has_direct_hash)
def omit_direct_hash(ctx: RequestContext, response: Json, _: None) -> Json:
    return {key: value for key, value in response.items() if key != "direct_hash"}


@mutant(rules.customer_has_metadata)
def empty_metadata(ctx: RequestContext, response: Json, _: None) -> Json:
    return {**response, "metadata": {}}


@mutant(rules.customer_answers_own)
@mutant(rules.billing_account_answers_own)
def another_customer(ctx: RequestContext, own: str, _: None) -> str:
    return next(id for id in ctx.state.customers if id != own)


@mutant(rules.charge_updates_account)
def never_updated(ctx: RequestContext, account: BillingAccount, _: None) -> BillingAccount:
    return replace(account, tm_update=None)


@mutant(rules.account_put_replaces)
@mutant(rules.customer_put_replaces)
def keep_empty_fields(ctx: RequestContext, fields: Json, _: None) -> Json:
    return {key: value for key, value in fields.items() if value}


@mutant(rules.secret_visible_to_owner)
def show_secret(ctx: RequestContext, response: Json, customer: Customer) -> Json:
    return ctx.render(customer)
