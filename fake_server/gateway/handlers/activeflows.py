"""/activeflows: flows in execution (flows.md 3)."""

from __future__ import annotations

from typing import Any

from ....contracts.formats.go_uuids import NIL
from ....contracts.rules import activeflows as rules
from ...world.records import Activeflow
from ..lists import Paging
from ..request_context import RequestContext
from .changes import soft_delete


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    return paging.page(ctx, ctx.state.activeflows, owner=ctx.principal.customer_id)


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
    attended = activeflow.reference_id != NIL
    call = ctx.state.calls[activeflow.reference_id if attended else activeflow.call_id]
    ctx.flows.end(activeflow, call)
    if attended:
        ctx.apply(rules.stop_hangs_up, ctx.calls.hang_up, call)


def _existing(ctx: RequestContext) -> Activeflow:
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    activeflow = ctx.require_value(rules.exists, ctx.state.activeflows.get(id), id)
    ctx.require(rules.not_deleted, activeflow.tm_delete is None)
    ctx.authorise_owner(activeflow.customer_id, rules.own_customer_only)
    return activeflow
