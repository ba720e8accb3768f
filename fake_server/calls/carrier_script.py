"""The script of a carrier: its lines, in order, and the first one that matches a call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from ...contracts.light_imports import Shown
from ..world.state import Section
from ..world.values import CallBehaviour


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
        found = [place for place in self._candidates(source, destination) if self._lines[place].matches(source, destination)]
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


SCRIPTS: Section[Scripts] = Section(Scripts)
