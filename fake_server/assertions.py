"""Assertions about the calls that were placed. A failure shows the requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..contracts.visible_text import visible_line
from .websocket_owner import WebSocketOwner
from .world.records import Call, Provider

if TYPE_CHECKING:
    from decimal import Decimal

_LADDERS = 3
"""The number of calls whose ladders a transcript shows."""

# pytest then shows the line of the test instead of the lines of this module.
__tracebackhide__ = True


class Assertions(WebSocketOwner):
    """The part of FakeVoipbin that asserts what happened on it."""

    lifecycle: str

    def placed(self, *, provider: Provider | str | None = None, destination: str | None = None) -> list[Call]:
        """Return the calls that were placed through a provider and to a destination's target, including orphans."""
        id = provider if provider is None or isinstance(provider, str) else provider.id
        return [
            call
            for call in self.world.state.calls.values()
            if (id is None or id in call.carrier_ids)
            and (destination is None or call.destination.target == destination)
        ]

    def assert_placed(
        self, times: int | None = None, *, provider: Provider | str | None = None, destination: str | None = None
    ) -> None:
        """Raise AssertionError unless exactly `times` calls were placed; by default at least one.

        Raises TypeError if `times` is not a whole number.
        """
        if times is not None and (not isinstance(times, int) or isinstance(times, bool)):
            raise TypeError(f"times={times!r} is not a whole number; expected for example assert_placed(1)")
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

    def assert_cost(self, dollars: Decimal | str | float) -> None:
        """Raise AssertionError unless the calls cost exactly this many dollars, such as `"0.02"` or 0.02.

        Raises ValueError if it is not an amount.
        """
        from .calls.ledger import Ledger

        ledger, expected = Ledger(self.world), _amount(dollars)
        if ledger.cost != expected:
            raise AssertionError(f"expected a cost of ${expected}, but it is ${ledger.cost}\n{ledger}")

    def untriggered(self) -> list[str]:
        """Return what a test has configured and what has had no effect so far.

        This includes faults that no request has triggered, webhook and WebSocket faults that have never applied,
        script lines that no call has matched, and magic numbers that were dialled with the lifecycle `manual`. Removing
        a fault or a script with `clear()` also removes it from this list.
        """
        from .calls.carriers import untriggered_lines
        from .transports.faults import Faults

        with self.world.lock.reading():
            self.world.call_controls.schedule_new_calls()
            configured = (*Faults(self.world).untriggered, *untriggered_lines(self.world))
            faults = (*self.webhooks.faults.untriggered, *self._untriggered_websocket_faults())
            lines = [f"voipbin.{one} was never triggered" for one in (*configured, *faults)]
            return [visible_line(line) for line in (*lines, *self._ignored_numbers())]

    def _ignored_numbers(self) -> list[str]:
        if self.lifecycle != "manual":
            return []
        from .calls.carriers import dials_magic_number

        return [
            f"the magic number {call.destination.target} has no effect with lifecycle 'manual'; use 'scheduled'"
            for call in self.world.state.calls.values()
            if not (call.orphan or call.test_controlled) and dials_magic_number(call)
        ]

    def transcript(self) -> str:
        """Return every request with its outcome, the ladders of the first calls, and what was never triggered."""
        # A webhook that a test has forgotten to deliver must not be delivered by its report.
        with self.world.lock.reading():
            return self._transcript()

    def _transcript(self) -> str:
        # Imported late, because only the report of a failing test has ladders.
        from .calls.ladder import ladder

        requests = self.world.journal.entries
        calls = list(self.world.state.calls.values())
        ladders = [ladder(self.world, call) for call in calls[:_LADDERS]]
        parts = ["requests:", *map(str, requests), *ladders] if requests else ["no requests"]
        if calls[_LADDERS:]:
            parts.append(f"and {len(calls) - _LADDERS} more calls; ladder(id) shows each")
        warnings = (f"warning: {one}" for one in self.untriggered())
        summaries = self.webhooks.summary(), self._websocket_summary()
        return "\n".join(filter(None, [*parts, *summaries, *warnings]))


def _amount(dollars: Decimal | str | float) -> Decimal:
    """Return an amount. A float means the number that it is written as: 0.01, not the nearest binary fraction."""
    from decimal import Decimal, InvalidOperation

    try:
        amount = Decimal(str(dollars))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise ValueError(f"{dollars!r} is not an amount in dollars; expected for example assert_cost('0.02')")
    return amount
