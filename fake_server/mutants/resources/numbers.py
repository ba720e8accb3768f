"""Mutants of the rules of /numbers."""

from __future__ import annotations

from dataclasses import replace

from ....contracts.rules.accounts import numbers as rules
from ...gateway.request_context import RequestContext
from ...world.resources.numbers import Number
from ..registry import mutant


@mutant(rules.own_numbers_listed)
def every_customer(ctx: RequestContext, own: str, _: None) -> str:
    return ""


@mutant(rules.exists)
def invent_number(ctx: RequestContext, _: None, id: str) -> Number:
    now = ctx.world.clock.now()
    return Number(id=id, tm_create=now, customer_id=ctx.principal.customer_id, number="")


@mutant(rules.number_is_described)
def omit_type(ctx: RequestContext, number: Number, _: None) -> Number:
    return replace(number, type="")
