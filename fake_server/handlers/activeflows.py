"""/activeflows: flows in execution (flows.md 3)."""

from __future__ import annotations

from typing import Any

from ...contracts.rules import activeflows as rules
from ...contracts.uuids import NIL
from .. import executing
from ..context import Context
from ..lists import Paging
from ..records import Activeflow


def list_(ctx: Context) -> dict[str, Any]:
    paging = Paging(ctx)
    ctx.authorise()
    return paging.answer(ctx, ctx.state.activeflows, owner=ctx.asker.customer_id)


def get(ctx: Context) -> dict[str, Any]:
    answer = ctx.fake.render(_existing(ctx))
    if ctx.breaks(rules.one_for_each_call):
        answer["reference_id"] = NIL
    return answer


def stop(ctx: Context) -> dict[str, Any]:
    """Stopping hangs the call up; an activeflow that has ended is left as it is."""
    activeflow = _existing(ctx)
    if activeflow.status == "ended":
        if ctx.breaks(rules.stop_again_changes_nothing):
            activeflow.tm_update = ctx.fake.clock.stamp()
        return ctx.fake.render(activeflow)
    call = ctx.state.calls[activeflow.reference_id]
    executing.end(ctx.fake, activeflow, call)
    if not ctx.breaks(rules.stop_hangs_up):
        ctx.fake.lifecycle.hang_up(call)
    return ctx.fake.render(activeflow)


def _existing(ctx: Context) -> Activeflow:
    id = ctx.id()
    ctx.require(rules.no_direct_access, ctx.asker.kind != "direct")
    activeflow = ctx.state.activeflows.get(id)
    ctx.require(rules.exists, activeflow is not None)
    if activeflow is None:
        return Activeflow(id=id, tm_create=ctx.fake.clock.now(), customer_id=NIL, flow_id=NIL)
    ctx.authorise_on(activeflow.customer_id, rules.own_customer_only)
    return activeflow
