"""Carriers: what carrier and callee do on a call, scripted by a test or selected by the dialled number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product

from ...contracts.light_imports import Shown, dataclass
from ..world.records import Call, Provider
from ..world.state import Section, State
from ..world.values import CallBehaviour
from ..world.world import World
from . import hangup_causes
from .schedule import DIAL_TIMEOUT, DTMF_DIGITS

_IMMEDIATELY = 0.2
_ANSWERS_AFTER = 6.0
_STOPS_RINGING_AFTER = 30.0
_TALKS_FOR = 10.0


def _rejection(sip: int, after: float = _IMMEDIATELY) -> CallBehaviour:
    """Return the behaviour of a carrier that rejects the call before it rings."""
    return CallBehaviour(sip=sip, after=after, rings_after=None)


ANSWERS = CallBehaviour(after=_ANSWERS_AFTER)
BUSY = CallBehaviour(sip=486, after=4.0)
NO_ANSWER = CallBehaviour(sip=480, after=_STOPS_RINGING_AFTER)
NEVER_ANSWERS = CallBehaviour(sip=None)
UNREACHABLE = _rejection(408, after=32.0)

MAGIC_NUMBERS: Mapping[str, tuple[str, CallBehaviour]] = {
    "80": ("is busy", BUSY),
    "81": ("does not answer; the carrier stops ringing after 30 s", NO_ANSWER),
    "82": ("rings until VoIPbin's dial timeout of 60 s", NEVER_ANSWERS),
    "83": ("is rejected by the carrier with 403", _rejection(403)),
    "84": ("is unknown to the carrier, 404", _rejection(404)),
    "85": ("is unreachable; the carrier does not respond", UNREACHABLE),
    "86": ("answers, and hangs up after 1 s", CallBehaviour(hangs_up_after=1.0)),
    "87": (
        "answers, and never ends: the flow never starts, and VoIPbin ends the call after one hour",
        CallBehaviour(never_runs_flow=True),
    ),
    "88": ("declines with 603", CallBehaviour(sip=603, after=4.0)),
    "89": ("is answered by an answering machine", CallBehaviour(machine=True)),
}
"""The behaviour of calls to `+1 NPA 555 01xx`, by the last two digits. Any other number answers.

555-0100 to 555-0199 are reserved for fiction in every area of the North American Numbering Plan.
"""
_FICTION = re.compile(r"\+1[2-9][0-9]{2}55501([0-9]{2})").fullmatch


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScriptLine(Shown):
    """One line of a carrier's script: the calls that it matches, and their behaviour. `method` is Carrier's."""

    method: str
    behaviour: CallBehaviour
    source: str | None = None
    destination: str | None = None
    allowed: frozenset[str] | None = None
    """If given, the line matches calls from all sources except these."""

    def matches(self, source: str, destination: str) -> bool:
        """Return whether the line matches a call."""
        return (
            self.source in (None, source)
            and self.destination in (None, destination)
            and (self.allowed is None or source not in self.allowed)
        )

    def covers(self, other: ScriptLine) -> bool:
        """Return whether this line matches every call that the other line matches."""
        allowed = self.allowed is None or (other.source is not None and other.source not in self.allowed)
        return (
            self.source in (None, other.source)
            and self.destination in (None, other.destination)
            and (allowed or self.allowed == other.allowed)
        )

    def as_call(self) -> str:
        """Return the line as a call of Carrier's method, without its times."""
        if self.allowed is not None:
            return f"{self.method}({', '.join(map(repr, sorted(self.allowed)))})"
        sip = [f"sip={self.behaviour.sip}"] if self.method == "rejects" else []
        where = {"source": self.source, "destination": self.destination}
        return f"{self.method}({', '.join([*sip, *(f'{key}={value!r}' for key, value in where.items() if value)])})"

    def __str__(self) -> str:
        calls = [f"from {self.source}"] * (self.source is not None)
        if self.allowed is not None:
            calls.append(f"from sources other than {', '.join(sorted(self.allowed)) or 'none'}")
        calls += [f"to {self.destination}"] * (self.destination is not None)
        return " ".join(["calls", *calls]) if calls else "every call"


class Script:
    """The lines of a script. The first line that matches a call decides."""

    # A look at all lines for each new line, and for each call, would take quadratic time.

    def __init__(self) -> None:
        self._lines: list[ScriptLine] = []
        self._places: dict[tuple[str | None, str | None], int] = {}
        """Where the line for a source and a destination is, of those that name no allowed sources."""
        self._allowing: list[int] = []
        """Where the others are."""

    def add(self, line: ScriptLine) -> None:
        """Add a line."""
        place = len(self._lines)
        self._lines.append(line)
        if line.allowed is None:
            self._places.setdefault((line.source, line.destination), place)
        else:
            self._allowing.append(place)

    def line_for(self, source: str, destination: str) -> tuple[ScriptLine | None, list[ScriptLine]]:
        """Return the line that decides about a call; None without one. Then those before it that allow its source."""
        found = [
            place for place in self._candidates(source, destination) if self._lines[place].matches(source, destination)
        ]
        first = min(found, default=len(self._lines))
        passed = [self._lines[place] for place in self._allowing if place < first]
        return (self._lines[first] if found else None), passed

    def covering(self, line: ScriptLine) -> ScriptLine | None:
        """Return the first line that matches every call that another line matches; None without one."""
        candidates = self._candidates(line.source, line.destination)
        found = [place for place in candidates if self._lines[place].covers(line)]
        return self._lines[min(found)] if found else None

    def _candidates(self, source: str | None, destination: str | None) -> Iterator[int]:
        """Yield where the lines are that can match calls from a source to a destination."""
        for key in {*product((None, source), (None, destination))}:
            if key in self._places:
                yield self._places[key]
        yield from self._allowing

    def copy(self) -> Script:
        """Return an independent copy."""
        other = Script()
        other._lines, other._places, other._allowing = self._lines.copy(), self._places.copy(), self._allowing.copy()
        return other

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[ScriptLine]:
        return iter(self._lines)


class Scripts(dict[str, Script]):
    """The script of each provider that has one, by the provider's id."""

    def copy(self) -> Scripts:
        """Return an independent copy."""
        return Scripts((id, script.copy()) for id, script in self.items())


SCRIPTS: Section[Scripts] = Section.late("carrier scripts", Scripts)
"""The scripts of all carriers."""

_IN_MANUAL = (
    "would have no effect: with lifecycle 'manual', carriers and callees do nothing by themselves. Use"
    " lifecycle='scheduled', in which they follow the clock, or drive the call with voipbin.calls[id].answer(),"
    " .reject(sip) and so on"
)


class InvalidScript(ValueError):
    """A line of a carrier's script that can never match, or that cannot happen."""


class Carrier:
    """The script of one provider's carrier. The first line that matches a call decides.

    Each method adds a line for calls placed from now on, and returns the carrier. `source` and `destination` are
    targets as sent; None matches any. Times are seconds after the INVITE. Raises InvalidScript for a line that an
    earlier one makes unreachable, for times beyond VoIPbin's own timers, and for any line with the lifecycle `manual`,
    in which carriers and callees do nothing by themselves.
    """

    def __init__(self, world: World, provider: Provider, *, acts: bool = True) -> None:
        self._world = world
        self._provider = provider
        self._acts = acts

    def answers(
        self,
        after: float = _ANSWERS_AFTER,
        *,
        digits: str = "",
        machine: bool = False,
        source: str | None = None,
        destination: str | None = None,
    ) -> Carrier:
        """The callee answers, and stays on the line until the flow completes.

        It sends `digits` when the flow asks for some. An `amd` action detects a `machine`.
        """
        if not set(digits) <= DTMF_DIGITS:
            raise InvalidScript(f"{digits!r} are not DTMF digits; expected 0-9, A-D, # and *")
        behaviour = ANSWERS._replace(after=after, digits=digits, machine=machine)
        return self._add(ScriptLine("answers", _within_timers(behaviour), source, destination))

    def hangs_up(
        self, after: float = _TALKS_FOR, *, source: str | None = None, destination: str | None = None
    ) -> Carrier:
        """The callee answers, and hangs up `after` seconds later unless the flow has completed."""
        behaviour = ANSWERS._replace(hangs_up_after=after)
        return self._add(ScriptLine("hangs_up", _within_timers(behaviour), source, destination))

    def never_ends(self, *, source: str | None = None, destination: str | None = None) -> Carrier:
        """The callee answers, and VoIPbin never starts the flow: the call continues until the limit of one hour."""
        return self._add(ScriptLine("never_ends", ANSWERS._replace(never_runs_flow=True), source, destination))

    def rejects(
        self, sip: int = 403, *, source: str | None = None, destination: str | None = None, after: float = _IMMEDIATELY
    ) -> Carrier:
        """The carrier rejects the call with a SIP response, 300 to 699."""
        if not hangup_causes.is_rejection(sip):
            raise InvalidScript(f"a carrier cannot reject with {sip!r}; expected a SIP response from 300 to 699")
        return self._add(ScriptLine("rejects", _within_timers(_rejection(sip, after)), source, destination))

    def busy(self, *, source: str | None = None, destination: str | None = None) -> Carrier:
        """The callee's phone rings and is busy: 486."""
        return self._add(ScriptLine("busy", BUSY, source, destination))

    def no_answer(
        self, after: float = _STOPS_RINGING_AFTER, *, source: str | None = None, destination: str | None = None
    ) -> Carrier:
        """The callee's phone rings until the carrier gives up: 480."""
        behaviour = NO_ANSWER._replace(after=after)
        return self._add(ScriptLine("no_answer", _within_timers(behaviour), source, destination))

    def never_answers(self, *, source: str | None = None, destination: str | None = None) -> Carrier:
        """The callee's phone rings until VoIPbin's dial timeout of 60 s: `dialout`."""
        return self._add(ScriptLine("never_answers", NEVER_ANSWERS, source, destination))

    def auth_fails(self) -> Carrier:
        """The carrier rejects VoIPbin's SIP credentials: 401."""
        return self.rejects(401)

    def allows_sources(self, *sources: str) -> Carrier:
        """The carrier rejects calls from any other source: 403. Later lines decide about the allowed ones."""
        return self._add(ScriptLine("allows_sources", _rejection(403), allowed=frozenset(sources)))

    def unreachable(self) -> Carrier:
        """The carrier does not respond at all. Its `health_status` becomes `unhealthy`."""
        with self._world.lock:
            line = ScriptLine("unreachable", UNREACHABLE)
            self._add(line)
            self._set_health("unhealthy")
            # A client may read the health and place no call.
            self._world.triggered.add(line)
        return self

    def clear(self) -> Carrier:
        """Remove the script. The carrier becomes healthy."""
        with self._world.lock:
            self._world.call_controls.schedule_new_calls()
            SCRIPTS.of(self._world.state).pop(self._provider.id, None)
            self._set_health("healthy")
        return self

    def _add(self, line: ScriptLine) -> Carrier:
        if not self._acts:
            raise InvalidScript(f"{line.method}() {_IN_MANUAL}")
        with self._world.lock:
            scripts = SCRIPTS.of(self._world.state)
            _check_reachable(line, scripts.get(self._provider.id))
            self._world.call_controls.schedule_new_calls()
            scripts.setdefault(self._provider.id, Script()).add(line)
        return self

    def _set_health(self, health: str) -> None:
        now = self._world.clock.timestamp()
        self._provider.health_status = health
        self._provider.health_checked_at = self._provider.tm_update = now


def refuse_scripts(state: State) -> None:
    """Raise InvalidScript if a state for the lifecycle `manual` contains scripts."""
    lines = [line.as_call() for script in SCRIPTS.of(state).values() for line in script]
    if lines:
        raise InvalidScript(f"the snapshot's {', '.join(lines)} {_IN_MANUAL}")


def _check_reachable(line: ScriptLine, script: Script | None) -> None:
    earlier = None if script is None else script.covering(line)
    if earlier is not None:
        raise InvalidScript(
            f"this line ({line}) can never match: an earlier line already matches {earlier}. "
            "Add the specific line first, or call clear() to start over"
        )


def _within_timers(behaviour: CallBehaviour) -> CallBehaviour:
    """Return the behaviour if it is possible. Raises InvalidScript."""
    if not (behaviour.after >= 0 and (behaviour.hangs_up_after is None or behaviour.hangs_up_after >= 0)):
        raise InvalidScript("nothing can happen before the INVITE: times must not be negative")
    if behaviour.after >= DIAL_TIMEOUT:
        raise InvalidScript(
            f"a final response after {behaviour.after:g} s is too late: VoIPbin's dial timeout is {DIAL_TIMEOUT:g} s. "
            "Use never_answers() for that"
        )
    if behaviour.rings_after is not None and behaviour.after <= behaviour.rings_after:
        behaviour = behaviour._replace(rings_after=None)
    return behaviour


def behaviour_for(world: World, call: Call) -> CallBehaviour:
    """Return the behaviour of a call: that of the script, else that of the number."""
    source, destination = call.source.target, call.destination.target
    script = SCRIPTS.of(world.state).get(call.carrier_id)
    if script is not None:
        line, passed = script.line_for(source, destination)
        # A call from an allowed source is what allows_sources() is for.
        world.triggered.update(passed)
        if line is not None:
            world.triggered.add(line)
            return line.behaviour
    magic = _magic_digits(call)
    return MAGIC_NUMBERS[magic][1] if magic else ANSWERS


def dials_magic_number(call: Call) -> bool:
    """Return whether the dialled number has a behaviour of its own."""
    return bool(_magic_digits(call))


def _magic_digits(call: Call) -> str:
    found = _FICTION(call.destination.target) if call.destination.type == "tel" else None
    return found[1] if found and found[1] in MAGIC_NUMBERS else ""


def untriggered_lines(world: World) -> list[str]:
    """Return the script lines that no call has matched, each as the statement that adds it."""
    providers = world.state.providers
    return [
        f"carrier({'' if number == 0 else repr(id)}).{line.as_call()}"
        for number, id in enumerate(providers)
        for line in SCRIPTS.of(world.state).get(id, ())
        if line not in world.triggered
    ]
