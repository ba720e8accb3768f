"""Webhook faults: lost, duplicated and delayed webhooks, configured by a test."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import ClassVar, Literal

from ...contracts.light_imports import dataclass
from ..world.state import Section
from ..world.world import World
from .armed_faults import ArmedFaults
from .event_faults import EVENT_TYPES, DueTimes, EventFault, EventFaults, FaultKind, again, later, never
from .outbox import SENT_BY_FLOW

Kind = Literal["drop", "duplicate", "delay", "jitter"]
TYPES = (*EVENT_TYPES, SENT_BY_FLOW)
"""The types of webhooks that a fake can send (flows.md 4.5)."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WebhookFault(EventFault):
    """A fault of webhooks, as plain data. Raises ValueError for an impossible one.

    It applies to the `nth` webhook whose type matches the glob `event`, counted from when it is added, and to `times`
    webhooks in all; `times=None` means unlimited. The kinds: `drop` (never sent), `duplicate` (sent again `seconds`
    later, by default at once), `delay` (sent `seconds` later), `jitter` (sent up to `seconds` later, as the fake's
    seed determines).
    """

    _noun: ClassVar[str] = "webhook"
    _kinds: ClassVar[Mapping[str, FaultKind]] = {
        "drop": FaultKind("is never sent", never, "never", "a dropped webhook is never sent"),
        "duplicate": FaultKind("is sent again", again, "optional"),
        "delay": FaultKind("is sent {seconds:g} s later", lambda due_times, seconds, _: later(due_times, seconds)),
        "jitter": FaultKind(
            "is sent up to {seconds:g} s later",
            lambda due_times, seconds, chance: [due for one in due_times for due in later([one], seconds * chance())],
        ),
    }
    _types: ClassVar[tuple[str, ...]] = TYPES

    kind: Kind


ARMED: Section[ArmedFaults[WebhookFault]] = Section.late("webhook faults", ArmedFaults)
"""The webhook faults that may still apply, in the order in which they were added."""


class WebhookFaults(EventFaults[WebhookFault]):
    """The webhook faults of one fake. All that apply to the same webhook are applied, in the order of adding."""

    def __init__(self, world: World) -> None:
        super().__init__(world, ARMED, "webhooks.faults")

    def add(
        self,
        kind: Kind | WebhookFault,
        event: str = "*",
        *,
        nth: int = 1,
        times: int | None = 1,
        seconds: float | None = None,
    ) -> WebhookFault:
        """Add a webhook fault: see WebhookFault. Raises ValueError for an impossible one."""
        return self.arm(kind if isinstance(kind, WebhookFault) else WebhookFault(kind, event, nth, times, seconds))

    def due_times(self, type: str, number: int) -> DueTimes:
        """Return when a webhook that is due now is sent: now, twice, later or never. `number` counts all webhooks."""
        due_times: DueTimes = [self._world.clock.now()]
        if not self._armed:
            return due_times
        # A generator for each webhook, so that a snapshot need not contain its state.
        chance = random.Random(f"{self._world.seed} {number}").random
        for fault in self.applying_to(type):
            due_times = fault.apply_to(due_times, chance)
        return due_times
