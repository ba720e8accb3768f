"""/numbers: the telephone numbers of the principal's own customer (accounts.md 3)."""

from __future__ import annotations

from typing import Any

from ....contracts.identity import Permission
from ....contracts.models.accounts import Number as NumberModel
from ....contracts.rules import lists as list_rules
from ....contracts.rules.accounts import numbers as rules
from ...wire.serializers import add_model
from ...world.resources.numbers import all_numbers
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import Tier

add_model(NumberModel)
_TIER = Tier(int(Permission.CUSTOMER_ADMIN | Permission.CUSTOMER_MANAGER), rules.staff_only, rules.no_direct_access)


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    owner = ctx.follows(rules.own_numbers_listed, ctx.principal.customer_id)
    return paging.page(ctx, all_numbers(ctx.world), owner=owner, valid=list_rules.page_token_valid_for_calls)


def get(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    number = ctx.require_value(rules.exists, all_numbers(ctx.world).get(id), id)
    ctx.require(rules.not_deleted, number.tm_delete is None)
    ctx.authorise_owner(number.customer_id, rules.own_customer_only)
    return ctx.render(ctx.follows(rules.number_is_described, number))


ROUTES = (Route("GET", "/numbers", list_, _TIER), Route("GET", "/numbers/{id}", get, _TIER))
