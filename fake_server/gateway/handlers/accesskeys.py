"""/accesskeys: a customer's credentials (gateway.md 2.4 and 4.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ....contracts.models.requests import AccesskeyRequest
from ....contracts.rules import accesskeys as rules
from ....contracts.rules import lists as list_rules
from ...world.records import Accesskey
from ..lists import Paging
from ..request_context import RequestContext

_DAY = 86400


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.principal.customer_id
    return paging.page(ctx, ctx.state.accesskeys, owner=owner, readable=list_rules.page_token_valid_for_calls)


def create(ctx: RequestContext) -> dict[str, Any]:
    body = ctx.body(AccesskeyRequest)
    ctx.authorise()
    life = _int32(body.expire or 0)
    ctx.require(rules.expires_after_a_day_or_more, life >= _DAY)
    key = ctx.fake.create_accesskey(
        ctx.principal.customer_id,
        ctx.principal.permission,
        name=body.name,
        detail=body.detail,
        tm_expire=ctx.fake.clock.now() + timedelta(seconds=life),
    )
    return ctx.fake.render(replace(key, token=key.secret))


def get(ctx: RequestContext) -> dict[str, Any]:
    key = _existing(ctx)
    return ctx.fake.render(key if not ctx.is_broken(rules.value_shown_once) else replace(key, token=key.secret))


def delete(ctx: RequestContext) -> dict[str, Any]:
    key = _existing(ctx)
    if not ctx.is_broken(rules.delete_is_soft):
        key.tm_update = key.tm_delete = ctx.fake.clock.timestamp()
    return ctx.fake.render(key)


def _existing(ctx: RequestContext) -> Accesskey:
    """The key in the path. Whose it is comes before what the asker may do (gateway.md 3.3)."""
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    key = ctx.state.accesskeys.get(id)
    ctx.require(rules.exists, key is not None)
    if key is None:
        nobody = ctx.principal.customer_id
        return Accesskey(id=id, tm_create=ctx.fake.clock.now(), customer_id=nobody, secret="", permission=0)
    ctx.require(rules.own_customer_only, key.customer_id == ctx.principal.customer_id)
    ctx.require(rules.not_deleted, key.tm_delete is None)
    ctx.authorise(key.customer_id)
    return key


def _int32(number: int) -> int:
    """The server cuts `expire` to 32 bits (gateway.md 4.5)."""
    return (number + 2**31) % 2**32 - 2**31
