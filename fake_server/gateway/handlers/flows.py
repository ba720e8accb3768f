"""/flows: the actions that calls follow (flows.md 1)."""

from __future__ import annotations

from typing import Any

from ....contracts.formats.go_uuids import NIL, parse_gofrs
from ....contracts.models.requests import FlowRequest
from ....contracts.rules import flows as rules
from ....contracts.rules import lists as list_rules
from ...events.flow_events import add_flow_event
from ...flows import action_builder, lookup
from ...world.records import Flow
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import STAFF, Tier
from .changes import fits_columns, replace_fields, soft_delete


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    return paging.page(
        ctx,
        ctx.state.flows,
        owner=ctx.follows(list_rules.own_customer_only, ctx.principal.customer_id),
        where=ctx.follows(rules.temporary_not_listed, lambda flow: not flow.temporary),
    )


def create(ctx: RequestContext) -> dict[str, Any]:
    body = ctx.body(FlowRequest)
    ctx.authorise()
    on_complete = _on_complete(ctx, body)
    lookup.require_room(ctx)
    fields = _fields(ctx, body, on_complete)
    id = ctx.world.ids.uuid()
    flow = Flow(
        id=id,
        tm_create=ctx.world.clock.timestamp(),
        customer_id=ctx.principal.customer_id,
        direct_hash=ctx.follows(rules.flow_has_direct_hash, ctx.world.ids.direct_hash(id)),
        **fields,
    )
    ctx.state.customers[flow.customer_id].flow_count += 1
    return _changed(ctx, "flow_created", ctx.state.flows.add(ctx.follows(rules.every_field_optional, flow)))


def get(ctx: RequestContext) -> dict[str, Any]:
    return ctx.render(_existing(ctx, ctx.id()))


def update(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    body = ctx.body(FlowRequest)
    flow = _existing(ctx, id)
    fields = _fields(ctx, body, _on_complete(ctx, body))
    if flow.temporary and ctx.enforces(rules.temporary_unchangeable):
        return ctx.render(flow)
    replace_fields(ctx, rules.put_replaces, flow, fields)
    return _changed(ctx, "flow_updated", flow)


def delete(ctx: RequestContext) -> dict[str, Any]:
    flow = _existing(ctx, ctx.id())
    if flow.temporary and ctx.enforces(rules.temporary_unchangeable):
        return ctx.render(flow)
    ctx.apply(rules.delete_is_soft, soft_delete, ctx, flow)
    ctx.state.customers[flow.customer_id].flow_count -= 1
    return _changed(ctx, "flow_deleted", flow)


def _changed(ctx: RequestContext, event: str, flow: Flow) -> dict[str, Any]:
    """Return a flow that has changed, and record the event."""
    shown = ctx.render(flow)
    add_flow_event(ctx.state, event, flow, shown)
    return shown


def _existing(ctx: RequestContext, id: str) -> Flow:
    """Return the flow in the path. The principal's tier is checked afterwards."""
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    flow = ctx.require_value(rules.exists, lookup.find_flow(ctx.world, id), id)
    ctx.require(rules.not_deleted, flow.tm_delete is None)
    ctx.authorise_owner(flow.customer_id, rules.own_customer_only)
    return flow


def _fields(ctx: RequestContext, body: FlowRequest, on_complete: str) -> dict[str, Any]:
    """Return the fields that a client may set, checked in the server's order (flows.md 1.3)."""
    actions = ctx.follows(rules.action_ids, action_builder.build(ctx, body.actions))
    ctx.require(rules.texts_fit, fits_columns({"name": body.name, "detail": body.detail}))
    return {
        "name": body.name,
        "detail": body.detail,
        "actions": ctx.follows(rules.options_kept, actions),
        "on_complete_flow_id": on_complete,
    }


def _on_complete(ctx: RequestContext, body: FlowRequest) -> str:
    """Return the id of the flow that starts when this one completes; the nil UUID without one."""
    id = parse_gofrs(body.on_complete_flow_id or "") or NIL
    if id != NIL:
        _check_on_complete(ctx, id)
    return id


def _check_on_complete(ctx: RequestContext, id: str) -> None:
    flow = lookup.find_flow(ctx.world, id)
    ctx.require(rules.on_complete_flow_exists, flow is not None)
    ctx.require(rules.on_complete_flow_not_deleted, flow is None or flow.tm_delete is None)
    own = flow is None or flow.customer_id == ctx.principal.customer_id or ctx.principal.is_super_admin
    ctx.require(rules.on_complete_flow_is_own, own)


_TIER = Tier(STAFF, rules.staff_only, rules.no_direct_access)

ROUTES = (
    Route("GET", "/flows", list_, _TIER),
    Route("POST", "/flows", create, _TIER),
    Route("GET", "/flows/{id}", get, _TIER),
    Route("PUT", "/flows/{id}", update, _TIER),
    Route("DELETE", "/flows/{id}", delete, _TIER),
)
