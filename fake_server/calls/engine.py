"""The call engine: what happens to calls by itself, when a client polls, as time passes, and when a test intervenes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from ...contracts.light_imports import without_collections
from ..flows.call_control import RESUME
from ..flows.recordings import STOP_RECORDING
from ..flows.runner import FlowEngine
from ..world.records import Call, PlacementResult
from ..world.values import Address, DialRequest, ScheduledEvent
from ..world.world import RuleContext, World
from . import InvalidTransition, placement
from .new_calls import MANY
from .schedule import (
    DTMF_DIGITS,
    FLOW_EVENTS,
    RULES,
    SCHEDULE,
    SILENT_EVENTS,
    VALID_STATUSES,
    Schedule,
    events_of,
    sort_by_time,
    timers,
)
from .transitions import CallTransitions

Interrupted = Callable[[], bool]
_DIGITS_AFTER = 1.0


class CallEngine(CallTransitions):
    """Makes happen to calls what carriers, callees, flows and VoIPbin's timers do."""

    def __init__(self, world: World, flows: FlowEngine, lifecycle: str) -> None:
        super().__init__(world, flows)
        self._lifecycle = lifecycle
        flows.calls = self

    @property
    def _schedule(self) -> Schedule:
        return SCHEDULE.of(self.world.state)

    def place(self, ctx: RuleContext, request: DialRequest, destinations: Sequence[Address], /) -> PlacementResult:
        """Dial each destination, in order. Those that cannot be dialled are dropped, with a note in the journal."""
        return placement.place(ctx, lambda: self.groupcalls, request, destinations)

    def schedule_new_calls(self) -> None:
        """Schedule the events of all new calls, according to their carrier and provider as they are now."""
        schedule = self._schedule
        for call in self.world.state.calls.after(schedule.scheduled_calls):
            schedule.scheduled_calls += 1
            if not call.orphan:
                self.dial(call)

    def dial(self, call: Call) -> None:
        """Send the INVITE of an attempt, and schedule what carrier and callee do, and VoIPbin's timers."""
        # Imported here: most tests only read the response to a request.
        from . import carriers, invites

        state = self.world.state
        call.sent_invite = invites.build_invite(call, state.providers.get(call.carrier_id), self.world.edition)
        call.behaviour = carriers.behaviour_for(self.world, call)
        by_itself = self._lifecycle != "manual" and not call.test_controlled
        self._schedule.replace(call, events_of(call, call.behaviour) if by_itself else timers(call))

    def apply_test_control(self, call: Call, transition: Callable[[], None]) -> None:
        """Make a test's transition. From now on the test controls the callee; timers and the flow continue."""
        with self.world.lock:
            self.schedule_new_calls()
            transition()
            call.test_controlled = True
            if call.scheduled_events:
                of_flow = (event for event in call.scheduled_events if event.kind in FLOW_EVENTS)
                call.scheduled_events = sort_by_time(*timers(call), *of_flow)
                self._schedule.track(call)

    def press(self, call: Call, digits: str) -> None:
        """Send DTMF digits from the callee.

        Raises InvalidTransition unless the call is progressing, ValueError for invalid digits.
        """
        if not set(digits) <= DTMF_DIGITS:
            raise ValueError(f"{digits!r} are not DTMF digits; expected 0-9, A-D, # and *")
        with self.world.lock:
            if call.status != "progressing":
                raise InvalidTransition(f"a call with status {call.status!r} cannot receive digits")
            self._press(call, digits)

    def _press(self, call: Call, digits: str) -> None:
        """Send digits one by one. One of them may end the call; the rest is then lost."""
        for digit in digits:
            if call.status == "progressing":
                self.flows.press(call, digit)

    def schedule_digits(self, call: Call, /) -> None:
        """Let the callee send the digits of its script, once."""
        if not call.test_controlled and call.behaviour is not None and call.behaviour.digits:
            self.schedule(call, "press", _DIGITS_AFTER, digits=call.behaviour.digits)
            call.behaviour = call.behaviour._replace(digits="")

    def schedule_remote_hangup(self, call: Call, seconds: float, /) -> None:
        """Let the callee hang up after some seconds."""
        if not call.test_controlled:
            self.schedule(call, "hang_up", seconds, reason="normal")

    @property
    def next_due(self) -> datetime | None:
        """The time before which nothing is due; None if nothing is scheduled."""
        due_times = (self._schedule.next_due, self.groupcalls.next_leg_due)
        return min((due for due in due_times if due is not None), default=None)

    def advance_until(self, time: datetime, interrupted: Interrupted | None = None, /) -> None:
        """Let every event happen that is due until a time, each at its own time.

        With `interrupted`, it is called after all that happens at one time, and ends this if it returns True.
        """
        schedule = self._schedule
        if len(schedule) + len(self.world.state.calls) - schedule.scheduled_calls < MANY:
            self._advance_until(time, interrupted)
            return
        # Only the fake runs here: a receiver of webhooks does between two of these calls.
        with without_collections():
            self._advance_until(time, interrupted)

    def _advance_until(self, time: datetime, interrupted: Interrupted | None) -> None:
        self.close_channels()
        self.schedule_new_calls()
        if interrupted is None:
            self._happen_until(time)
            return
        due: datetime | None = min(time, self.world.clock.now())
        while due is not None and due <= time:
            self._happen_until(due)
            due = None if interrupted() else self.next_due

    def _happen_until(self, time: datetime) -> None:
        while (due := self.groupcalls.next_leg_due) is not None and due <= time:
            self._run(due)
            # What happened until then may have ended the wait for an earlier leg.
            if self.groupcalls.next_leg_due == due:
                self._create_leg(due)
        self._run(time)

    def _run(self, time: datetime) -> None:
        self._schedule.run(time, self.world.state.calls.__getitem__, self._handle)

    def _create_leg(self, due: datetime) -> None:
        clock = self.world.clock
        clock.set(max(clock.now(), due))
        self.groupcalls.create_next_leg()
        self.close_channels()
        self.schedule_new_calls()

    def poll_leg(self, id: str) -> None:
        """Handle a request for a call or groupcall that may be still to come. From the second one on, create it."""
        if self._lifecycle == "on_poll" and (due := self.groupcalls.poll_leg(id)) is not None:
            clock = self.world.clock
            clock.advance(max(0.0, (due - clock.now()).total_seconds()))

    def poll(self, call: Call) -> None:
        """Handle a client's GET of a call. From the second one on, advance the clock to the call's next event."""
        if self._lifecycle != "on_poll" or call.test_controlled:
            return
        if call.polled:
            self.schedule_new_calls()
            events = call.scheduled_events
            awaited = (event for event in events if event.kind not in SILENT_EVENTS)
            due = next((event.due for event in awaited if call.status in VALID_STATUSES[event.kind]), None)
            if due is not None:
                clock = self.world.clock
                clock.advance(max(0.0, (due - clock.now()).total_seconds()))
        call.polled = True

    def _handle(self, call: Call, event: ScheduledEvent) -> None:
        rule = RULES.get(event.kind)
        if call.status not in VALID_STATUSES[event.kind] or not (rule is None or self.world.enforces(rule)):
            return
        clock = self.world.clock
        clock.set(max(clock.now(), event.due))
        _HANDLERS[event.kind](self, call, event)
        self.close_channels()
        self.schedule_new_calls()


_HANDLERS: Mapping[str, Callable[[CallEngine, Call, ScheduledEvent], None]] = {
    "channel": lambda engine, call, _: engine.channel_started(call),
    "ring": lambda engine, call, _: engine.ring(call),
    "answer": lambda engine, call, _: engine.answer(call),
    "reject": lambda engine, call, event: engine.reject(call, event.sip),
    "dial_timeout": lambda engine, call, event: engine.attempt_failed(call, event.reason),
    **dict.fromkeys(("limit", "hang_up"), lambda engine, call, event: engine.channel_closed(call, event.reason)),
    RESUME: lambda engine, call, _: engine.flows.resume(call),
    STOP_RECORDING: lambda engine, call, _: engine.flows.stop_recording(call),
    "press": lambda engine, call, event: engine._press(call, event.digits),
    "detect": lambda engine, call, _: engine.hang_up(call, "amd"),
}
"""The handlers by kind of event."""
