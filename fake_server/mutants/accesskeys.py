"""Mutants of the rules of /accesskeys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...contracts.rules import accesskeys as rules
from ..gateway.request_context import RequestContext
from ..world.records import Accesskey
from .registry import mutant


@mutant(rules.put_replaces)
def keep_empty_fields(ctx: RequestContext, fields: dict[str, Any], _: None) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value}


@mutant(rules.exists)
def invent_accesskey(ctx: RequestContext, _: None, id: str) -> Accesskey:
    own = ctx.principal.customer_id
    return Accesskey(id=id, tm_create=ctx.world.clock.now(), customer_id=own, secret="", permission=0)


@mutant(rules.value_shown_once)
def show_value_again(ctx: RequestContext, key: Accesskey, _: None) -> Accesskey:
    return replace(key, token=key.secret)
