"""Webhook faults: lost, duplicated and delayed webhooks, configured by a test."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from fnmatch import filter as matching
from fnmatch import fnmatchcase
from typing import Any, Literal, NamedTuple

from ..world.clock import LONGEST
from ..world.names import unknown
from ..world.state import Section
from ..world.world import World

Kind = Literal["drop", "duplicate", "delay", "jitter"]
SENT_BY_FLOW = "webhook_send"
TYPES = (
    *(f"call_{event}" for event in ("created", "ringing", "progressing", "updated")),
    *(f"call_{event}" for event in ("terminating", "canceling", "hangup", "deleted")),
    *(f"groupcall_{event}" for event in ("created", "progressing", "hangup", "deleted")),
    *(f"activeflow_{event}" for event in ("created", "updated", "deleted")),
    SENT_BY_FLOW,
)
"""The types of webhooks that a fake can send (flows.md 4.5)."""

DueTimes = Sequence[datetime]


@dataclass(frozen=True, slots=True)
class WebhookFault:
    """A fault of webhooks, as plain data. Raises ValueError for an impossible one.

    It applies to the `nth` webhook whose type matches the glob `event`, counted from when it is added, and to `times`
    webhooks in all; `times=None` means unlimited. The kinds: `drop` (never sent), `duplicate` (sent again `seconds`
    later, by default at once), `delay` (sent `seconds` later), `jitter` (sent up to `seconds` later, as the fake's
    seed determines).
    """

    kind: Kind
    event: str = "*"
    nth: int = 1
    times: int | None = 1
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in list(_KINDS):
            raise ValueError(unknown("webhook fault", self.kind, _KINDS))
        if not isinstance(self.event, str) or not matching(TYPES, self.event):
            raise ValueError(unknown("webhook type", self.event, TYPES))
        for name, value in (("nth", self.nth), ("times", 1 if self.times is None else self.times)):
            if type(value) is not int or value < 1:
                raise ValueError(f"{name}={value!r} is not a whole number from 1")
        self._check_seconds()

    def _check_seconds(self) -> None:
        if self.seconds is None:
            if self.kind in ("delay", "jitter"):
                raise ValueError(f"{self.kind} needs seconds=: the delay of a webhook")
        elif self.kind == "drop":
            raise ValueError("drop does not accept seconds: a dropped webhook is never sent")
        elif type(self.seconds) not in (int, float) or not 0 <= self.seconds <= LONGEST:
            raise ValueError(f"seconds={self.seconds!r} is not a number of seconds from 0 to 100 years")

    def arguments(self) -> str:
        """Return the fault as the arguments of `webhooks.faults.add`."""
        changed = (f"{name}={value!r}" for name, value in self.to_dict().items() if name != "kind")
        return ", ".join([repr(self.kind), *changed])

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> WebhookFault:
        """Build a webhook fault from JSON data, such as `{"kind": "drop", "event": "call_hangup"}`."""
        known = [field.name for field in fields(cls)]
        for name in data:
            if name not in known:
                raise ValueError(f"a webhook fault has no field {name!r}; expected one of {', '.join(known)}")
        if "kind" not in data:
            raise ValueError(f"a webhook fault requires a kind: {', '.join(_KINDS)}")
        return cls(**data)

    def to_dict(self) -> dict[str, Any]:
        """Return the webhook fault as JSON data, for from_dict."""
        shown = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {name: value for name, (value, default) in shown.items() if value != default}

    def apply_to(self, due_times: DueTimes, chance: Callable[[], float]) -> DueTimes:
        """Return when a webhook is sent that was due at these times."""
        return _KINDS[self.kind].apply(due_times, self.seconds or 0.0, chance)

    def __str__(self) -> str:
        effect = _KINDS[self.kind].effect
        if self.kind == "duplicate":
            effect += f", {self.seconds:g} s later" if self.seconds else ", at once"
        return f"{self.kind}: the webhook {effect.format(seconds=self.seconds or 0)}"


def _later(due_times: DueTimes, seconds: float) -> list[datetime]:
    return [due + timedelta(seconds=seconds) for due in due_times]


class _Kind(NamedTuple):
    effect: str
    apply: Callable[[DueTimes, float, Callable[[], float]], DueTimes]


_KINDS: Mapping[str, _Kind] = {
    "drop": _Kind("is never sent", lambda *_: ()),
    "duplicate": _Kind("is sent again", lambda due_times, seconds, _: [*due_times, *_later(due_times, seconds)]),
    "delay": _Kind("is sent {seconds:g} s later", lambda due_times, seconds, _: _later(due_times, seconds)),
    "jitter": _Kind(
        "is sent up to {seconds:g} s later",
        lambda due_times, seconds, chance: [due for one in due_times for due in _later([one], seconds * chance())],
    ),
}


class ArmedWebhookFault(NamedTuple):
    """A webhook fault, with the number of webhooks that it matched and applied to."""

    fault: WebhookFault
    seen: int = 0
    applied: int = 0
    key: object = None
    """Identifies the fault in `World.triggered`: two equal faults are two."""

    @property
    def spent(self) -> bool:
        return self.applied == self.fault.times

    def see(self, type: str) -> tuple[ArmedWebhookFault, bool]:
        """Return the fault after one more webhook, and whether it applies to that one."""
        if not fnmatchcase(type, self.fault.event):
            return self, False
        applies = self.seen + 1 >= self.fault.nth
        return self._replace(seen=self.seen + 1, applied=self.applied + applies), applies


ARMED: Section[tuple[ArmedWebhookFault, ...]] = Section(tuple)
"""The webhook faults that may still apply, in the order in which they were added."""


class WebhookFaults:
    """The webhook faults of one fake. All that apply to the same webhook are applied, in the order of adding."""

    def __init__(self, world: World) -> None:
        self._world = world

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
        fault = kind if isinstance(kind, WebhookFault) else WebhookFault(kind, event, nth, times, seconds)
        with self._world.lock:
            ARMED.set(self._world.state, (*ARMED.of(self._world.state), ArmedWebhookFault(fault, key=object())))
        return fault

    @property
    def pending(self) -> tuple[WebhookFault, ...]:
        """The webhook faults that may still apply."""
        return tuple(armed.fault for armed in ARMED.of(self._world.state))

    @property
    def untriggered(self) -> list[str]:
        """The webhook faults that have applied to no webhook, each as the statement that adds it."""
        armed = ARMED.of(self._world.state)
        return [
            f"webhooks.faults.add({one.fault.arguments()})" for one in armed if one.key not in self._world.triggered
        ]

    def clear(self) -> None:
        """Remove all webhook faults."""
        with self._world.lock:
            ARMED.set(self._world.state, ())

    def due_times(self, type: str, number: int) -> DueTimes:
        """Return when a webhook that is due now is sent: now, twice, later or never. `number` counts all webhooks."""
        due_times: DueTimes = [self._world.clock.now()]
        armed = ARMED.of(self._world.state)
        if not armed:
            return due_times
        # A generator for each webhook, so that a snapshot need not contain its state.
        chance = random.Random(f"{self._world.seed} {number}").random
        left = []
        for one in armed:
            after, applies = one.see(type)
            if applies:
                self._world.triggered.add(one.key)
                due_times = one.fault.apply_to(due_times, chance)
            if not after.spent:
                left.append(after)
        ARMED.set(self._world.state, tuple(left))
        return due_times
