"""Mutants of the rules of /agents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....contracts.rules.accounts import agents as rules
from ...gateway.request_context import RequestContext
from ...world.records import Agent
from ..registry import mutant

Json = dict[str, Any]


@mutant(rules.own_agents_listed)
def every_customer(ctx: RequestContext, own: str, _: None) -> str:
    return ""


@mutant(rules.filters_select)
def every_agent(ctx: RequestContext, selected: Callable[[Agent], bool], _: None) -> Callable[[Agent], bool]:
    return lambda _: True


@mutant(rules.tag_ids_valid)
def no_tags(ctx: RequestContext, _: None, __: None) -> frozenset[str]:
    return frozenset()


@mutant(rules.exists)
def invent_agent(ctx: RequestContext, _: None, id: str) -> Agent:
    now = ctx.world.clock.now()
    return Agent(id=id, tm_create=now, customer_id=ctx.principal.customer_id, username="", permission=0)


@mutant(rules.deleted_still_readable)
def hide_deletion(ctx: RequestContext, response: Json, _: None) -> Json:
    return {key: value for key, value in response.items() if key != "tm_delete"}


@mutant(rules.reads_itself)
def never(ctx: RequestContext, itself: bool, _: None) -> bool:
    return False
