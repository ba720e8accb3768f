"""Which edition a server is: every rule is asked once, and the answers are held against each edition."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..editions import EDITIONS, Edition
from ..http import Request, Response
from ..probes import ProbeUnavailable, Target
from ..rule import Rule, Safety
from ..rules import RULES
from .check_report import CheckReport, Verdict, verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """One run, held against several editions: a report for each, and what was sent and answered for each rule."""

    reports: Mapping[str, CheckReport]
    exchanges: Mapping[str, tuple[tuple[Request, Response], ...]]

    @property
    def closest_editions(self) -> tuple[str, ...]:
        """The editions with the fewest broken rules: more than one where the rules asked do not tell them apart."""
        least = min(len(report.broken) for report in self.reports.values())
        return tuple(name for name, report in self.reports.items() if len(report.broken) == least)


def compare_editions(
    target: Target,
    allow: Safety = Safety.READ,
    rules: Iterable[Rule] = RULES.values(),
    *,
    named: Collection[str] = (),
    editions: Iterable[Edition] = tuple(EDITIONS.values()),
) -> Comparison:
    """Run the probes as `check` does, once, and judge the answers by every edition.

    A probe that would go on where another edition's had stopped goes on; where it would send something else it is not
    answerable in that edition, since nothing is sent twice.
    """
    editions = tuple(editions)
    verdicts: dict[str, list[Verdict]] = {edition.name: [] for edition in editions}
    exchanges = {}
    for rule in rules:
        tape = _Recording(target)
        for edition in editions:
            verdicts[edition.name].append(verdict(rule, _ReplayTarget(tape, edition), allow, named))
        exchanges[rule.id] = tuple(tape.exchanges)
    return Comparison({name: CheckReport.from_verdicts(name, found) for name, found in verdicts.items()}, exchanges)


@dataclass(slots=True)
class _Recording:
    """What one rule's probe has asked of a target so far, and what became of it."""

    target: Target
    events: list[tuple[tuple[str, object], Any]] = field(default_factory=list)
    exchanges: list[tuple[Request, Response]] = field(default_factory=list)

    def send(self, request: Request) -> Response:
        response = self.target.send(request)
        self.exchanges.append((request, response))
        return response

    def record(self, asked: tuple[str, object], ask: Callable[[], Any]) -> None:
        try:
            self.events.append((asked, ask()))
        except ProbeUnavailable as why:
            self.events.append((asked, why))


class _ReplayTarget:
    """A target of some edition that answers from a tape, and asks the real target where the tape ends."""

    def __init__(self, tape: _Recording, edition: Edition) -> None:
        self.edition = edition
        self.credentials = tape.target.credentials
        self.tokens = tape.target.tokens
        self.healthy_provider_id = tape.target.healthy_provider_id
        self._tape = tape
        self._at = 0

    def send(self, request: Request, /) -> Response:
        answer: Response = self._next(("send", request), lambda: self._tape.send(request))
        return answer

    def drive_call(self, call_id: str, event: str, /) -> bool:
        return bool(self._next(("steer", (call_id, event)), lambda: self._tape.target.drive_call(call_id, event)))

    def advance(self, seconds: float, /) -> bool:
        return bool(self._next(("wait", seconds), lambda: self._tape.target.advance(seconds)))

    def set_rate_limits(self, enabled: bool, /) -> bool:
        return bool(self._next(("limit", enabled), lambda: self._tape.target.set_rate_limits(enabled)))

    def _next(self, asked: tuple[str, object], ask: Callable[[], Any]) -> Any:
        if self._at == len(self._tape.events):
            self._tape.record(asked, ask)
        recorded, answer = self._tape.events[self._at]
        self._at += 1
        if recorded != asked:
            raise ProbeUnavailable("in this edition its probe asks otherwise, and nothing is sent twice")
        if isinstance(answer, ProbeUnavailable):
            raise answer
        return answer
