"""/providers: the carriers (providers.md 2)."""

from __future__ import annotations

from typing import Any

from ....contracts.models.requests import ProviderRequest
from ....contracts.rules import providers as rules
from ...world import records
from ..lists import Paging
from ..request_context import RequestContext


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    return paging.page(ctx, ctx.state.providers)


def create(ctx: RequestContext) -> dict[str, Any]:
    body = _body(ctx)
    ctx.authorise()
    fields = _fields(ctx, body)
    health = "unknown" if not ctx.is_broken(rules.new_health_unknown) else "healthy"
    now = ctx.fake.clock.timestamp()
    provider = records.Provider(id=ctx.fake.ids.uuid(), tm_create=now, **{"health_status": health, **fields})
    if ctx.is_broken(rules.not_updated_when_new):
        provider.tm_update = now
    if ctx.is_broken(rules.every_field_optional):
        provider.hostname = provider.hostname or "localhost"
    return ctx.fake.render(ctx.state.providers.add(provider))


def get(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    if ctx.is_broken(rules.lookup_before_permission):
        ctx.authorise()
    provider = _existing(ctx, id)
    ctx.authorise()
    deleted = provider.tm_delete is not None
    ctx.require(rules.exists, not deleted or not ctx.is_broken(rules.deleted_still_readable))
    return ctx.fake.render(provider)


def update(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    body = _body(ctx)
    ctx.authorise()
    provider = _existing(ctx, id)
    fields = _fields(ctx, body)
    # Calls that were placed before were dialled as the provider was then.
    ctx.fake.call_engine.schedule_new_calls()
    if fields["hostname"] != provider.hostname and not ctx.is_broken(rules.hostname_change_resets_health):
        provider.health_status, provider.health_checked_at = "unknown", None
    for key, value in fields.items():
        if value or not ctx.is_broken(rules.put_replaces):
            setattr(provider, key, value)
    provider.tm_update = ctx.fake.clock.timestamp()
    return ctx.fake.render(provider)


def delete(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    ctx.authorise()
    provider = _existing(ctx, id)
    if provider.tm_delete is None or not ctx.is_broken(rules.delete_is_soft):
        provider.tm_update = provider.tm_delete = ctx.fake.clock.timestamp()
    return ctx.fake.render(provider)


def _existing(ctx: RequestContext, id: str) -> records.Provider:
    provider = ctx.state.providers.get(id)
    ctx.require(rules.exists, provider is not None)
    return provider or records.Provider(id=id, tm_create=ctx.fake.clock.now())


def _body(ctx: RequestContext) -> ProviderRequest:
    body = ctx.body(ProviderRequest)
    headers = body.tech_headers or {}
    strings = all(isinstance(value, str) for value in headers.values())
    ctx.require(rules.tech_headers_are_strings, strings)
    return body


def _fields(ctx: RequestContext, body: ProviderRequest) -> dict[str, Any]:
    """The fields that a client may set."""
    fields = {key: getattr(body, key) for key in ("type", "hostname", "tech_prefix", "tech_postfix", "name", "detail")}
    fields["tech_headers"] = dict(body.tech_headers or {})
    fields["codecs"] = _codecs(ctx, body.codecs or "")
    if ctx.is_broken(rules.health_read_only):
        fields |= {key: value for key, value in (body.model_extra or {}).items() if key == "health_status"}
    if ctx.is_broken(rules.metadata_read_only):
        fields["metadata"] = {"mine": "yes"}
    return fields


def _codecs(ctx: RequestContext, text: str) -> str:
    why = _codecs_complaint(text)
    ctx.require(rules.codecs_well_formed, why is None, why=why)
    trimmed = ",".join(part.strip() for part in text.split(","))
    return trimmed if not ctx.is_broken(rules.codecs_trimmed) else text


def _codecs_complaint(text: str) -> str | None:
    """Why a codecs value is refused, in the server's words and order (providers.md 2.3); None for a good one."""
    if len(text.encode()) > 255:
        return "codecs string exceeds 255 characters"
    if "\r" in text or "\n" in text:
        return "codecs must not contain CRLF characters"
    if "(" in text or ")" in text:
        return "codecs must not contain parentheses"
    if text and not all(part.strip() for part in text.split(",")):
        return "codecs must not contain empty list elements (double comma)"
    return None
