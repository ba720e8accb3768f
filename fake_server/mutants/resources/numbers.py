"""Mutants of the rules of /numbers."""

from __future__ import annotations

from dataclasses import replace

from ....contracts.formats.go_uuids import NIL
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


@mutant(rules.flows_replaced)
def keep_what_is_omitted(ctx: RequestContext, flows: list[str], number: Number) -> list[str]:
    call_flow, message_flow = flows
    return [call_flow, number.message_flow_id if message_flow == NIL else message_flow]


@mutant(rules.number_is_described)
def omit_type(ctx: RequestContext, number: Number, _: None) -> Number:
    return replace(number, type="")
