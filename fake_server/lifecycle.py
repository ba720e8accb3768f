"""The life of a call: what happens by itself, when a client looks, as time passes, and by a test's hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from . import carriers, executing, invites, timeline
from .locking import Lock
from .moves import IllegalMove as IllegalMove
from .moves import Moves
from .records import Call

LIFECYCLES = ("manual", "on_poll", "realtime")
"""How time passes: by a test's hand only, also with each GET of a call, or as it does for everybody."""
_PRESSES_AFTER = 1.0


class Lifecycle(Moves):
    """Lets happen to calls what carriers, flows and VoIPbin's timers do to them."""

    @property
    def lock(self) -> Lock:
        """The fake's."""
        return self._fake.lock

    def plan(self) -> None:
        """Say what is going to happen to each call that is new: as its carrier and its provider are now."""
        state = self._fake.state
        for call in state.calls.after(state.timeline.planned):
            state.timeline.planned += 1
            if not call.orphan:
                self._plan(call)

    def _plan(self, call: Call) -> None:
        state, edition = self._fake.state, self._fake.edition
        call.invited = invites.invite(call, state.providers.get(call.provider_id), edition)
        call.far_side = carriers.outcome_of(state.carriers.get(call.provider_id, ()), call)
        by_itself = self._fake.mode != "manual"
        call.steps = timeline.steps(call, call.far_side) if by_itself else timeline.timers(call)
        state.timeline.follow(call)

    def by_hand(self, call: Call, move: Callable[[], None]) -> None:
        """A test moves a call: from now on the far side does nothing to it; VoIPbin's timers and its flow go on."""
        with self._fake.lock:
            self.plan()
            move()
            call.by_hand = True
            if call.steps:
                flow = (step for step in call.steps if step.verb in timeline.OF_FLOWS)
                call.steps = timeline.in_order(*timeline.timers(call), *flow)
                self._fake.state.timeline.follow(call)

    def press(self, call: Call, digits: str) -> None:
        """The far side presses digits. Raises IllegalMove unless the call is progressing, ValueError for odd ones."""
        if not set(digits) <= carriers.KEYS:
            raise ValueError(f"{digits!r} cannot be pressed on a phone: digits are 0-9, A-D, # and *")
        with self._fake.lock:
            if call.status != "progressing":
                raise IllegalMove(f"nothing can be pressed on a call that is {call.status}")
            self._press(call, digits)

    def _press(self, call: Call, digits: str) -> None:
        """Each digit in turn; one of them may end the call, and nobody hears the others."""
        for digit in digits:
            if call.status == "progressing":
                executing.press(self._fake, call, digit)

    def far_side_presses(self, call: Call) -> None:
        """The flow asks for digits; the far side presses those of its script, once."""
        if not call.by_hand and call.far_side is not None and call.far_side.digits:
            self.later(call, "press", _PRESSES_AFTER, digits=call.far_side.digits)
            call.far_side = call.far_side._replace(digits="")

    def far_side_hangs_up(self, call: Call, seconds: float) -> None:
        """The far side has talked for long enough after some seconds."""
        if not call.by_hand:
            self.later(call, "hang_up", seconds, reason="normal")

    def pass_until(self, time: datetime) -> None:
        """Let everything happen that is due until a time, each thing at its own."""
        self.settle()
        self.plan()
        self._fake.state.timeline.run(time, self._fake.state.calls.__getitem__, self._do)

    def poll(self, call: Call) -> None:
        """A client looks at a call: at first as it is; from then on time passes until the next thing happens to it."""
        if self._fake.mode != "on_poll" or call.by_hand:
            return
        if call.polled:
            self.plan()
            due = next((step.due for step in call.steps if call.status in timeline.FROM[step.verb]), None)
            if due is not None:
                clock = self._fake.clock
                clock.advance(max(0.0, (due - clock.now()).total_seconds()))
        call.polled = True

    def _do(self, call: Call, step: timeline.Step) -> None:
        rule = timeline.RULES.get(step.verb)
        if call.status not in timeline.FROM[step.verb] or not (rule is None or self._fake.keeps(rule)):
            return
        clock = self._fake.clock
        clock.set(max(clock.now(), step.due))
        _VERBS[step.verb](self, call, step)
        self.settle()
        self.plan()


_VERBS: Mapping[str, Callable[[Lifecycle, Call, timeline.Step], None]] = {
    "ring": lambda life, call, _: life.ring(call),
    "answer": lambda life, call, _: life.answer(call),
    "refuse": lambda life, call, step: life.refuse(call, step.sip),
    **dict.fromkeys(("give_up", "limit", "hang_up"), lambda life, call, step: life.gone(call, step.reason)),
    "go_on": lambda life, call, _: executing.go_on(life._fake, call),
    "press": lambda life, call, step: life._press(call, step.digits),
    "detect": lambda life, call, _: life.hang_up(call, "amd"),
}
"""What each step of a timeline does."""
