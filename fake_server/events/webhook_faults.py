"""What goes wrong between VoIPbin and a customer's webhook, said by a test beforehand."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from fnmatch import filter as matching
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..world.clock import LONGEST

if TYPE_CHECKING:
    from ..core import FakeVoipbin

Kind = Literal["drop", "duplicate", "delay", "jitter"]
SENT_BY_FLOW = "webhook_send"
TYPES = (
    *(f"call_{what}" for what in ("created", "ringing", "progressing", "updated")),
    *(f"call_{what}" for what in ("terminating", "canceling", "hangup", "deleted")),
    *(f"groupcall_{what}" for what in ("created", "progressing", "hangup", "deleted")),
    *(f"activeflow_{what}" for what in ("created", "updated", "deleted")),
    SENT_BY_FLOW,
)
"""The types of webhooks that a fake can send (flows.md 4.5)."""

Dues = Sequence[datetime]


@dataclass(frozen=True, slots=True)
class WebhookFault:
    """Something that goes wrong with webhooks, as plain data. Raises ValueError for what cannot happen.

    It meets the `nth` webhook of those whose type matches the glob `event`, counted from when it is added, and `times`
    of them from there on; None is for ever. The kinds: `lose` (it is never sent), `duplicate` (it is sent once more,
    `seconds` later, 0 unless told), `delay` (it is sent `seconds` later), `shuffle` (it is sent up to `seconds` later,
    as the fake's seed will have it).
    """

    kind: Kind
    event: str = "*"
    nth: int = 1
    times: int | None = 1
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in list(_KINDS):
            raise ValueError(f"there is no mischief {self.kind!r}; known are {', '.join(_KINDS)}")
        if not isinstance(self.event, str) or not matching(TYPES, self.event):
            close = get_close_matches(str(self.event), TYPES, n=1)
            meant = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(TYPES)}"
            raise ValueError(f"no webhook has the type {self.event!r}; {meant}")
        for name, value in (("nth", self.nth), ("times", 1 if self.times is None else self.times)):
            if type(value) is not int or value < 1:
                raise ValueError(f"{name}={value!r} is not a whole number from 1")
        self._check_seconds()

    def _check_seconds(self) -> None:
        if self.seconds is None:
            if self.kind in ("delay", "jitter"):
                raise ValueError(f"{self.kind} needs seconds=: how much later a webhook goes")
        elif self.kind == "drop":
            raise ValueError("lose has no seconds: what is lost never comes")
        elif type(self.seconds) not in (int, float) or not 0 <= self.seconds <= LONGEST:
            raise ValueError(f"seconds={self.seconds!r} is not a number of seconds, from 0 to a hundred years")

    def apply_to(self, dues: Dues, chance: Callable[[], float]) -> Dues:
        """When a webhook goes that would have gone at these times."""
        return _KINDS[self.kind](dues, self.seconds or 0.0, chance)


def _later(dues: Dues, seconds: float) -> list[datetime]:
    return [due + timedelta(seconds=seconds) for due in dues]


_KINDS: Mapping[str, Callable[[Dues, float, Callable[[], float]], Dues]] = {
    "drop": lambda *_: (),
    "duplicate": lambda dues, seconds, _: [*dues, *_later(dues, seconds)],
    "delay": lambda dues, seconds, _: _later(dues, seconds),
    "jitter": lambda dues, seconds, chance: [due for one in dues for due in _later([one], seconds * chance())],
}


class ArmedWebhookFault(NamedTuple):
    """A mischief, with how many webhooks it has seen and met."""

    fault: WebhookFault
    seen: int = 0
    met: int = 0

    @property
    def spent(self) -> bool:
        return self.met == self.fault.times

    def see(self, type: str) -> tuple[ArmedWebhookFault, bool]:
        """The same after one more webhook, and whether that one is met."""
        if not fnmatchcase(type, self.fault.event):
            return self, False
        met = self.seen + 1 >= self.fault.nth
        return ArmedWebhookFault(self.fault, self.seen + 1, self.met + met), met


class WebhookFaults:
    """What goes wrong with one fake's webhooks; all that meet the same one are done to it, in the order of adding."""

    def __init__(self, fake: FakeVoipbin) -> None:
        self._fake = fake

    def add(
        self,
        kind: Kind | WebhookFault,
        event: str = "*",
        *,
        nth: int = 1,
        times: int | None = 1,
        seconds: float | None = None,
    ) -> WebhookFault:
        """Have something go wrong: see Mischief. Raises ValueError for what cannot happen."""
        mischief = kind if isinstance(kind, WebhookFault) else WebhookFault(kind, event, nth, times, seconds)
        with self._fake.lock:
            self._fake.state.outbox.faults += (ArmedWebhookFault(mischief),)
        return mischief

    @property
    def pending(self) -> tuple[WebhookFault, ...]:
        """What may still go wrong."""
        return tuple(armed.fault for armed in self._fake.state.outbox.faults)

    def clear(self) -> None:
        """Forget what may still go wrong."""
        with self._fake.lock:
            self._fake.state.outbox.faults = ()

    def due_times(self, type: str) -> Dues:
        """When a webhook of a type that is sent now really goes: once, twice, later or never."""
        outbox = self._fake.state.outbox
        dues: Dues = [self._fake.clock.now()]
        # A source of its own for each webhook: a snapshot need not remember where it stands.
        chance = random.Random(f"{self._fake.seed} {outbox.count}").random
        left = []
        for armed in outbox.faults:
            after, met = armed.see(type)
            if met:
                dues = armed.fault.apply_to(dues, chance)
            if not after.spent:
                left.append(after)
        outbox.faults = tuple(left)
        return dues
