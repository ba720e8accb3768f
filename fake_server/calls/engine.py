"""The life of a call: what happens by itself, when a client looks, as time passes, and by a test's hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from ..flows import runner
from ..world.lock import Lock
from ..world.records import Call
from . import carriers, invites, schedule
from .transitions import CallTransitions
from .transitions import InvalidTransition as InvalidTransition

LIFECYCLES = ("manual", "on_poll", "realtime")
"""How time passes: by a test's hand only, also with each GET of a call, or as it does for everybody."""
_PRESSES_AFTER = 1.0


class CallEngine(CallTransitions):
    """Lets happen to calls what carriers, flows and VoIPbin's timers do to them."""

    @property
    def lock(self) -> Lock:
        """The fake's."""
        return self._fake.lock

    def schedule_new_calls(self) -> None:
        """Say what is going to happen to each call that is new: as its carrier and its provider are now."""
        state = self._fake.state
        for call in state.calls.after(state.timeline.planned):
            state.timeline.planned += 1
            if not call.orphan:
                self._plan(call)

    def _plan(self, call: Call) -> None:
        state, edition = self._fake.state, self._fake.edition
        call.sent_invite = invites.build_invite(call, state.providers.get(call.provider_id), edition)
        call.behaviour = carriers.behaviour_for(state.carriers.get(call.provider_id, ()), call)
        by_itself = self._fake.lifecycle != "manual"
        call.scheduled_events = schedule.steps(call, call.behaviour) if by_itself else schedule.timers(call)
        state.timeline.track(call)

    def apply_test_control(self, call: Call, move: Callable[[], None]) -> None:
        """A test moves a call: from now on the far side does nothing to it; VoIPbin's timers and its flow go on."""
        with self._fake.lock:
            self.schedule_new_calls()
            move()
            call.test_controlled = True
            if call.scheduled_events:
                flow = (step for step in call.scheduled_events if step.kind in schedule.OF_FLOWS)
                call.scheduled_events = schedule.sort_by_time(*schedule.timers(call), *flow)
                self._fake.state.timeline.track(call)

    def press(self, call: Call, digits: str) -> None:
        """The far side presses digits. Raises IllegalMove unless the call is progressing, ValueError for odd ones."""
        if not set(digits) <= carriers.DTMF_DIGITS:
            raise ValueError(f"{digits!r} cannot be pressed on a phone: digits are 0-9, A-D, # and *")
        with self._fake.lock:
            if call.status != "progressing":
                raise InvalidTransition(f"nothing can be pressed on a call that is {call.status}")
            self._press(call, digits)

    def _press(self, call: Call, digits: str) -> None:
        """Each digit in turn; one of them may end the call, and nobody hears the others."""
        for digit in digits:
            if call.status == "progressing":
                runner.press(self._fake, call, digit)

    def schedule_digits(self, call: Call) -> None:
        """The flow asks for digits; the far side presses those of its script, once."""
        if not call.test_controlled and call.behaviour is not None and call.behaviour.digits:
            self.schedule(call, "press", _PRESSES_AFTER, digits=call.behaviour.digits)
            call.behaviour = call.behaviour._replace(digits="")

    def schedule_remote_hangup(self, call: Call, seconds: float) -> None:
        """The far side has talked for long enough after some seconds."""
        if not call.test_controlled:
            self.schedule(call, "hang_up", seconds, reason="normal")

    def advance_until(self, time: datetime) -> None:
        """Let everything happen that is due until a time, each thing at its own."""
        self.close_channels()
        self.schedule_new_calls()
        self._fake.state.timeline.run(time, self._fake.state.calls.__getitem__, self._do)

    def poll(self, call: Call) -> None:
        """A client looks at a call: at first as it is; from then on time passes until the next thing happens to it."""
        if self._fake.lifecycle != "on_poll" or call.test_controlled:
            return
        if call.polled:
            self.schedule_new_calls()
            due = next((step.due for step in call.scheduled_events if call.status in schedule.FROM[step.kind]), None)
            if due is not None:
                clock = self._fake.clock
                clock.advance(max(0.0, (due - clock.now()).total_seconds()))
        call.polled = True

    def _do(self, call: Call, step: schedule.ScheduledEvent) -> None:
        rule = schedule.RULES.get(step.kind)
        if call.status not in schedule.FROM[step.kind] or not (rule is None or self._fake.enforces(rule)):
            return
        clock = self._fake.clock
        clock.set(max(clock.now(), step.due))
        _VERBS[step.kind](self, call, step)
        self.close_channels()
        self.schedule_new_calls()


_VERBS: Mapping[str, Callable[[CallEngine, Call, schedule.ScheduledEvent], None]] = {
    "ring": lambda life, call, _: life.ring(call),
    "answer": lambda life, call, _: life.answer(call),
    "reject": lambda life, call, step: life.reject(call, step.sip),
    **dict.fromkeys(("give_up", "limit", "hang_up"), lambda life, call, step: life.channel_closed(call, step.reason)),
    "go_on": lambda life, call, _: runner.resume(life._fake, call),
    "press": lambda life, call, step: life._press(call, step.digits),
    "detect": lambda life, call, _: life.hang_up(call, "amd"),
}
"""What each step of a timeline does."""
