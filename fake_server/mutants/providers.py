"""Mutants of the rules of /providers."""

from __future__ import annotations

from typing import Any

from ...contracts.models.requests import EarlyProviderRequest
from ...contracts.rules import providers as rules
from ..gateway.request_context import RequestContext
from ..world.records import Provider
from .registry import mutant

Json = dict[str, Any]


@mutant(rules.exists)
def invent_provider(ctx: RequestContext, _: None, id: str) -> Provider:
    return Provider(id=id, tm_create=ctx.world.clock.now())


@mutant(rules.new_health_unknown)
def healthy_at_once(ctx: RequestContext, health: str, _: None) -> str:
    return "healthy"


@mutant(rules.not_updated_when_new)
def update_when_new(ctx: RequestContext, provider: Provider, _: None) -> Provider:
    provider.tm_update = provider.tm_create
    return provider


@mutant(rules.every_field_optional)
def default_hostname(ctx: RequestContext, provider: Provider, _: None) -> Provider:
    provider.hostname = provider.hostname or "localhost"
    return provider


@mutant(rules.lookup_before_permission)
def permission_first(ctx: RequestContext, id: str, _: None) -> str:
    ctx.authorise()
    return id


@mutant(rules.deleted_still_readable)
def hide_deleted(ctx: RequestContext, provider: Provider, _: None) -> Provider:
    ctx.refuse(rules.exists)


@mutant(rules.put_replaces)
def keep_empty_fields(ctx: RequestContext, fields: Json, _: None) -> Json:
    return {key: value for key, value in fields.items() if value}


@mutant(rules.health_read_only)
def set_health(ctx: RequestContext, fields: Json, body: EarlyProviderRequest) -> Json:
    sent = body.model_extra or {}
    return {**fields, "health_status": sent["health_status"]} if "health_status" in sent else fields


@mutant(rules.metadata_read_only)
def set_metadata(ctx: RequestContext, fields: Json, _: None) -> Json:
    return {**fields, "metadata": {"mine": "yes"}}


@mutant(rules.codecs_trimmed)
def keep_spaces(ctx: RequestContext, trimmed: str, text: str) -> str:
    return text
