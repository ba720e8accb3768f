"""What `providercalls check` found out, or would ask, as text and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..contracts.checker.check_report import CheckReport, Verdict
from ..contracts.checker.edition_comparison import Comparison
from ..contracts.checker.remote_target import TIERS
from ..contracts.http import Request, Response
from ..contracts.rule import Rule
from .dry_run import DryRun

_OUTCOMES = ("kept", "broken", "not answerable", "not asked")
_HOW = {"INERT": "--allow inert", "REFUSED": "--rule ID --max-calls N", "BILLABLE": "--rule ID --max-calls N"}


@dataclass(frozen=True, slots=True)
class CheckOutput:
    """A comparison with what could not be asked, judged by one edition."""

    url: str
    edition: str
    """The edition by which the server is judged."""
    comparison: Comparison

    @classmethod
    def of(cls, url: str, found: Comparison, hindered: Mapping[Rule, str], edition: str | None) -> CheckOutput:
        """`hindered` says of each rule that was not tried why; `edition` is the judge, or None for the nearest."""
        more = [Verdict(rule, None, why) for rule, why in hindered.items()]
        reports = {
            name: CheckReport(name, tuple(sorted([*report.verdicts, *more], key=lambda one: one.rule.id)))
            for name, report in found.reports.items()
        }
        return cls(url, edition or found.closest_editions[-1], Comparison(reports, found.exchanges))

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return self.comparison.reports[self.edition].verdicts

    @property
    def answered(self) -> bool:
        return any(one.kept is not None for one in self.verdicts)

    @property
    def broken(self) -> list[Verdict]:
        return self.comparison.reports[self.edition].broken

    # as text

    def lines(self) -> Iterator[str]:
        """The report for people."""
        counts = Counter(one.outcome for one in self.verdicts)
        numbers = ", ".join(f"{counts[outcome]} {outcome}" for outcome in _OUTCOMES)
        yield f"{self.url}, judged as {self.edition}: {numbers}"
        for outcome in _OUTCOMES[:-1]:
            for one in self.verdicts:
                if one.outcome == outcome:
                    yield from self._told(one)
        yield from self._not_asked()
        yield ""
        yield from self._drift()
        yield self.conclusion()

    def _told(self, one: Verdict) -> Iterator[str]:
        if one.outcome == "broken":
            yield f"broken          {one.rule.id}  {one.rule.statement} [{one.rule.source}]"
            yield f"                  {one.reason}"
            yield from (f"                  {_shown(*exchange)}" for exchange in self._exchanges(one))
        else:
            why = f" ({one.reason})" if one.reason else ""
            yield f"{one.outcome:<14}  {one.rule.id}  {one.rule.statement}{why}"

    def _not_asked(self) -> Iterator[str]:
        levels = Counter(one.rule.safety.name for one in self.verdicts if not one.ran)
        for level, how in _HOW.items():
            if levels[level]:
                yield f"{'not asked':<14}  {levels[level]} rules, which are {level} ({how})"

    def _drift(self) -> Iterator[str]:
        for name, report in self.comparison.reports.items():
            ids = " ".join(one.rule.id for one in report.broken)
            yield f"apart from {name}: {ids or 'in nothing that was asked'}"

    def conclusion(self) -> str:
        """Which edition the server is, in a sentence."""
        nearest = self.comparison.closest_editions
        ids = [one.rule.id for one in self.comparison.reports[nearest[-1]].broken]
        said = f"this server is {' or '.join(nearest)}"
        if len(nearest) > 1:
            said += ", which the rules that were asked do not tell apart"
        return f"{said}, but for {', '.join(ids)}" if ids else said

    def _exchanges(self, one: Verdict) -> tuple[tuple[Request, Response], ...]:
        return self.comparison.exchanges.get(one.rule.id, ())

    # as JSON

    def as_json(self) -> str:
        """The report for programs."""
        report = {
            "url": self.url,
            "judged_as": self.edition,
            "nearest": list(self.comparison.closest_editions),
            "conclusion": self.conclusion(),
            "apart": {name: [one.rule.id for one in report.broken] for name, report in self.comparison.reports.items()},
            "rules": [self._described(one) for one in self.verdicts],
        }
        return json.dumps(report, indent=2)

    def _described(self, one: Verdict) -> dict[str, Any]:
        return {
            "id": one.rule.id,
            "statement": one.rule.statement,
            "source": one.rule.source,
            "safety": one.rule.safety.name,
            "outcome": one.outcome,
            "why": one.reason,
            "asked": [_shown(*exchange) for exchange in self._exchanges(one)],
        }


def _shown(request: Request, response: Response) -> str:
    return f"{request.method} {request.target.partition('?')[0]} -> {response.status}"


def format_dry_run(url: str, tokens: Iterable[str], rehearsals: Mapping[Rule, DryRun]) -> Iterator[str]:
    """What would be sent to a server, for people: every request of every rule that would be run."""
    count = sum(len(one.requests) for one in rehearsals.values() if not one.blocked_reason)
    calls = sum(one.calls for one in rehearsals.values() if not one.blocked_reason)
    yield f"to {url}, {count} requests, which may place {calls} calls at the worst"
    yield "This is what a server that keeps the rules would be sent. Ids, times and user names are those that the fake"
    yield "gave out; a server that answers otherwise may be sent less, and longer lists are read to their end."
    yield from (f"GET /v1.0/me, as {role}: whose token it is" for role in tokens if role in TIERS)
    for rule, one in rehearsals.items():
        yield ""
        yield f"{rule.id} {rule.safety.name}  {rule.statement}"
        if one.blocked_reason:
            yield f"  would not be asked: {one.blocked_reason}"
            continue
        for request in one.requests:
            yield f"  {request.method} {request.url}, as {request.principal or 'nobody'}"
            if request.request_body:
                yield f"    {request.request_body.decode(errors='replace')}"
