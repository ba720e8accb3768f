"""Transitions of a call's status: which are allowed, what each records, and what follows from it (calls.md 2 and 7)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime

from ...contracts.formats.go_uuids import NIL
from ...contracts.rules import activeflows as flow_rules
from ...contracts.rules import billings as billing_rules
from ...contracts.rules import calls as rules
from ...contracts.rules import providercalls as providercall_rules
from ..flows.call_control import RESUME
from ..flows.runner import FIRST_ACTION_AFTER, FlowEngine
from ..world.lock import Lock
from ..world.records import Call
from ..world.state import Section
from ..world.values import ScheduledEvent
from ..world.world import World
from . import InvalidTransition, hangup_causes, ledger
from .groupcalls import Groupcalls
from .schedule import SCHEDULE, within_limit

ALLOWED_TRANSITIONS: Mapping[str, frozenset[str]] = {
    "dialing": frozenset({"ringing", "progressing", "terminating", "canceling", "hangup"}),
    "ringing": frozenset({"progressing", "terminating", "canceling", "hangup"}),
    "progressing": frozenset({"terminating", "hangup"}),
    "terminating": frozenset({"hangup"}),
    "canceling": frozenset({"hangup"}),
    "hangup": frozenset(),
}
"""The statuses that may follow each status (calls.md 2.1)."""

_UNANSWERED = ("normal", "failed", "busy", "no_answer", "dialout")
REMOTE_REASONS: Mapping[str, tuple[str, ...]] = {
    "dialing": _UNANSWERED,
    "ringing": _UNANSWERED,
    "progressing": ("normal", "timeout"),
}
"""The hangup_reasons with which the remote party, or a timer, ends a call of each status (calls.md 2.4)."""
LOCAL_REASONS: Mapping[str, tuple[str, ...]] = {"canceling": ("cancel",), "terminating": ("normal", "amd")}
"""The hangup_reasons of a call that VoIPbin itself is hanging up."""
_HUNG_UP: Mapping[str, str] = {"dialing": "canceling", "ringing": "canceling", "progressing": "terminating"}
"""The status of a call that VoIPbin hangs up."""
_METHODS: Mapping[str, tuple[str, ...]] = {
    "dialing": ("ring", "answer", "reject", "hangup"),
    "ringing": ("answer", "reject", "hangup"),
    "progressing": ("press", "hangup"),
    "terminating": ("hangup",),
    "canceling": ("hangup",),
    "hangup": (),
}

CLOSING: Section[dict[str, str]] = Section.late("closing calls", dict)
"""The calls that VoIPbin is hanging up, in order: the hangup_reason of each by its id."""


def available_transitions(call: Call) -> tuple[str, ...]:
    """Return the transitions that a test can make in the call's status, named after Call's methods."""
    return _METHODS[call.status]


def hangup_reasons(call: Call) -> tuple[str, ...]:
    """Return the reasons with which a call can end in its status. The first one is the default."""
    if call.status == "hangup":
        return ()
    local = LOCAL_REASONS[_HUNG_UP.get(call.status, call.status)]
    return tuple(dict.fromkeys((*REMOTE_REASONS.get(call.status, ()), *local)))


class CallTransitions(ABC):
    """Changes the status of calls on behalf of callees, carriers, VoIPbin and the test."""

    def __init__(self, world: World, flows: FlowEngine) -> None:
        self.world = world
        self.flows = flows
        self.groupcalls = Groupcalls(world, self.hang_up)

    @property
    def lock(self) -> Lock:
        """The fake's lock."""
        return self.world.lock

    def channel_started(self, call: Call) -> None:
        """The call has a channel. It has no webhook."""
        if self.world.flag(rules.channel_updates_call):
            call.tm_update = self.world.clock.timestamp()

    def ring(self, call: Call) -> None:
        """The callee's phone rings (SIP 180). Raises InvalidTransition unless the call is dialing."""
        call.tm_ringing = self._change(call, "ringing")
        self.world.emit("call_ringing", call)
        self.world.follows(flow_rules.actions_wait_for_the_answer, call)

    def answer(self, call: Call) -> None:
        """The callee answers (SIP 200). Raises InvalidTransition unless the call is dialing or ringing."""
        call.tm_progressing = self._change(call, "progressing")
        self.world.emit("call_progressing", call)
        if self.world.enforces(billing_rules.answered_is_billed):
            ledger.open_billing(self.world, call, call.tm_progressing)
        groupcall = self.world.state.groupcalls.get(call.parent_groupcall_id)
        if groupcall is not None:
            self.groupcalls.answered(groupcall, call)
        if call.behaviour is None or not call.behaviour.never_runs_flow:
            self.schedule(call, RESUME, FIRST_ACTION_AFTER)

    def reject(self, call: Call, code: int) -> None:
        """The carrier rejects the call with a SIP response, 300 to 699. Raises InvalidTransition after an answer."""
        if call.status not in ("dialing", "ringing"):
            raise InvalidTransition(
                f"the carrier cannot reject a call with status {call.status!r}: it has had its final response"
            )
        if not hangup_causes.is_rejection(code):
            raise InvalidTransition(f"a carrier cannot reject with {code!r}; expected a SIP response from 300 to 699")
        call.sip = code
        self.attempt_failed(call, hangup_causes.reason_of(code, self.world))

    def attempt_failed(self, call: Call, reason: str) -> None:
        """End an unanswered call that its carrier could not connect, unless it is dialled by its next route."""
        if self._has_next_route(call, reason):
            # Most calls are forced, or are answered.
            from .routing.failover import take_next_route

            if take_next_route(self.world, call, reason):
                self.dial(call)
                return
        self.channel_closed(call, reason)

    def _has_next_route(self, call: Call, reason: str) -> bool:
        if call.dialroutes:
            return len(call.dialroutes) > 1
        forced = call.provider_id != NIL and reason in ("failed", "dialout")
        return forced and not self.world.enforces(providercall_rules.forced_never_fails_over)

    @abstractmethod
    def dial(self, call: Call) -> None:
        """Send the INVITE of a new attempt, and schedule what happens then."""

    def hang_up(self, call: Call, reason: str = "normal", /) -> None:
        """VoIPbin hangs up: it cancels an unanswered call and terminates an answered one. No effect on an ending one.

        `reason` is the hangup_reason of an answered call: `normal` or `amd`.
        """
        status = _HUNG_UP.get(call.status)
        if status is None:
            return
        self._change(call, status)
        if not call.orphan:
            CLOSING.of(self.world.state)[call.id] = reason if status == "terminating" else "cancel"
        self.world.emit(f"call_{status}", call)

    def end(self, call: Call, reason: str | None = None) -> None:
        """End the call. Raises InvalidTransition if it has ended, or cannot end with that reason in its status."""
        if call.status == "hangup":
            raise InvalidTransition(f"the call {call.id} has already ended, with hangup_reason {call.hangup_reason!r}")
        reason = "no_answer" if reason == "noanswer" else reason
        reasons = hangup_reasons(call)
        if reason is not None and reason not in reasons:
            raise InvalidTransition(
                f"a call with status {call.status!r} cannot end with {reason!r}; expected one of {', '.join(reasons)}"
            )
        if reason is not None and reason not in REMOTE_REASONS.get(call.status, ()):
            self.hang_up(call)
        if reason == "no_answer":
            reason = self.world.follows(rules.busy_and_no_answer_differ, reason)
        self.channel_closed(call, reason or reasons[0])

    def close_channels(self) -> None:
        """Close the channels that VoIPbin is hanging up, before a client can see them."""
        closing = CLOSING.of(self.world.state)
        while closing:
            # Those that are added in the loop come next. Taking the first one each time would be slow: a dictionary
            # remembers the places of those that were removed from its beginning.
            for id, reason in [*closing.items()]:
                if id in closing:
                    self.channel_closed(self.world.state.calls[id], reason)

    def channel_closed(self, call: Call, reason: str) -> None:
        """End a call whose channel is closed, with its billing, its flow, its groupcall and its chained calls."""
        world = self.world
        by = "local" if call.status in LOCAL_REASONS else "remote"
        CLOSING.of(world.state).pop(call.id, None)
        call.tm_hangup = self._change(call, "hangup")
        call.scheduled_events, call.hangup_by = (), by
        call.hangup_reason = world.edition.no_answer_reason if reason == "no_answer" else reason
        world.emit("call_hangup", call)
        ledger.close_billing(world, call, call.tm_hangup)
        self.flows.stop_recording(call)
        activeflow = world.state.activeflows.get(call.activeflow_id)
        if activeflow is not None:
            self.flows.end(activeflow, call)
        groupcall = world.state.groupcalls.get(call.parent_groupcall_id)
        if groupcall is not None:
            self.groupcalls.call_ended(groupcall)
        self._unchain(call)

    def _unchain(self, call: Call) -> None:
        state = self.world.state
        for id in call.chained_call_ids:
            self.hang_up(state.calls[id])
        for id in call.chained_groupcall_ids:
            self.groupcalls.hang_up(state.groupcalls[id])
        master = state.calls.get(call.master_call_id)
        if master is not None:
            self.flows.leg_ended(master)

    def schedule(self, call: Call, kind: str, seconds: float, /, **fields: str) -> None:
        """Schedule an event of a call (see ScheduledEvent)."""
        due = within_limit(self.world.clock.now(), seconds)
        SCHEDULE.of(self.world.state).add(call, ScheduledEvent(due, kind, **fields))  # type: ignore[arg-type]

    def cancel(self, call: Call, kind: str, /) -> None:
        """Cancel the scheduled events of a kind."""
        SCHEDULE.of(self.world.state).cancel(call, kind)

    def _change(self, call: Call, status: str) -> datetime:
        if status not in ALLOWED_TRANSITIONS[call.status]:
            allowed = ", ".join(sorted(ALLOWED_TRANSITIONS[call.status]))
            hint = f"it can change to {allowed}" if allowed else "it has already ended"
            raise InvalidTransition(f"a call with status {call.status!r} cannot change to {status!r}: {hint}")
        call.status = status
        call.tm_update = self.world.clock.timestamp()
        return call.tm_update
