"""Flows behind calls: temporary ones, and which flow a call may follow (flows.md 1.4 and 1.5)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ..gateway.request_context import RequestContext
from ..world.records import Action, Flow

if TYPE_CHECKING:
    from ..core import FakeVoipbin

TEMPORARY_LIFE = timedelta(hours=24)


def create_temporary_flow(ctx: RequestContext, actions: tuple[Action, ...], detail: str, name: str = "tmp") -> Flow:
    """A flow for one request's calls: not listed, and gone after a day."""
    flow = Flow(
        id=ctx.fake.ids.uuid(),
        tm_create=ctx.fake.clock.timestamp(),
        customer_id=ctx.principal.customer_id,
        name=name,
        detail=detail,
        actions=actions,
        temporary=True,
    )
    return ctx.state.flows.add(flow)


def find_flow(fake: FakeVoipbin, id: str) -> Flow | None:
    """A flow that exists, deleted or not; a temporary one only until it expires."""
    flow = fake.state.flows.get(id)
    expired = flow is not None and flow.temporary and flow.tm_create + TEMPORARY_LIFE <= fake.clock.now()
    return None if expired else flow


def find_usable_flow(ctx: RequestContext, id: str) -> Flow | None:
    """A flow that the asker's calls can follow: the customer's own; a deleted one still does."""
    flow = find_flow(ctx.fake, id)
    return flow if flow is not None and flow.customer_id == ctx.principal.customer_id else None
