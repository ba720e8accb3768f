"""The record of a run: which task or thread sent which request, when, and which calls it placed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from ..contracts.redaction import redact_target, redact_text
from ..deferred_trust import deferred_trust
from ..fixtures.process_clocks import Elapsed, process_clocks
from ..fixtures.virtual_time import VirtualTimeConflict
from .exceptions import EndlessRun
from .switch import Switch, When

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..contracts.http import Request
    from ..fake_server.core import FakeVoipbin
    from ..fake_server.world.scheduler import Scheduler

_MAX_SECONDS: Final = 86_400.0
_MAX_REQUESTS: Final = 10_000
_Handled = TypeVar("_Handled")


class Step(NamedTuple):
    """A request that VoIPbin has handled, or a switch; `calls` are the destinations of the new calls."""

    at: float
    actor: Actor
    text: str
    calls: tuple[str, ...] = ()
    switch: Switch | None = None


@dataclass(eq=False)
class Actor:
    """A task or a thread that has sent requests."""

    kind: str
    name: str
    number: int = 0
    """Its position in the order in which VoIPbin handled their first requests; 0 before that."""
    sent: int = 0

    def __str__(self) -> str:
        return f"{self.kind} {self.number} ({self.name})" if self.number else f"{self.kind} ({self.name})"


@dataclass(eq=False)
class Recorder:
    """The steps of a run, and the switches that are left."""

    switches: Sequence[Switch]
    fake: FakeVoipbin
    kind: str
    elapsed: Elapsed = field(default_factory=Elapsed)
    steps: list[Step] = field(default_factory=list)
    turns: int = 0
    """How often the scheduler has let a task or thread run."""

    def __post_init__(self) -> None:
        self._actors: dict[Hashable, Actor] = {}
        self._numbered = 0
        self._left = Counter(self.switches)
        # The points at which a task or thread could have switched since the last switch.
        self._points: list[Switch] = []
        self._had_no_effect = False
        self._slept = 0.0
        self.real_sleep = time.sleep

    def actor(self, key: Hashable, name: Callable[[], str]) -> Actor:
        """Return a task or thread, which is about to send a request."""
        found = self._actors.get(key)
        if found is None:
            found = self._actors[key] = Actor(self.kind, redact_text(name()))
        found.sent += 1
        if found.sent > _MAX_REQUESTS:
            raise EndlessRun(f"{found} was stopped after {_MAX_REQUESTS} requests in one run")
        return found

    def due(self, actor: Actor, nth: int, when: When, request: Request) -> Iterator[None]:
        """Yield once for each switch that is due at this point: the task must wait then."""
        point = self._reach(actor, nth, when)
        while self._left[point]:
            self._left[point] -= 1
            line = f"{request.method} {redact_target(request.target).partition('?')[0]}"
            text = f"before VoIPbin handles {line}" if when == "before" else f"before the response to {line} arrives"
            step = Step(self.elapsed.seconds(), actor, f"switch {text}", switch=point)
            self.steps.append(step)
            self._points, turns = [], self.turns
            yield
            # The last turn is its own.
            if self.turns - turns < 2:
                self.steps.remove(step)
                self._had_no_effect = True
            # It may stop once more, under the number that is free now.
            point = self._reach(actor, nth, when)

    def _reach(self, actor: Actor, nth: int, when: When) -> Switch:
        point = Switch(actor.number or self._numbered + 1, nth, when)
        self._points.append(point)
        return point

    def next_points(self) -> list[Switch]:
        """Return where one more switch may lead to a new order: after the last one, unless that one had no effect."""
        return [] if self._had_no_effect else self._points

    def steps_as_text(self) -> list[str]:
        """Return the steps, to compare them with another run."""
        return [f"{step.at} {step.actor} {step.text} {step.calls}" for step in self.steps]

    def handled(self, actor: Actor, handle: Callable[[], _Handled]) -> _Handled:
        """Let VoIPbin handle a request, and record it."""
        fake = self.fake
        requests, calls = len(fake.requests), len(fake.calls)
        at = self.elapsed.seconds()
        if not actor.number:
            self._numbered += 1
            actor.number = self._numbered
        result = handle()
        for entry in fake.requests[requests : requests + 1]:
            fault = f", fault: {entry.fault}" if entry.fault else ""
            refused = f", refused by {entry.refused_by}" if entry.refused_by else ""
            text = f"{entry.method} {entry.url.partition('?')[0]}: {entry.status or 'no response'}{refused}{fault}"
            new = tuple(call.destination.target for call in islice(fake.calls.values(), calls, None))
            self.steps.append(Step(at, actor, text, new))
        return result

    def advance(self, seconds: float) -> None:
        """Advance the fake's clock. Raises EndlessRun after a virtual day."""
        self._slept += seconds
        if self._slept > _MAX_SECONDS:
            raise EndlessRun(
                "the client was stopped after a virtual day. It probably waits for something that never happens:"
                " give it a timeout"
            )
        self.fake.clock.advance(seconds)

    @contextmanager
    def recording(self, scheduler: Scheduler, sleep: Callable[[float], None]) -> Iterator[None]:
        """Inside the block, the scheduler runs the clients of the fake, and `sleep` replaces `time.sleep`."""
        clock = self.fake.clock
        if clock.drives_event_loops or clock.scheduler is not None:
            raise VirtualTimeConflict(
                "a schedule has a virtual time of its own, and another one is active. Remove `voipbin_time` from the"
                " test, and do not start a run inside another one"
            )
        if self.fake.lifecycle == "realtime":
            raise ValueError("a schedule runs in virtual time, so the fake's lifecycle cannot be 'realtime'")
        with ExitStack() as stack:
            stack.enter_context(clock.watched(self.elapsed.moved))
            stack.enter_context(process_clocks(clock, self.elapsed, sleep))
            stack.enter_context(deferred_trust())
            clock.scheduler = scheduler
            stack.callback(setattr, clock, "scheduler", None)
            yield
