"""/activeflows: flows in execution (flows.md 3)."""

from __future__ import annotations

from typing import Any

from ....contracts.go_uuids import NIL
from ....contracts.rules import activeflows as rules
from ...world.records import Activeflow
from ..lists import Paging
from ..request_context import RequestContext


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
    attended = activeflow.reference_id != NIL
    call = ctx.state.calls[activeflow.reference_id if attended else activeflow.call_id]
    ctx.flows.end(activeflow, call)
    if attended:
        ctx.apply(rules.stop_hangs_up, ctx.calls.hang_up, call)
    return ctx.render(activeflow)


def _existing(ctx: RequestContext) -> Activeflow:
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    activeflow = ctx.require_value(rules.exists, ctx.state.activeflows.get(id), id)
    ctx.authorise_owner(activeflow.customer_id, rules.own_customer_only)
    return activeflow
