"""Mutants of the rules of /flows."""

from __future__ import annotations

from typing import Any

from ...contracts.formats.go_uuids import NIL
from ...contracts.rules import flows as rules
from ..gateway.request_context import RequestContext
from ..world.records import Flow
from ..world.values import Action
from .registry import mutant


@mutant(rules.exists)
def invent_flow(ctx: RequestContext, _: None, id: str) -> Flow:
    return Flow(id=id, tm_create=ctx.world.clock.now(), customer_id=ctx.principal.customer_id)


@mutant(rules.temporary_not_listed)
def list_all(ctx: RequestContext, where: Any, _: None) -> None:
    return None


@mutant(rules.every_field_optional)
def empty_type(ctx: RequestContext, flow: Flow, _: None) -> Flow:
    flow.type = ""
    return flow


@mutant(rules.put_replaces)
def keep_empty_fields(ctx: RequestContext, fields: dict[str, Any], _: None) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value}


@mutant(rules.action_ids)
def omit_ids(ctx: RequestContext, actions: tuple[Action, ...], _: None) -> tuple[Action, ...]:
    return tuple(Action(NIL, NIL, action.type, action.option) for action in actions)


@mutant(rules.options_kept)
def omit_options(ctx: RequestContext, actions: tuple[Action, ...], _: None) -> tuple[Action, ...]:
    return tuple(Action(action.id, action.next_id, action.type) for action in actions)


@mutant(rules.flow_has_direct_hash)
def no_direct_hash(ctx: RequestContext, direct_hash: str, _: None) -> str:
    return ""
