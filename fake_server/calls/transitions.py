"""The moves of a call: which are legal, and what each of them writes down, tells and leads to (calls.md 2 and 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ...contracts.rules import activeflows as flow_rules
from ...contracts.rules import billings as billing_rules
from ..events import events
from ..flows import runner
from . import groupcalls, hangup_causes, ledger
from . import schedule as timeline

if TYPE_CHECKING:
    from ..core import FakeVoipbin
    from ..world.records import Call

ALLOWED_TRANSITIONS: Mapping[str, frozenset[str]] = {
    "dialing": frozenset({"ringing", "progressing", "terminating", "canceling", "hangup"}),
    "ringing": frozenset({"progressing", "terminating", "canceling", "hangup"}),
    "progressing": frozenset({"terminating", "hangup"}),
    "terminating": frozenset({"hangup"}),
    "canceling": frozenset({"hangup"}),
    "hangup": frozenset(),
}
"""Where a call may go from each status (calls.md 2.1)."""

_UNANSWERED = ("normal", "failed", "busy", "no_answer", "dialout")
REMOTE_REASONS: Mapping[str, tuple[str, ...]] = {
    "dialing": _UNANSWERED,
    "ringing": _UNANSWERED,
    "progressing": ("normal", "timeout"),
}
"""The reasons with which the far side, or a timer, ends a call of each status (calls.md 2.4)."""
LOCAL_REASONS: Mapping[str, tuple[str, ...]] = {"canceling": ("cancel",), "terminating": ("normal", "amd")}
"""The reasons with which a call ends that VoIPbin itself is hanging up."""
_HUNG_UP: Mapping[str, str] = {"dialing": "canceling", "ringing": "canceling", "progressing": "terminating"}
"""What a call becomes when VoIPbin hangs it up."""
_BY_HAND: Mapping[str, tuple[str, ...]] = {
    "dialing": ("ring", "answer", "reject", "hangup"),
    "ringing": ("answer", "reject", "hangup"),
    "progressing": ("press", "hangup"),
    "terminating": ("hangup",),
    "canceling": ("hangup",),
    "hangup": (),
}


class InvalidTransition(ValueError):
    """A call cannot make this move from where it is."""


def available_transitions(call: Call) -> tuple[str, ...]:
    """The moves that can be made by hand from where a call is, named as Call's methods."""
    return _BY_HAND[call.status]


def hangup_reasons(call: Call) -> tuple[str, ...]:
    """The reasons with which a call can end from where it is; the first is what is meant where nothing is said."""
    if call.status == "hangup":
        return ()
    local = LOCAL_REASONS[_HUNG_UP.get(call.status, call.status)]
    return tuple(dict.fromkeys((*REMOTE_REASONS.get(call.status, ()), *local)))


class CallTransitions:
    """Moves calls: on behalf of the far side, of VoIPbin, and of a test's hand."""

    def __init__(self, fake: FakeVoipbin) -> None:
        self._fake = fake

    def ring(self, call: Call) -> None:
        """The far side rings (SIP 180). Raises IllegalMove unless the call is dialing."""
        call.tm_ringing = self._move(call, "ringing")
        events.emit(self._fake, "call_ringing", call)
        if not self._fake.enforces(flow_rules.actions_wait_for_the_answer):
            runner.resume(self._fake, call)

    def answer(self, call: Call) -> None:
        """The far side answers (SIP 200). Raises IllegalMove unless the call is dialing or ringing."""
        call.tm_progressing = self._move(call, "progressing")
        events.emit(self._fake, "call_progressing", call)
        if self._fake.enforces(billing_rules.answered_is_billed):
            ledger.open_billing(self._fake, call, call.tm_progressing)
        groupcall = self._fake.state.groupcalls.get(call.parent_groupcall_id)
        if groupcall is not None:
            groupcalls.answered(self._fake, groupcall, call)
        if call.behaviour is None or not call.behaviour.never_runs_flow:
            self.schedule(call, "go_on", runner.FIRST_ACTION_AFTER)

    def reject(self, call: Call, code: int) -> None:
        """The carrier refuses, with a SIP response of 300 to 699. Raises IllegalMove once the call was answered."""
        if call.status not in ("dialing", "ringing"):
            raise InvalidTransition(
                f"the carrier cannot refuse a call that is {call.status}: it has had its final response"
            )
        if not hangup_causes.is_rejection(code):
            raise InvalidTransition(
                f"a carrier cannot refuse with {code!r}: a final SIP response that refuses is 300 to 699"
            )
        call.sip = code
        self.channel_closed(call, hangup_causes.reason_of(code, self._fake))

    def hang_up(self, call: Call, reason: str = "normal") -> None:
        """VoIPbin hangs up: an unanswered call is cancelled, an answered one terminated; an ending one is left.

        `reason` is the hangup_reason of an answered one: `normal`, or `amd`.
        """
        status = _HUNG_UP.get(call.status)
        if status is None:
            return
        self._move(call, status)
        if not call.orphan:
            self._fake.state.ending[call.id] = reason if status == "terminating" else "cancel"
        events.emit(self._fake, f"call_{status}", call)

    def end(self, call: Call, reason: str | None = None) -> None:
        """The call ends. Raises IllegalMove when it has ended, or cannot end for that reason from where it is."""
        if call.status == "hangup":
            raise InvalidTransition(f"the call {call.id} has ended already, with hangup_reason {call.hangup_reason!r}")
        reason = "no_answer" if reason == "noanswer" else reason
        reasons = hangup_reasons(call)
        if reason is not None and reason not in reasons:
            raise InvalidTransition(
                f"a call that is {call.status} cannot end with {reason!r}; it can with {', '.join(reasons)}"
            )
        if reason is not None and reason not in REMOTE_REASONS.get(call.status, ()):
            self.hang_up(call)
        self.channel_closed(call, reason or reasons[0])

    def close_channels(self) -> None:
        """The channels that VoIPbin is hanging up have gone by the time that somebody looks."""
        ending = self._fake.state.ending
        while ending:
            id, reason = next(iter(ending.items()))
            self.channel_closed(self._fake.state.calls[id], reason)

    def channel_closed(self, call: Call, reason: str) -> None:
        """The call's channel is gone, and with it the call: its bill, its flow, its groupcall and its chained calls."""
        by = "local" if call.status in LOCAL_REASONS else "remote"
        self._fake.state.ending.pop(call.id, None)
        call.tm_hangup = self._move(call, "hangup")
        call.scheduled_events, call.hangup_by = (), by
        call.hangup_reason = self._fake.edition.no_answer_reason if reason == "no_answer" else reason
        events.emit(self._fake, "call_hangup", call)
        ledger.close_billing(self._fake, call, call.tm_hangup)
        activeflow = self._fake.state.activeflows.get(call.activeflow_id)
        if activeflow is not None:
            runner.end(self._fake, activeflow, call)
        groupcall = self._fake.state.groupcalls.get(call.parent_groupcall_id)
        if groupcall is not None:
            groupcalls.call_ended(self._fake, groupcall)
        self._unchain(call)

    def chain(self, master: Call, calls: Iterable[Call]) -> None:
        """Calls that a flow has made go with its own call: they are hung up when it ends."""
        for call in calls:
            master.chained_call_ids = (*master.chained_call_ids, call.id)
            for one in (master, call):
                one.tm_update = self._fake.clock.timestamp()
                events.emit(self._fake, "call_updated", one)

    def _unchain(self, call: Call) -> None:
        calls = self._fake.state.calls
        for id in call.chained_call_ids:
            self.hang_up(calls[id])
        for id in call.chained_groupcall_ids:
            groupcalls.hang_up(self._fake, self._fake.state.groupcalls[id])
        master = calls.get(call.master_call_id)
        if master is not None:
            runner.leg_ended(self._fake, master)

    def schedule(self, call: Call, verb: str, seconds: float, **fields: str) -> None:
        """Let a thing happen to a call in some seconds (timeline.Step)."""
        due = timeline.within_limit(self._fake.clock.now(), seconds)
        self._fake.state.timeline.add(call, timeline.ScheduledEvent(due, verb, **fields))  # type: ignore[arg-type]

    def _move(self, call: Call, status: str) -> datetime:
        if status not in ALLOWED_TRANSITIONS[call.status]:
            legal = ", ".join(sorted(ALLOWED_TRANSITIONS[call.status])) or "nothing: it has ended"
            raise InvalidTransition(f"a call that is {call.status} cannot become {status}; it can become {legal}")
        call.status = status
        call.tm_update = self._fake.clock.timestamp()
        return call.tm_update
