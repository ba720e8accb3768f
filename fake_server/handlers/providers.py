"""/providers: the carriers (providers.md 2)."""

from __future__ import annotations

from typing import Any

from ...contracts.models.requests import ProviderRequest
from ...contracts.rules import providers as rules
from .. import records
from ..context import Context
from ..lists import Paging


def list_(ctx: Context) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    return paging.answer(ctx, ctx.state.providers)


def create(ctx: Context) -> dict[str, Any]:
    body = _body(ctx)
    ctx.authorise()
    fields = _fields(ctx, body)
    health = "unknown" if not ctx.breaks(rules.new_health_unknown) else "healthy"
    now = ctx.fake.clock.stamp()
    provider = records.Provider(id=ctx.fake.ids.uuid(), tm_create=now, **{"health_status": health, **fields})
    if ctx.breaks(rules.not_updated_when_new):
        provider.tm_update = now
    if ctx.breaks(rules.every_field_optional):
        provider.hostname = provider.hostname or "localhost"
    return ctx.fake.render(ctx.state.providers.add(provider))


def get(ctx: Context) -> dict[str, Any]:
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.asker.kind != "direct")
    if ctx.breaks(rules.looked_up_before_tier):
        ctx.authorise()
    provider = _existing(ctx, id)
    ctx.authorise()
    deleted = provider.tm_delete is not None
    ctx.require(rules.exists, not deleted or not ctx.breaks(rules.deleted_still_readable))
    return ctx.fake.render(provider)


def update(ctx: Context) -> dict[str, Any]:
    id = ctx.id()
    body = _body(ctx)
    ctx.authorise()
    provider = _existing(ctx, id)
    fields = _fields(ctx, body)
    # Calls that were placed before were dialled as the provider was then.
    ctx.fake.lifecycle.plan()
    if fields["hostname"] != provider.hostname and not ctx.breaks(rules.hostname_change_resets_health):
        provider.health_status, provider.health_checked_at = "unknown", None
    for key, value in fields.items():
        if value or not ctx.breaks(rules.put_replaces):
            setattr(provider, key, value)
    provider.tm_update = ctx.fake.clock.stamp()
    return ctx.fake.render(provider)


def delete(ctx: Context) -> dict[str, Any]:
    id = ctx.id()
    ctx.authorise()
    provider = _existing(ctx, id)
    if provider.tm_delete is None or not ctx.breaks(rules.delete_is_soft):
        provider.tm_update = provider.tm_delete = ctx.fake.clock.stamp()
    return ctx.fake.render(provider)


def _existing(ctx: Context, id: str) -> records.Provider:
    provider = ctx.state.providers.get(id)
    ctx.require(rules.exists, provider is not None)
    return provider or records.Provider(id=id, tm_create=ctx.fake.clock.now())


def _body(ctx: Context) -> ProviderRequest:
    body = ctx.body(ProviderRequest)
    headers = body.tech_headers or {}
    strings = all(isinstance(value, str) for value in headers.values())
    ctx.require(rules.tech_headers_are_strings, strings)
    return body


def _fields(ctx: Context, body: ProviderRequest) -> dict[str, Any]:
    """The fields that a client may set."""
    fields = {key: getattr(body, key) for key in ("type", "hostname", "tech_prefix", "tech_postfix", "name", "detail")}
    fields["tech_headers"] = dict(body.tech_headers or {})
    fields["codecs"] = _codecs(ctx, body.codecs or "")
    if ctx.breaks(rules.health_read_only):
        fields |= {key: value for key, value in (body.model_extra or {}).items() if key == "health_status"}
    if ctx.breaks(rules.metadata_read_only):
        fields["metadata"] = {"mine": "yes"}
    return fields


def _codecs(ctx: Context, text: str) -> str:
    why = _codecs_complaint(text)
    ctx.require(rules.codecs_well_formed, why is None, why=why)
    trimmed = ",".join(part.strip() for part in text.split(","))
    return trimmed if not ctx.breaks(rules.codecs_trimmed) else text


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
