"""/activeflows: flows in execution (flows.md 3)."""

from __future__ import annotations

from typing import Any

from ...contracts.rules import activeflows as rules
from ...contracts.uuids import NIL
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
    if activeflow.status == "ended" and not ctx.breaks(rules.stop_again_changes_nothing):
        return ctx.fake.render(activeflow)
    activeflow.status, activeflow.tm_update = "ended", ctx.fake.clock.stamp()
    call = ctx.state.calls.get(activeflow.reference_id)
    if call is not None and not ctx.breaks(rules.stop_hangs_up):
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
