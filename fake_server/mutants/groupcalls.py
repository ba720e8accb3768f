"""Mutants of the rules of /groupcalls."""

from __future__ import annotations

from ...contracts.rules import groupcalls as rules
from ..gateway.handlers.changes import soft_delete
from ..gateway.request_context import RequestContext
from ..world.records import Groupcall
from ..world.values import Address, DialRequest
from ..world.world import RuleContext
from .registry import mutant


@mutant(rules.exists)
def invent_groupcall(ctx: RequestContext, _: None, id: str) -> Groupcall:
    return Groupcall(id=id, tm_create=ctx.world.clock.now(), customer_id=ctx.principal.customer_id)


@mutant(rules.linear_rings_one_after_the_other)
def ring_all(ctx: RequestContext, ring_method: str, _: None) -> str:
    return "ring_all"


@mutant(rules.deleted_still_readable)
def delete_again(ctx: RequestContext, groupcall: Groupcall, _: None) -> Groupcall:
    soft_delete(ctx, groupcall)
    ctx.world.emit("groupcall_deleted", groupcall)
    return groupcall


@mutant(rules.one_call_per_address)
def no_calls(ctx: RuleContext, addresses: tuple[Address, ...], _: None) -> tuple[Address, ...]:
    return ()


@mutant(rules.children_are_not_forced)
def force_children(ctx: RuleContext, unforced: DialRequest, request: DialRequest) -> DialRequest:
    return request
