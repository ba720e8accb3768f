"""The engines behind the gateway, as handlers use them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ...contracts.light_imports import importing
from ..events.dispatcher import Webhooks
from ..wire.serializers import Renderer
from ..world.world import World

if TYPE_CHECKING:
    from ..calls.engine import CallEngine
    from ..flows.runner import FlowEngine


class Services:
    """What every request of one fake is handled with.

    With `rate_limits`, requests count against the edition's rate limits.
    """

    __slots__ = ("_calls", "_lifecycle", "_webhooks", "rate_limits", "render", "world")

    def __init__(
        self, world: World, webhooks: Webhooks, render: Renderer, lifecycle: str, *, rate_limits: bool
    ) -> None:
        self.world = world
        self.render = render
        self.rate_limits = rate_limits
        self._webhooks = webhooks
        self._lifecycle = lifecycle
        self._calls: CallEngine | None = None
        world.find_call_controls = self.find_calls

    def find_calls(self) -> CallEngine:
        """Return the call engine. It is imported and made when it is first needed: most tests only place calls."""
        if self._calls is None:
            calls, flows = _engines()
            # Engines have no state: of two threads that need one first, each may make its own.
            self._calls = calls(self.world, flows(self.world, self._webhooks, self.render), self._lifecycle)
        return self._calls


@cache
def _engines() -> tuple[type[CallEngine], type[FlowEngine]]:
    # A finaliser that sends a request must not see a part of them.
    with importing():
        from ..calls.engine import CallEngine
        from ..flows.runner import FlowEngine

        return CallEngine, FlowEngine
