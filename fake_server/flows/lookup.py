"""Find the flow of a call, create temporary flows, and keep the actions to fetch (flows.md 1.4 and 1.5)."""

from __future__ import annotations

from datetime import timedelta

from ...contracts.rules import flows as rules
from ..world.records import Flow
from ..world.state import Section
from ..world.values import Action
from ..world.world import RuleContext, World

TEMPORARY_LIFETIME = timedelta(hours=24)
_MAX_FLOWS = 10_000
"""The number of flows that a customer may have. Temporary ones do not count, but cannot be created beyond it either."""


FETCHABLE: Section[dict[str, tuple[Action, ...]]] = Section.late("fetchable actions", dict)
"""The actions that a `fetch` action finds at each URL."""


def require_room(ctx: RuleContext) -> None:
    """Refuse to create a flow of any kind for a customer that has as many as it may have."""
    customer = ctx.state.customers[ctx.principal.customer_id]
    ctx.require(rules.flows_are_limited, customer.flow_count < _MAX_FLOWS)


def create_temporary_flow(ctx: RuleContext, actions: tuple[Action, ...], detail: str, name: str = "tmp") -> Flow:
    """Create a flow for one request's calls. It is not listed, and expires after a day."""
    require_room(ctx)
    flow = Flow(
        id=ctx.world.ids.uuid(),
        tm_create=ctx.world.clock.timestamp(),
        customer_id=ctx.principal.customer_id,
        name=name,
        detail=detail,
        actions=actions,
        temporary=True,
    )
    return ctx.state.flows.add(flow)


def find_flow(world: World, id: str) -> Flow | None:
    """Return a flow, deleted or not; a temporary one only until it expires."""
    flow = world.state.flows.get(id)
    expired = flow is not None and flow.temporary and flow.tm_create + TEMPORARY_LIFETIME <= world.clock.now()
    return None if expired else flow


def find_usable_flow(ctx: RuleContext, id: str) -> Flow | None:
    """Return a flow that the principal's calls can follow: one of the customer's own, even a deleted one."""
    flow = find_flow(ctx.world, id)
    return flow if flow is not None and flow.customer_id == ctx.principal.customer_id else None
