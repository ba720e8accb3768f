"""/routes: the routes by which calls without a forced provider are dialled (routing.md 1)."""

from __future__ import annotations

from typing import Any

from ....contracts.formats.go_uuids import NIL, parse_gofrs
from ....contracts.models import routing as models
from ....contracts.rules.routing import routes as rules
from ...calls.routing.routes import MAX_PRIORITY, routes_of
from ...calls.routing.routes import Route as DialRoute
from ...wire.serializers import add_model
from ..handlers.changes import fits_columns, replace_fields, soft_delete
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import Tier

ROUTE = Tier(0, rules.super_admin_only, rules.no_direct_access)

add_model(models.Route)


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    text = ctx.query_text("customer_id", rules.customer_filter_given_once)
    ctx.authorise()
    if text is None:
        return paging.page(ctx, routes_of(ctx.world))
    customer_id = parse_gofrs(text) or NIL
    if customer_id == NIL:
        owner = ctx.follows(rules.nil_customer_filter_ignored, "", NIL)
    else:
        owner = ctx.follows(rules.list_filtered_by_customer, customer_id)
    return paging.page(ctx, routes_of(ctx.world), owner=owner)


def create(ctx: RequestContext) -> dict[str, Any]:
    body = ctx.body(models.RouteRequest)
    ctx.authorise()
    fields = {**_fields(body), "customer_id": parse_gofrs(body.customer_id) or NIL}
    fields = ctx.follows(rules.ids_are_not_checked, fields)
    ctx.require(rules.new_route_fits, _fits(fields))
    route = DialRoute(id=ctx.world.ids.uuid(), tm_create=ctx.world.clock.timestamp(), **fields)
    return ctx.render(routes_of(ctx.world).add(route))


def get(ctx: RequestContext) -> dict[str, Any]:
    route = _existing(ctx, ctx.id())
    if route.tm_delete is not None:
        route = ctx.follows(rules.deleted_still_readable, route)
    return ctx.render(route)


def update(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    body = ctx.body(models.RouteUpdate)
    route = _existing(ctx, id)
    fields = _fields(body)
    ctx.require(rules.changed_route_fits, _fits(fields))
    replace_fields(ctx, rules.put_replaces, route, fields)
    return ctx.render(route)


def delete(ctx: RequestContext) -> dict[str, Any]:
    route = _existing(ctx, ctx.id())
    ctx.apply(rules.delete_is_soft, soft_delete, ctx, route)
    return ctx.render(route)


def _existing(ctx: RequestContext, id: str) -> DialRoute:
    ctx.authorise()
    return ctx.require_value(rules.exists, routes_of(ctx.world).get(id), id)


def _fields(body: models.RouteUpdate) -> dict[str, Any]:
    """Return the fields that PUT replaces."""
    fields = {key: getattr(body, key) for key in ("name", "detail", "priority", "target")}
    return {**fields, "provider_id": parse_gofrs(body.provider_id) or NIL}


def _fits(fields: dict[str, Any]) -> bool:
    return fits_columns(fields) and -MAX_PRIORITY <= fields["priority"] < MAX_PRIORITY


ROUTES: tuple[Route, ...] = (
    Route("GET", "/routes", list_, ROUTE),
    Route("POST", "/routes", create, ROUTE),
    Route("GET", "/routes/{id}", get, ROUTE),
    Route("PUT", "/routes/{id}", update, ROUTE),
    Route("DELETE", "/routes/{id}", delete, ROUTE),
)
