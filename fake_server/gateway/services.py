"""The engines behind the gateway, as handlers use them."""

from __future__ import annotations

from ...contracts.light_imports import dataclass
from ..calls.engine import CallEngine
from ..flows.runner import FlowEngine
from ..wire.serializers import Renderer
from ..world.world import World


@dataclass(slots=True)
class Services:
    """What every request of one fake is handled with."""

    world: World
    calls: CallEngine
    flows: FlowEngine
    render: Renderer
    rate_limits: bool = False
    """Whether requests count against the edition's rate limits."""
