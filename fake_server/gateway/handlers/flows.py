"""/flows: the actions that calls follow (flows.md 1)."""

from __future__ import annotations

from typing import Any

from ....contracts.go_uuids import NIL, parse_gofrs
from ....contracts.models.requests import FlowRequest
from ....contracts.rules import flows as rules
from ....contracts.rules import lists as list_rules
from ...flows import action_builder, lookup
from ...world.records import Action, Flow
from ..lists import Paging
from ..request_context import RequestContext


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    hidden = not ctx.is_broken(rules.temporary_not_listed)
    return paging.page(
        ctx,
        ctx.state.flows,
        owner=ctx.principal.customer_id if not ctx.is_broken(list_rules.own_customer_only) else "",
        where=(lambda flow: not flow.temporary) if hidden else None,
    )


def create(ctx: RequestContext) -> dict[str, Any]:
    body = ctx.body(FlowRequest)
    ctx.authorise()
    fields = _fields(ctx, body)
    flow = Flow(
        id=ctx.fake.ids.uuid(),
        tm_create=ctx.fake.clock.timestamp(),
        customer_id=ctx.principal.customer_id,
        type="flow" if not ctx.is_broken(rules.every_field_optional) else "",
        **fields,
    )
    return ctx.fake.render(ctx.state.flows.add(flow))


def get(ctx: RequestContext) -> dict[str, Any]:
    return ctx.fake.render(_existing(ctx, ctx.id()))


def update(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.id()
    body = ctx.body(FlowRequest)
    flow = _existing(ctx, id)
    fields = _fields(ctx, body)
    if flow.temporary and not ctx.is_broken(rules.temporary_unchangeable):
        return ctx.fake.render(flow)
    for key, value in fields.items():
        if value or not ctx.is_broken(rules.put_replaces):
            setattr(flow, key, value)
    flow.tm_update = ctx.fake.clock.timestamp()
    return ctx.fake.render(flow)


def delete(ctx: RequestContext) -> dict[str, Any]:
    flow = _existing(ctx, ctx.id())
    if flow.temporary and not ctx.is_broken(rules.temporary_unchangeable):
        return ctx.fake.render(flow)
    if not ctx.is_broken(rules.delete_is_soft):
        flow.tm_update = flow.tm_delete = ctx.fake.clock.timestamp()
    return ctx.fake.render(flow)


def _existing(ctx: RequestContext, id: str) -> Flow:
    """The flow in the path: looked up before the asker's tier is checked."""
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    flow = lookup.find_flow(ctx.fake, id)
    ctx.require(rules.exists, flow is not None)
    if flow is None:
        return Flow(id=id, tm_create=ctx.fake.clock.now(), customer_id=NIL)
    ctx.require(rules.not_deleted, flow.tm_delete is None)
    ctx.authorise_owner(flow.customer_id, rules.own_customer_only)
    return flow


def _fields(ctx: RequestContext, body: FlowRequest) -> dict[str, Any]:
    """The fields that a client may set, checked in the server's order (flows.md 1.3)."""
    on_complete = parse_gofrs(body.on_complete_flow_id or "") or NIL
    if on_complete != NIL:
        _check_on_complete(ctx, on_complete)
    return {
        "name": body.name,
        "detail": body.detail,
        "actions": _kept(ctx, action_builder.build(ctx, body.actions)),
        "on_complete_flow_id": on_complete,
    }


def _check_on_complete(ctx: RequestContext, id: str) -> None:
    flow = lookup.find_flow(ctx.fake, id)
    ctx.require(rules.on_complete_flow_exists, flow is not None)
    ctx.require(rules.on_complete_flow_not_deleted, flow is None or flow.tm_delete is None)
    own = flow is None or flow.customer_id == ctx.principal.customer_id or ctx.principal.is_super_admin
    ctx.require(rules.on_complete_flow_is_own, own)


def _kept(ctx: RequestContext, built: tuple[Action, ...]) -> tuple[Action, ...]:
    if ctx.is_broken(rules.action_ids):
        built = tuple(Action(NIL, NIL, action.type, action.option) for action in built)
    if ctx.is_broken(rules.options_kept):
        built = tuple(Action(action.id, action.next_id, action.type) for action in built)
    return built
