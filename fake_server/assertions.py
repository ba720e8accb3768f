"""Assertions about what was placed. A failure shows the requests that were made."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .calls.ledger import Ledger
    from .events.dispatcher import Webhooks
    from .world.journal import Exchange
    from .world.records import Call, Provider


_LADDERS = 3
"""How many calls a story shows in full."""


class Assertions:
    """What FakeVoipbin can assert of itself."""

    requests: list[Exchange]
    webhooks: Webhooks

    @property
    def calls(self) -> Mapping[str, Call]:
        raise NotImplementedError

    @property
    def ledger(self) -> Ledger:
        raise NotImplementedError

    def ladder(self, call: Call | str) -> str:
        raise NotImplementedError

    def placed(self, *, provider: Provider | str | None = None, destination: str | None = None) -> list[Call]:
        """The outgoing calls that were placed, orphans too, through a provider and to a destination's target."""
        id = provider if provider is None or isinstance(provider, str) else provider.id
        return [
            call
            for call in self.calls.values()
            if (id is None or call.provider_id == id)
            and (destination is None or call.destination.target == destination)
        ]

    def assert_placed(
        self, times: int | None = None, *, provider: Provider | str | None = None, destination: str | None = None
    ) -> None:
        """Raise AssertionError unless calls were placed: exactly `times` of them, or at least one."""
        found = len(self.placed(provider=provider, destination=destination))
        if found != times if times is not None else not found:
            wanted = "at least 1" if times is None else str(times)
            where = "" if provider is None else f" through {provider if isinstance(provider, str) else provider.id}"
            where += "" if destination is None else f" to {destination}"
            raise AssertionError(f"expected {wanted} placed call(s){where}, found {found}\n{self.transcript()}")

    def assert_nothing_placed(self) -> None:
        """Raise AssertionError if any call was placed."""
        self.assert_placed(0)

    def assert_cost(self, dollars: Decimal | str | int) -> None:
        """Raise AssertionError unless the calls cost exactly so many dollars, such as `"0.02"`."""
        if self.ledger.cost != Decimal(dollars):
            raise AssertionError(f"expected a cost of ${dollars}, found ${self.ledger.cost}\n{self.ledger}")

    def transcript(self) -> str:
        """Every request that was made, with what became of it, and the ladders of the first calls."""
        if not self.requests:
            return "no request was made"
        calls = list(self.calls)
        parts = ["the requests were:", *map(str, self.requests), *map(self.ladder, calls[:_LADDERS])]
        if calls[_LADDERS:]:
            parts.append(f"and {len(calls) - _LADDERS} more calls; ladder(id) shows each")
        return "\n".join(filter(None, [*parts, self.webhooks.summary()]))
