"""Faults in the delivery of events: what webhook faults and WebSocket faults have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from fnmatch import filter as matching
from fnmatch import fnmatchcase
from functools import partial
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar

from ...contracts.light_imports import Value, dataclass
from ..world.clock import LONGEST
from ..world.names import unknown
from ..world.state import Section
from ..world.world import World
from .armed_faults import ArmedFault, ArmedFaults

EVENT_TYPES = (
    *(f"call_{event}" for event in ("created", "ringing", "progressing", "updated")),
    *(f"call_{event}" for event in ("terminating", "canceling", "hangup", "deleted")),
    *(f"groupcall_{event}" for event in ("created", "progressing", "hangup", "deleted")),
    *(f"activeflow_{event}" for event in ("created", "updated", "deleted")),
)
"""The types of events that a fault can choose (flows.md 4.5)."""
DueTimes = Sequence[datetime]
F = TypeVar("F", bound="EventFault")
Apply = Callable[[DueTimes, float, Callable[[], float]], DueTimes]
"""Returns when an event is sent that was due at these times, given the fault's seconds and a random number."""


class FaultKind(NamedTuple):
    """A kind of fault: its effect in words, when the event is then sent, and whether the fault has seconds."""

    effect: str
    apply: Apply
    seconds: Literal["required", "optional", "never"] = "required"
    why_never: str = ""
    """Why a fault of this kind has no seconds."""


def later(due_times: DueTimes, seconds: float) -> list[datetime]:
    """Return times, each so many seconds later."""
    return [due + timedelta(seconds=seconds) for due in due_times]


def again(due_times: DueTimes, seconds: float, _: object) -> DueTimes:
    """Return times, and each once more, so many seconds later."""
    return [*due_times, *later(due_times, seconds)]


def never(*_: object) -> DueTimes:
    """Return no time."""
    return ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EventFault(Value):
    """A fault in the delivery of events, as plain data. Raises ValueError for an impossible one.

    It applies to the `nth` one whose type matches the glob `event`, and to `times` in all; None means unlimited.
    """

    _noun: ClassVar[str]
    """What the fault affects, in messages."""
    _kinds: ClassVar[Mapping[str, FaultKind]]
    _types: ClassVar[Sequence[str]]
    """What `event` can match."""

    kind: str
    event: str = "*"
    nth: int = 1
    times: int | None = 1
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in list(self._kinds):
            raise ValueError(unknown(f"{self._noun} fault", self.kind, self._kinds))
        if not isinstance(self.event, str) or not matching(self._types, self.event):
            raise ValueError(unknown(f"{self._noun} type", self.event, self._types))
        for name, value in (("nth", self.nth), ("times", 1 if self.times is None else self.times)):
            if type(value) is not int or value < 1:
                raise ValueError(f"{name}={value!r} is not a whole number from 1")
        self._check_seconds()

    def _check_seconds(self) -> None:
        kind = self._kinds[self.kind]
        if self.seconds is None:
            if kind.seconds == "required":
                raise ValueError(f"{self.kind} needs seconds=: the delay of a {self._noun}")
        elif kind.seconds == "never":
            raise ValueError(f"{self.kind} does not accept seconds: {kind.why_never}")
        elif type(self.seconds) not in (int, float) or not 0 <= self.seconds <= LONGEST:
            raise ValueError(f"seconds={self.seconds!r} is not a number of seconds from 0 to 100 years")

    def arguments(self) -> str:
        """Return the fault as the arguments of `faults.add`."""
        changed = (f"{name}={value!r}" for name, value in self.to_dict().items() if name != "kind")
        return ", ".join([repr(self.kind), *changed])

    @classmethod
    def from_dict(cls: type[F], data: Mapping[str, Any]) -> F:
        """Build a fault from JSON data, such as `{"kind": "drop", "event": "call_hangup"}`."""
        known = [field.name for field in fields(cls)]
        for name in data:
            if name not in known:
                raise ValueError(f"a {cls._noun} fault has no field {name!r}; expected one of {', '.join(known)}")
        if "kind" not in data:
            raise ValueError(f"a {cls._noun} fault requires a kind: {', '.join(cls._kinds)}")
        return cls(**data)

    def to_dict(self) -> dict[str, Any]:
        """Return the fault as JSON data, for from_dict."""
        shown = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {name: value for name, (value, default) in shown.items() if value != default}

    @property
    def pattern(self) -> str:
        """What it applies to: a glob for types of events."""
        return self.event

    def apply_to(self, due_times: DueTimes, chance: Callable[[], float]) -> DueTimes:
        """Return when an event is sent that was due at these times."""
        return self._kinds[self.kind].apply(due_times, self.seconds or 0.0, chance)

    def __str__(self) -> str:
        effect = self._kinds[self.kind].effect
        if self.kind == "duplicate":
            effect += f", {self.seconds:g} s later" if self.seconds else ", at once"
        return f"{self.kind}: the {self._noun} {effect.format(seconds=self.seconds or 0)}"


class EventFaults(Generic[F]):
    """The faults of one kind of delivery, which may still apply, in a section of the state.

    All that apply to the same delivery are applied, in the order of adding. `name` is how a test reaches them.
    """

    def __init__(self, world: World, section: Section[ArmedFaults[F]], name: str) -> None:
        self._world = world
        self._section = section
        self._name = name

    def arm(self, fault: F) -> F:
        """Add a fault."""
        with self._world.lock:
            self._armed.add(fault)
        return fault

    @property
    def _armed(self) -> ArmedFaults[F]:
        return self._section.of(self._world.state)

    @property
    def armed(self) -> tuple[ArmedFault[F], ...]:
        """The faults that may still apply, with how often they matched and applied until now."""
        return tuple(self._armed.copy())

    @property
    def pending(self) -> tuple[F, ...]:
        """The faults that may still apply."""
        return tuple(one.fault for one in self._armed)

    @property
    def untriggered(self) -> list[str]:
        """The faults that have never applied, each as the statement that adds it."""
        unused = (one for one in self._armed if one.key not in self._world.triggered)
        return [f"{self._name}.add({one.fault.arguments()})" for one in unused]

    def clear(self) -> None:
        """Remove all faults."""
        with self._world.lock:
            self._section.set(self._world.state, ArmedFaults())

    def applying_to(self, type: str) -> list[F]:
        """Return the faults that apply to an event of a type, and count it."""
        found = self._armed.apply_all(partial(fnmatchcase, type))
        self._world.triggered.update(one.key for one in found)
        return [one.fault for one in found]
