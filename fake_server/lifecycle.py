"""The life of a call: which moves are legal, and what each of them writes down (calls.md 2 and 7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ..contracts.rules import billings as billing_rules
from ..contracts.rules import groupcalls as rules
from . import carriers, events, invites, ledger, timeline

if TYPE_CHECKING:
    from .core import FakeVoipbin
    from .records import Call, Groupcall

LEGAL: Mapping[str, frozenset[str]] = {
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


class IllegalMove(ValueError):
    """A call cannot make this move from where it is."""


class Lifecycle:
    """Moves calls, on behalf of a test's hand, of the API, and of the far side."""

    def __init__(self, fake: FakeVoipbin) -> None:
        self._fake = fake

    def ring(self, call: Call) -> None:
        """The far side rings (SIP 180). Raises IllegalMove unless the call is dialing."""
        call.tm_ringing = self._move(call, "ringing")
        events.emit(self._fake, "call_ringing", call)

    def answer(self, call: Call) -> None:
        """The far side answers (SIP 200). Raises IllegalMove unless the call is dialing or ringing."""
        call.tm_progressing = self._move(call, "progressing")
        events.emit(self._fake, "call_progressing", call)
        if self._fake.keeps(billing_rules.answered_is_billed):
            ledger.begin(self._fake, call, call.tm_progressing)
        groupcall = self._groupcall(call)
        if groupcall is not None:
            self._answered(groupcall, call)

    def hang_up(self, call: Call) -> None:
        """VoIPbin hangs up: an unanswered call is cancelled, an answered one terminated; an ending one is left."""
        if call.status in _HUNG_UP:
            status = _HUNG_UP[call.status]
            self._move(call, status)
            events.emit(self._fake, f"call_{status}", call)

    def hang_up_group(self, groupcall: Groupcall) -> None:
        """VoIPbin hangs up each call of a groupcall."""
        groupcall.status, groupcall.tm_update = "hangingup", self._fake.clock.stamp()
        for id in groupcall.call_ids:
            if id in self._fake.state.calls:
                self.hang_up(self._fake.state.calls[id])

    # what happens by itself

    def plan(self) -> None:
        """Say what is going to happen to each call that is new: as its carrier and its provider are now."""
        state = self._fake.state
        for call in state.calls.after(state.timeline.planned):
            state.timeline.planned += 1
            if call.orphan:
                continue
            provider = state.providers.get(call.provider_id)
            call.invited = invites.invite(call, provider, self._fake.edition)
            if self._fake.mode == "manual":
                call.steps = timeline.timers(call)
            else:
                outcome = carriers.outcome_of(state.carriers.get(call.provider_id, ()), call)
                call.steps = timeline.steps(call, outcome, self._fake.edition)
            state.timeline.follow(call)

    def take_in_hand(self, call: Call) -> None:
        """From now on a test moves this call: nothing happens to it but for VoIPbin's own timers."""
        self.plan()
        call.by_hand = True
        if not call.orphan:
            call.steps = timeline.timers(call)
            self._fake.state.timeline.follow(call)

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
        if call.status not in timeline.FROM[step.verb]:
            return
        clock = self._fake.clock
        clock.set(max(clock.now(), step.due))
        if step.verb == "ring":
            self.ring(call)
        elif step.verb == "answer":
            self.answer(call)
        else:
            call.sip = step.sip
            self._end(call, step.reason)

    def settle(self) -> None:
        """The channels that VoIPbin is hanging up have gone by the time that somebody looks."""
        for id in list(self._fake.state.ending):
            call = self._fake.state.calls[id]
            self._end(call, LOCAL_REASONS[call.status][0])

    def end(self, call: Call, reason: str | None = None) -> None:
        """The call ends. Raises IllegalMove when it has ended, or cannot end for that reason from where it is."""
        if call.status == "hangup":
            raise IllegalMove(f"the call {call.id} has ended already, with hangup_reason {call.hangup_reason!r}")
        reason = "no_answer" if reason == "noanswer" else reason
        remote = REMOTE_REASONS.get(call.status, ())
        local = LOCAL_REASONS[_HUNG_UP.get(call.status, call.status)]
        if reason is not None and reason not in (*remote, *local):
            known = ", ".join(dict.fromkeys((*remote, *local)))
            raise IllegalMove(f"a call that is {call.status} cannot end with {reason!r}; it can with {known}")
        if reason is not None and reason not in remote:
            self.hang_up(call)
        self._end(call, reason or (remote or local)[0])

    def _end(self, call: Call, reason: str) -> None:
        by = "local" if call.status in LOCAL_REASONS else "remote"
        call.tm_hangup = self._move(call, "hangup")
        call.steps = ()
        call.hangup_by = by
        ledger.end(self._fake, call, call.tm_hangup)
        call.hangup_reason = self._fake.edition.no_answer_word if reason == "no_answer" else reason
        events.emit(self._fake, "call_hangup", call)
        activeflow = self._fake.state.activeflows.get(call.activeflow_id)
        if activeflow is not None and activeflow.status == "running":
            activeflow.status, activeflow.tm_update = "ended", call.tm_hangup
        groupcall = self._groupcall(call)
        if groupcall is not None:
            self._ended(groupcall)

    def _move(self, call: Call, status: str) -> datetime:
        if status not in LEGAL[call.status]:
            legal = ", ".join(sorted(LEGAL[call.status])) or "nothing: it has ended"
            raise IllegalMove(f"a call that is {call.status} cannot become {status}; it can become {legal}")
        call.status = status
        if status in LOCAL_REASONS and not call.orphan:
            self._fake.state.ending[call.id] = None
        else:
            self._fake.state.ending.pop(call.id, None)
        call.tm_update = self._fake.clock.stamp()
        return call.tm_update

    def _groupcall(self, call: Call) -> Groupcall | None:
        return self._fake.state.groupcalls.get(call.parent_groupcall_id)

    def _answered(self, groupcall: Groupcall, call: Call) -> None:
        """The first answer wins: the others are hung up (calls.md 5.4)."""
        groupcall.answer_call_id, groupcall.tm_update = call.id, self._fake.clock.stamp()
        for id in groupcall.call_ids:
            if id != call.id and id in self._fake.state.calls:
                self.hang_up(self._fake.state.calls[id])

    def _ended(self, groupcall: Groupcall) -> None:
        groupcall.call_count -= 1
        if groupcall.call_count <= 0 and self._fake.keeps(rules.ends_with_its_calls):
            groupcall.status, groupcall.tm_update = "hangup", self._fake.clock.stamp()
