"""Mutants of the rules of /billings."""

from __future__ import annotations

from ...contracts.formats.go_uuids import NIL
from ...contracts.rules import billings as rules
from ..calls import ledger
from ..gateway.request_context import RequestContext
from ..world.records import Billing, Call
from ..world.world import World
from .registry import mutant


@mutant(rules.exists)
def invent_billing(ctx: RequestContext, _: None, id: str) -> Billing:
    now = ctx.world.clock.now()
    return Billing(id=id, tm_create=now, customer_id=NIL, account_id=NIL, reference_id=NIL, tm_billing_start=now)


@mutant(rules.unanswered_is_free)
def charge_unanswered(world: World, call: Call, _: None) -> Call:
    ledger.open_billing(world, call, call.tm_hangup or world.clock.now())
    return call


@mutant(rules.started_minutes_count)
def charge_full_minutes(world: World, minutes: int, seconds: int) -> int:
    return seconds // 60
