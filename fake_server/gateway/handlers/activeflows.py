"""/activeflows: flows in execution (flows.md 3)."""

from __future__ import annotations

from typing import Any

from ....contracts.go_uuids import NIL
from ....contracts.rules import activeflows as rules
from ...flows import runner
from ...world.records import Activeflow
from ..lists import Paging
from ..request_context import RequestContext


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    return paging.page(ctx, ctx.state.activeflows, owner=ctx.principal.customer_id)


def get(ctx: RequestContext) -> dict[str, Any]:
    answer = ctx.fake.render(_existing(ctx))
    if ctx.is_broken(rules.one_for_each_call):
        answer["reference_id"] = NIL
    return answer


def stop(ctx: RequestContext) -> dict[str, Any]:
    """Stopping hangs the call up; an activeflow that has ended is left as it is."""
    activeflow = _existing(ctx)
    if activeflow.status == "ended":
        if ctx.is_broken(rules.stop_again_changes_nothing):
            activeflow.tm_update = ctx.fake.clock.timestamp()
        return ctx.fake.render(activeflow)
    call = ctx.state.calls[activeflow.reference_id]
    runner.end(ctx.fake, activeflow, call)
    if not ctx.is_broken(rules.stop_hangs_up):
        ctx.fake.call_engine.hang_up(call)
    return ctx.fake.render(activeflow)


def _existing(ctx: RequestContext) -> Activeflow:
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.principal.kind != "direct")
    activeflow = ctx.state.activeflows.get(id)
    ctx.require(rules.exists, activeflow is not None)
    if activeflow is None:
        return Activeflow(id=id, tm_create=ctx.fake.clock.now(), customer_id=NIL, flow_id=NIL)
    ctx.authorise_owner(activeflow.customer_id, rules.own_customer_only)
    return activeflow
