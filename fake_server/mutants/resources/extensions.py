"""Mutants of the rules of /extensions."""

from __future__ import annotations

from typing import Any

from ....contracts.rules.accounts import extensions as rules
from ...gateway.request_context import RequestContext
from ...world.resources.extensions import Extension
from ..registry import mutant

Json = dict[str, Any]


@mutant(rules.own_extensions_listed)
def every_customer(ctx: RequestContext, own: str, _: None) -> str:
    return ""


@mutant(rules.exists)
def invent_extension(ctx: RequestContext, _: None, id: str) -> Extension:
    now = ctx.world.clock.now()
    return Extension(id=id, tm_create=now, customer_id=ctx.principal.customer_id, extension="")


@mutant(rules.deleted_still_readable)
def hide_deletion(ctx: RequestContext, response: Json, _: None) -> Json:
    return {**response, "tm_delete": None}


@mutant(rules.has_sip_credentials)
def omit_domain(ctx: RequestContext, response: Json, _: None) -> Json:
    return {**response, "domain_name": ""}
