"""/activeflows: flows in execution (flows.md 3)."""

from __future__ import annotations

from typing import Any

from ....contracts.formats.go_uuids import NIL, parse_gofrs
from ....contracts.models.requests import ActiveflowRequest, EarlyActiveflowRequest
from ....contracts.rules import activeflow_requests as request_rules
from ....contracts.rules import activeflows as rules
from ....contracts.rules import calls as call_rules
from ....contracts.rules.account import WEBHOOK_METHODS
from ...flows import action_builder, lookup
from ...world.records import Activeflow
from ...world.values import Frame
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import STAFF, Tier
from .changes import free_variables, is_url, soft_delete, variables_error

_WEBHOOKS = "Activeflow.webhook_uri"


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    return paging.page(ctx, ctx.state.activeflows, owner=ctx.principal.customer_id)


def create(ctx: RequestContext) -> dict[str, Any]:
    """Create an activeflow without a call. Its flow starts after the response, which shows it at the start action."""
    body = _body(ctx)
    ctx.authorise()
    flow_id = _flow(ctx, body)
    id = parse_gofrs(body.id or "") or NIL
    ctx.require(request_rules.id_is_unused, id not in ctx.state.activeflows)
    flow = ctx.state.flows.get(flow_id)
    activeflow = Activeflow(
        id=id if id != NIL else ctx.world.ids.uuid(),
        tm_create=ctx.world.clock.timestamp(),
        customer_id=ctx.principal.customer_id,
        flow_id=flow_id,
        reference_type="api",
        stack=(Frame(flow.actions),) if flow is not None else (),
        on_complete_flow_id=flow.on_complete_flow_id if flow is not None else NIL,
        **_settings(body),
    )
    activeflow = ctx.follows(request_rules.created_without_call, activeflow)
    ctx.world.emit("activeflow_created", ctx.state.activeflows.add(activeflow))
    response = ctx.render(activeflow)
    ctx.apply(request_rules.runs_without_call, ctx.flows.start, activeflow)
    return response


def _body(ctx: RequestContext) -> EarlyActiveflowRequest:
    """Return the checked body. An edition without webhooks of activeflows has no variables either."""
    if _WEBHOOKS in ctx.edition.unsupported_fields:
        return ctx.body(EarlyActiveflowRequest)
    body = ctx.body(ActiveflowRequest)
    error = variables_error(body.variables or {})
    ctx.require(request_rules.variables_small, error is None, why=error)
    ctx.require(request_rules.webhook_uri_is_a_url, not body.webhook_uri or is_url(body.webhook_uri))
    ctx.require(request_rules.webhook_method_is_known, body.webhook_method in WEBHOOK_METHODS)
    return body


def _flow(ctx: RequestContext, body: EarlyActiveflowRequest) -> str:
    """Return the id of the flow to execute: the given one if its id is valid, else a temporary one."""
    id = parse_gofrs(body.flow_id or "") or NIL
    if id == NIL:
        ctx.require(call_rules.delegate_needs_flow, ctx.principal.kind != "delegate")
        return ctx.create_temporary_flow(action_builder.build(ctx, body.actions), "tmp outbound flow").id
    flow = lookup.find_flow(ctx.world, id)
    ctx.require(request_rules.flow_exists, flow is not None)
    ctx.require(request_rules.flow_not_deleted, flow is None or flow.tm_delete is None)
    ctx.require(request_rules.flow_is_own, flow is None or flow.customer_id == ctx.principal.customer_id)
    return id


def _settings(body: EarlyActiveflowRequest) -> dict[str, Any]:
    if not isinstance(body, ActiveflowRequest):
        return {}
    return {
        "variables": free_variables(body.variables or {}),
        "webhook_uri": body.webhook_uri,
        "webhook_method": body.webhook_method,
    }


def get(ctx: RequestContext) -> dict[str, Any]:
    return ctx.follows(rules.one_for_each_call, ctx.render(_existing(ctx)))


def stop(ctx: RequestContext) -> dict[str, Any]:
    """Stop an activeflow and hang up its call. An ended activeflow is left unchanged."""
    activeflow = _existing(ctx)
    if activeflow.status == "ended":
        return ctx.render(ctx.follows(rules.stop_again_changes_nothing, activeflow))
    _end(ctx, activeflow)
    return ctx.render(activeflow)


def delete(ctx: RequestContext) -> dict[str, Any]:
    """Stop an activeflow unless it has ended, and soft-delete it."""
    activeflow = _existing(ctx)
    if activeflow.status != "ended":
        _end(ctx, activeflow)
    ctx.apply(rules.delete_is_soft, soft_delete, ctx, activeflow)
    ctx.world.emit("activeflow_deleted", activeflow)
    return ctx.render(activeflow)


def _end(ctx: RequestContext, activeflow: Activeflow) -> None:
    call = ctx.flows.call_of(activeflow)
    ctx.flows.end(activeflow, call)
    if activeflow.reference_id != NIL:
        ctx.apply(rules.stop_hangs_up, ctx.calls.hang_up, call)


def _existing(ctx: RequestContext) -> Activeflow:
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    activeflow = ctx.require_value(rules.exists, ctx.state.activeflows.get(id), id)
    ctx.require(rules.not_deleted, activeflow.tm_delete is None)
    ctx.authorise_owner(activeflow.customer_id, rules.own_customer_only)
    return activeflow


_TIER = Tier(STAFF, rules.staff_only, rules.no_direct_access)

ROUTES = (
    Route("GET", "/activeflows", list_, _TIER),
    Route("POST", "/activeflows", create, _TIER),
    Route("GET", "/activeflows/{id}", get, _TIER),
    Route("DELETE", "/activeflows/{id}", delete, _TIER),
    Route("POST", "/activeflows/{id}/stop", stop, _TIER),
)
