"""Carriers: what the far side of a call does, scripted by a test or chosen by the number that is dialled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from . import hangup_causes as responses

if TYPE_CHECKING:
    from ..core import FakeVoipbin
    from ..world.records import Call, Provider

DIAL_TIMEOUT = 60.0
"""Seconds after which VoIPbin gives up a call that nobody has answered (calls.md 2.3)."""
CALL_LIMIT = 3600.0
"""Seconds after which VoIPbin ends a call, ringing included (calls.md 2.3)."""
DTMF_DIGITS = frozenset("0123456789ABCD#*")
"""What can be pressed on a phone."""
_AT_ONCE = 0.2
_RINGS_AFTER = 2.0
_ANSWERS_AFTER = 6.0
_GIVES_UP_AFTER = 30.0
_TALKS_FOR = 10.0


class CallBehaviour(NamedTuple):
    """What the far side does. Seconds count from the INVITE, those of `hangs_up_after` from the answer; None is never.

    `sip` is the final response: 200 for an answer, None for none at all. `machine` answers like a machine; `digits` are
    pressed when the flow asks for some. With `holds` VoIPbin never gets to the flow, and the call goes on.
    """

    sip: int | None = 200
    after: float = _ANSWERS_AFTER
    rings_after: float | None = _RINGS_AFTER
    hangs_up_after: float | None = None
    machine: bool = False
    digits: str = ""
    never_runs_flow: bool = False

    def __str__(self) -> str:
        says = [] if self.rings_after is None else [f"rings after {self.rings_after:g} s"]
        if self.sip is None:
            return ", ".join([*says, "is never answered"])
        by = " by a machine" if self.machine else ""
        says.append(f"is answered{by}" if self.sip == 200 else f"is refused with {self.sip}")
        says[-1] += f" after {self.after:g} s"
        if self.hangs_up_after is not None:
            says.append(f"is hung up {self.hangs_up_after:g} s later")
        if self.digits:
            says.append(f"has {self.digits} pressed")
        if self.never_runs_flow:
            says.append("never ends")
        return ", ".join(says)


def _refusal(sip: int, after: float = _AT_ONCE) -> CallBehaviour:
    """The carrier itself refuses: nothing rings."""
    return CallBehaviour(sip=sip, after=after, rings_after=None)


ANSWERS = CallBehaviour()
BUSY = CallBehaviour(sip=486, after=4.0)
NO_ANSWER = CallBehaviour(sip=480, after=_GIVES_UP_AFTER)
NEVER_ANSWERS = CallBehaviour(sip=None)
UNREACHABLE = _refusal(408, after=32.0)

MAGIC_NUMBERS: Mapping[str, tuple[str, CallBehaviour]] = {
    "80": ("is busy", BUSY),
    "81": ("does not answer: the carrier gives up after 30 s", NO_ANSWER),
    "82": ("rings on until VoIPbin gives up after 60 s", NEVER_ANSWERS),
    "83": ("is refused by the carrier, 403", _refusal(403)),
    "84": ("is not known to the carrier, 404", _refusal(404)),
    "85": ("cannot be reached: the carrier does not reply", UNREACHABLE),
    "86": ("answers, and hangs up after a second", CallBehaviour(hangs_up_after=1.0)),
    "87": (
        "answers, and never ends: no flow gets on, and VoIPbin ends it after an hour",
        CallBehaviour(never_runs_flow=True),
    ),
    "88": ("declines, 603", CallBehaviour(sip=603, after=4.0)),
    "89": ("is answered by a machine", CallBehaviour(machine=True)),
}
"""What becomes of a call to `+1 NPA 555 01xx`, by its last two digits; any other number answers.

555-0100 to 555-0199 are reserved for fiction in every area of the North American plan.
"""
_FICTION = re.compile(r"\+1[2-9][0-9]{2}55501([0-9]{2})").fullmatch


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """One line of a carrier's script: which calls it is about, and what becomes of them."""

    outcome: CallBehaviour
    source: str | None = None
    destination: str | None = None
    allowed: frozenset[str] | None = None
    """When given, the line is about calls from any source but these."""

    def matches(self, source: str, destination: str) -> bool:
        """Whether a call is meant."""
        return (
            self.source in (None, source)
            and self.destination in (None, destination)
            and (self.allowed is None or source not in self.allowed)
        )

    def covers(self, other: ScriptLine) -> bool:
        """Whether no call that the other line is about gets past this one."""
        allowed = self.allowed is None or (other.source is not None and other.source not in self.allowed)
        return (
            self.source in (None, other.source)
            and self.destination in (None, other.destination)
            and (allowed or self.allowed == other.allowed)
        )

    def __str__(self) -> str:
        calls = [f"source={self.source!r}"] * (self.source is not None)
        calls += [f"destination={self.destination!r}"] * (self.destination is not None)
        calls += [f"sources other than {sorted(self.allowed or ())}"] * (self.allowed is not None)
        return ", ".join(calls) or "every call"


class InvalidScript(ValueError):
    """A line of a carrier's script that would never be reached, or that cannot happen."""


class Carrier:
    """The script of one provider's far side; the first line that matches a call decides.

    Each method adds a line for calls placed from now on, and gives the carrier back. `source` and `destination` are
    targets as sent; None is any. Times are seconds after the INVITE. Raises Contradiction for a line behind another
    one that takes all its calls, and for times that VoIPbin's own timers overtake.
    """

    def __init__(self, fake: FakeVoipbin, provider: Provider) -> None:
        self._fake = fake
        self._provider = provider

    def answers(
        self,
        after: float = _ANSWERS_AFTER,
        *,
        digits: str = "",
        machine: bool = False,
        source: str | None = None,
        destination: str | None = None,
    ) -> Carrier:
        """The far side answers, and stays on the line until the flow has come to its end.

        It presses `digits` when the flow asks for some; a `machine` is what an `amd` action finds.
        """
        if not set(digits) <= DTMF_DIGITS:
            raise InvalidScript(f"{digits!r} cannot be pressed on a phone: digits are 0-9, A-D, # and *")
        outcome = ANSWERS._replace(after=after, digits=digits, machine=machine)
        return self._add(ScriptLine(_within(outcome), source, destination))

    def hangs_up(
        self, after: float = _TALKS_FOR, *, source: str | None = None, destination: str | None = None
    ) -> Carrier:
        """The far side answers, and hangs up `after` seconds later, unless the flow has come to its end by then."""
        return self._add(ScriptLine(_within(ANSWERS._replace(hangs_up_after=after)), source, destination))

    def never_ends(self, *, source: str | None = None, destination: str | None = None) -> Carrier:
        """The far side answers, and VoIPbin never gets to the flow: the call goes on until the limit of an hour."""
        return self._add(ScriptLine(ANSWERS._replace(never_runs_flow=True), source, destination))

    def rejects(
        self, sip: int = 403, *, source: str | None = None, destination: str | None = None, after: float = _AT_ONCE
    ) -> Carrier:
        """The carrier refuses with a SIP response, 300 to 699."""
        if not responses.is_rejection(sip):
            raise InvalidScript(
                f"a carrier cannot reject with {sip!r}: a final SIP response that refuses is 300 to 699"
            )
        return self._add(ScriptLine(_within(_refusal(sip, after)), source, destination))

    def busy(self, *, source: str | None = None, destination: str | None = None) -> Carrier:
        """The destination rings and is busy: 486."""
        return self._add(ScriptLine(BUSY, source, destination))

    def no_answer(
        self, after: float = _GIVES_UP_AFTER, *, source: str | None = None, destination: str | None = None
    ) -> Carrier:
        """The destination rings, and the carrier gives up: 480."""
        return self._add(ScriptLine(_within(NO_ANSWER._replace(after=after)), source, destination))

    def never_answers(self, *, source: str | None = None, destination: str | None = None) -> Carrier:
        """The destination rings on until VoIPbin gives up, after 60 s: `dialout`."""
        return self._add(ScriptLine(NEVER_ANSWERS, source, destination))

    def auth_fails(self) -> Carrier:
        """The carrier does not take VoIPbin's credentials: 401."""
        return self.rejects(401)

    def allows_sources(self, *sources: str) -> Carrier:
        """The carrier refuses calls from any other source: 403. What becomes of the allowed ones is for later lines."""
        return self._add(ScriptLine(_refusal(403), allowed=frozenset(sources)))

    def unreachable(self) -> Carrier:
        """The carrier does not reply at all; its `health_status` becomes `unhealthy`."""
        with self._fake.lock:
            self._add(ScriptLine(UNREACHABLE))
            self._check("unhealthy")
        return self

    def clear(self) -> Carrier:
        """Forget the script; the carrier is healthy."""
        with self._fake.lock:
            self._fake.call_engine.schedule_new_calls()
            self._fake.state.carriers.pop(self._provider.id, None)
            self._check("healthy")
        return self

    def _add(self, line: ScriptLine) -> Carrier:
        with self._fake.lock:
            lines = self._fake.state.carriers.get(self._provider.id, ())
            _check_order(line, lines)
            self._fake.call_engine.schedule_new_calls()
            self._fake.state.carriers[self._provider.id] = (*lines, line)
        return self

    def _check(self, health: str) -> None:
        now = self._fake.clock.timestamp()
        self._provider.health_status = health
        self._provider.health_checked_at = self._provider.tm_update = now


def _check_order(line: ScriptLine, before: Iterable[ScriptLine]) -> None:
    for earlier in before:
        if earlier.covers(line):
            raise InvalidScript(
                f"this line ({line}) would never be reached: an earlier one decides for {earlier}; "
                "put it first, or forget the script with clear()"
            )


def _within(outcome: CallBehaviour) -> CallBehaviour:
    """The outcome, if it can happen."""
    if not (outcome.after >= 0 and (outcome.hangs_up_after is None or outcome.hangs_up_after >= 0)):
        raise InvalidScript("nothing can happen before the INVITE: times are numbers of seconds, not negative")
    if outcome.after >= DIAL_TIMEOUT:
        raise InvalidScript(
            f"a final response after {outcome.after:g} s comes too late: VoIPbin gives up after {DIAL_TIMEOUT:g} s; "
            "never_answers() says that"
        )
    if outcome.rings_after is not None and outcome.after <= outcome.rings_after:
        outcome = outcome._replace(rings_after=None)
    return outcome


def behaviour_for(lines: tuple[ScriptLine, ...], call: Call) -> CallBehaviour:
    """What becomes of a call: as scripted, else as the number says."""
    source, destination = call.source.target, call.destination.target
    for line in lines:
        if line.matches(source, destination):
            return line.outcome
    magic = _FICTION(destination) if call.destination.type == "tel" else None
    return MAGIC_NUMBERS[magic[1]][1] if magic and magic[1] in MAGIC_NUMBERS else ANSWERS
