"""Assertions about the calls that were placed. A failure shows the requests."""

from __future__ import annotations

from decimal import Decimal

from .calls.ladder import ladder
from .calls.ledger import Ledger
from .events.dispatcher import Webhooks
from .world.records import Call, Provider
from .world.world import World

_LADDERS = 3
"""The number of calls whose ladders a transcript shows."""

# pytest then shows the line of the test instead of the lines of this module.
__tracebackhide__ = True


class Assertions:
    """The part of FakeVoipbin that asserts what happened on it."""

    world: World
    webhooks: Webhooks

    def placed(self, *, provider: Provider | str | None = None, destination: str | None = None) -> list[Call]:
        """Return the calls that were placed through a provider and to a destination's target, including orphans."""
        id = provider if provider is None or isinstance(provider, str) else provider.id
        return [
            call
            for call in self.world.state.calls.values()
            if (id is None or call.provider_id == id)
            and (destination is None or call.destination.target == destination)
        ]

    def assert_placed(
        self, times: int | None = None, *, provider: Provider | str | None = None, destination: str | None = None
    ) -> None:
        """Raise AssertionError unless exactly `times` calls were placed; by default at least one."""
        found = len(self.placed(provider=provider, destination=destination))
        if found != times if times is not None else not found:
            expected = "at least 1 call" if times is None else f"{times} call{'s' * (times != 1)}"
            where = "" if provider is None else f" through {provider if isinstance(provider, str) else provider.id}"
            where += "" if destination is None else f" to {destination}"
            verb = "was" if found == 1 else "were"
            raise AssertionError(f"expected {expected}{where}, but {found} {verb} placed\n{self.transcript()}")

    def assert_nothing_placed(self) -> None:
        """Raise AssertionError if any call was placed."""
        self.assert_placed(0)

    def assert_cost(self, dollars: Decimal | str | int) -> None:
        """Raise AssertionError unless the calls cost exactly this many dollars, such as `"0.02"`."""
        ledger = Ledger(self.world)
        if ledger.cost != Decimal(dollars):
            raise AssertionError(f"expected a cost of ${dollars}, but it is ${ledger.cost}\n{ledger}")

    def transcript(self) -> str:
        """Return every request with its outcome, and the ladders of the first calls."""
        requests = self.world.journal.entries
        if not requests:
            return "no requests"
        calls = list(self.world.state.calls.values())
        ladders = [ladder(self.world, call) for call in calls[:_LADDERS]]
        parts = ["requests:", *map(str, requests), *ladders]
        if calls[_LADDERS:]:
            parts.append(f"and {len(calls) - _LADDERS} more calls; ladder(id) shows each")
        return "\n".join(filter(None, [*parts, self.webhooks.summary()]))
