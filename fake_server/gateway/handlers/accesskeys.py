"""/accesskeys: a customer's credentials (gateway.md 2.4 and 4.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ....contracts.models.requests import AccesskeyRequest
from ....contracts.rules import accesskeys as rules
from ....contracts.rules import lists as list_rules
from ...world.records import Accesskey
from .. import authentication
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import ADMIN, Tier
from .changes import replace_fields, soft_delete

_DAY = 86400


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.principal.customer_id
    return paging.page(ctx, ctx.state.accesskeys, owner=owner, valid=list_rules.page_token_valid_for_calls)


def create(ctx: RequestContext) -> dict[str, Any]:
    body = ctx.body(AccesskeyRequest)
    ctx.authorise()
    lifetime = _int32(body.expire or 0)
    ctx.require(rules.expires_after_a_day_or_more, lifetime >= _DAY)
    key = authentication.create_accesskey(
        ctx.world,
        ctx.principal.customer_id,
        ctx.principal.permission,
        name=body.name,
        detail=body.detail,
        tm_expire=ctx.world.clock.now() + timedelta(seconds=lifetime),
    )
    return ctx.render(replace(key, token=key.secret))


def get(ctx: RequestContext) -> dict[str, Any]:
    key = _existing(ctx, ctx.id())
    return ctx.render(ctx.follows(rules.value_shown_once, key))


def update(ctx: RequestContext) -> dict[str, Any]:
    """Replace the name and the detail of a key."""
    id = ctx.id()
    body = ctx.body(AccesskeyRequest)
    key = _existing(ctx, id)
    replace_fields(ctx, rules.put_replaces, key, {"name": body.name, "detail": body.detail})
    return ctx.render(key)


def delete(ctx: RequestContext) -> dict[str, Any]:
    key = _existing(ctx, ctx.id())
    ctx.apply(rules.delete_is_soft, soft_delete, ctx, key)
    return ctx.render(key)


def _existing(ctx: RequestContext, id: str) -> Accesskey:
    """Return the key in the path. Its owner is checked before the principal's tier (gateway.md 3.3)."""
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    key = ctx.require_value(rules.exists, ctx.state.accesskeys.get(id), id)
    ctx.require(rules.own_customer_only, key.customer_id == ctx.principal.customer_id)
    ctx.require(rules.not_deleted, key.tm_delete is None)
    ctx.authorise(key.customer_id)
    return key


def _int32(number: int) -> int:
    """Truncate `expire` to 32 bits, as the server does (gateway.md 4.5)."""
    return (number + 2**31) % 2**32 - 2**31


_TIER = Tier(ADMIN, rules.admin_only, rules.no_direct_access)

ROUTES = (
    Route("GET", "/accesskeys", list_, _TIER),
    Route("POST", "/accesskeys", create, _TIER),
    Route("GET", "/accesskeys/{id}", get, _TIER),
    Route("PUT", "/accesskeys/{id}", update, _TIER),
    Route("DELETE", "/accesskeys/{id}", delete, _TIER),
)
