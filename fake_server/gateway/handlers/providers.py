"""/providers: the carriers (providers.md 2)."""

from __future__ import annotations

from typing import Any

from ....contracts.models.requests import EarlyProviderRequest, ProviderRequest
from ....contracts.rules import providers as rules
from ...world.records import Provider
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import Tier
from .changes import fits_columns, replace_fields, soft_delete

_CODECS = "Provider.codecs"


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    return paging.page(ctx, ctx.state.providers)


def create(ctx: RequestContext) -> dict[str, Any]:
    body = _body(ctx)
    ctx.authorise()
    fields = _fields(ctx, body)
    provider = Provider(
        id=ctx.world.ids.uuid(),
        tm_create=ctx.world.clock.timestamp(),
        **{"health_status": ctx.follows(rules.new_health_unknown, "unknown"), **fields},
    )
    provider = ctx.follows(rules.not_updated_when_new, provider)
    return ctx.render(ctx.state.providers.add(ctx.follows(rules.every_field_optional, provider)))


def get(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    provider = _existing(ctx, ctx.follows(rules.lookup_before_permission, id))
    ctx.authorise()
    if provider.tm_delete is not None:
        provider = ctx.follows(rules.deleted_still_readable, provider)
    return ctx.render(provider)


def update(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    body = _body(ctx)
    ctx.authorise()
    provider = _existing(ctx, id)
    fields = _fields(ctx, body)
    # Calls that were placed earlier use the provider as it was then.
    ctx.calls.schedule_new_calls()
    if fields["hostname"] != provider.hostname:
        ctx.apply(rules.hostname_change_resets_health, _reset_health, provider)
    replace_fields(ctx, rules.put_replaces, provider, fields)
    return ctx.render(provider)


def delete(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    ctx.authorise()
    provider = _existing(ctx, id)
    if provider.tm_delete is None or ctx.enforces(rules.delete_is_soft):
        soft_delete(ctx, provider)
    return ctx.render(provider)


def _existing(ctx: RequestContext, id: str) -> Provider:
    return ctx.require_value(rules.exists, ctx.state.providers.get(id), id)


def _reset_health(provider: Provider) -> None:
    provider.health_status, provider.health_checked_at = "unknown", None


def _body(ctx: RequestContext) -> EarlyProviderRequest:
    body = ctx.body(EarlyProviderRequest if _CODECS in ctx.edition.unsupported_fields else ProviderRequest)
    headers = body.tech_headers or {}
    strings = all(isinstance(value, str) for value in headers.values())
    ctx.require(rules.tech_headers_are_strings, strings)
    return body


def _fields(ctx: RequestContext, body: EarlyProviderRequest) -> dict[str, Any]:
    """Return the fields that a client may set."""
    fields = {key: getattr(body, key) for key in ("type", "hostname", "tech_prefix", "tech_postfix", "name", "detail")}
    fields["tech_headers"] = dict(body.tech_headers or {})
    fields["codecs"] = _codecs(ctx, (body.codecs if isinstance(body, ProviderRequest) else None) or "")
    ctx.require(rules.texts_fit, fits_columns(fields))
    fields = ctx.follows(rules.health_read_only, fields, body)
    return ctx.follows(rules.metadata_read_only, fields)


def _codecs(ctx: RequestContext, text: str) -> str:
    error = _codecs_error(text)
    ctx.require(rules.codecs_well_formed, error is None, why=error)
    return ctx.follows(rules.codecs_trimmed, ",".join(part.strip() for part in text.split(",")), text)


def _codecs_error(text: str) -> str | None:
    """Return the server's error for invalid codecs, in its order (providers.md 2.3); None for valid ones."""
    if len(text.encode()) > 255:
        return "codecs string exceeds 255 characters"
    if "\r" in text or "\n" in text:
        return "codecs must not contain CRLF characters"
    if "(" in text or ")" in text:
        return "codecs must not contain parentheses"
    if text and not all(part.strip() for part in text.split(",")):
        return "codecs must not contain empty list elements (double comma)"
    return None


_TIER = Tier(0, rules.super_admin_only, rules.no_direct_access)

ROUTES = (
    Route("GET", "/providers", list_, _TIER),
    Route("POST", "/providers", create, _TIER),
    Route("GET", "/providers/{id}", get, _TIER),
    Route("PUT", "/providers/{id}", update, _TIER),
    Route("DELETE", "/providers/{id}", delete, _TIER),
)
