"""/numbers: the telephone numbers of the principal's own customer (accounts.md 3)."""

from __future__ import annotations

from typing import Any

from ....contracts.formats.go_uuids import NIL, parse_gofrs
from ....contracts.identity import Permission
from ....contracts.models.accounts import Number as NumberModel
from ....contracts.models.accounts import NumberFlowsRequest
from ....contracts.rules import lists as list_rules
from ....contracts.rules.accounts import numbers as rules
from ...wire.serializers import add_model
from ...world.resources.numbers import Number, all_numbers, as_record
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
    number = _existing(ctx, ctx.id())
    return ctx.render(ctx.follows(rules.number_is_described, number))


def replace_flows(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    body = ctx.body(NumberFlowsRequest)
    number = as_record(ctx.world, _existing(ctx, id))
    sent = (body.call_flow_id, body.message_flow_id)
    flows = [parse_gofrs(text) or NIL for text in sent]
    number.call_flow_id, number.message_flow_id = ctx.follows(rules.flows_replaced, flows, number)
    number.tm_update = ctx.world.clock.timestamp()
    return ctx.render(number)


def _existing(ctx: RequestContext, id: str) -> Number:
    """Return the number in the path. The principal's tier is checked afterwards."""
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    number = ctx.require_value(rules.exists, all_numbers(ctx.world).get(id), id)
    ctx.require(rules.not_deleted, number.tm_delete is None)
    ctx.authorise_owner(number.customer_id, rules.own_customer_only)
    return number


ROUTES = (
    Route("GET", "/numbers", list_, _TIER),
    Route("GET", "/numbers/{id}", get, _TIER),
    Route("PUT", "/numbers/{id}/flow_ids", replace_flows, _TIER),
)
