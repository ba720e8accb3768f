"""Mutants of the rules of /activeflows and of running flows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from ...contracts.formats.go_uuids import NIL
from ...contracts.rules import activeflow_requests as request_rules
from ...contracts.rules import activeflows as rules
from ..calls.engine import CallEngine
from ..gateway.request_context import RequestContext
from ..world.records import Activeflow, Call
from ..world.world import World
from .registry import mutant


@mutant(rules.exists)
def invent_activeflow(ctx: RequestContext, _: None, id: str) -> Activeflow:
    return Activeflow(id=id, tm_create=ctx.world.clock.now(), customer_id=ctx.principal.customer_id, flow_id=NIL)


@mutant(rules.one_for_each_call)
def forget_call(ctx: RequestContext, response: dict[str, Any], _: None) -> dict[str, Any]:
    return {**response, "reference_id": NIL}


@mutant(request_rules.created_without_call)
def create_for_conversation(ctx: RequestContext, activeflow: Activeflow, _: None) -> Activeflow:
    return replace(activeflow, reference_type="conversation")


@mutant(rules.stop_again_changes_nothing)
def update_again(ctx: RequestContext, activeflow: Activeflow, _: None) -> Activeflow:
    activeflow.tm_update = ctx.world.clock.timestamp()
    return activeflow


@mutant(rules.actions_wait_for_the_answer)
def start_while_ringing(world: World, call: Call, _: None) -> Call:
    cast(CallEngine, call.call_engine).flows.resume(call)
    return call


@mutant(rules.executions_are_limited)
def halve_limit(world: World, limit: int, _: None) -> int:
    return limit // 2
