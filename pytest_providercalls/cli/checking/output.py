"""The output of `providercalls check`, as text and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...contracts.checker.check_report import CheckReport, Verdict
from ...contracts.checker.edition_comparison import Comparison
from ...contracts.checker.remote_target import TIERS
from ...contracts.http import Request, Response
from ...contracts.rule import Rule
from .dry_run import DryRun

_OUTCOMES = ("passed", "failed", "inconclusive", "not run")
_WIDTH = max(map(len, _OUTCOMES))
_INDENT = " " * (_WIDTH + 2)
_HOW_TO_RUN = {
    "INERT": "--allow inert",
    "REFUSED": "--rule ID or --allow refused, and --max-calls N",
    "BILLABLE": "--rule ID or --allow billable, and --max-calls N",
}


@dataclass(frozen=True, slots=True)
class CheckOutput:
    """The comparison of a server with the editions, and the rules that could not run."""

    url: str
    edition: str
    """The edition that the server is checked against."""
    comparison: Comparison

    @classmethod
    def create(
        cls,
        url: str,
        comparison: Comparison,
        blocked: Mapping[Rule, str],
        withheld: Mapping[Rule, str],
        edition: str | None,
    ) -> CheckOutput:
        """Add the `blocked` and `withheld` rules with their reasons: those that could not, and may not, run.

        `edition` defaults to the closest one, the newest if several.
        """
        verdicts = [Verdict(rule, None, reason) for rule, reason in blocked.items()]
        verdicts += [Verdict(rule, None, reason, ran=False) for rule, reason in withheld.items()]
        reports = {
            name: CheckReport(name, tuple(sorted([*report.verdicts, *verdicts], key=lambda one: one.rule.id)))
            for name, report in comparison.reports.items()
        }
        return cls(url, edition or comparison.closest_editions[-1], Comparison(reports, comparison.exchanges))

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return self.comparison.reports[self.edition].verdicts

    @property
    def has_results(self) -> bool:
        return any(one.kept is not None for one in self.verdicts)

    @property
    def failed(self) -> list[Verdict]:
        return self.comparison.reports[self.edition].broken

    # as text

    def lines(self) -> Iterator[str]:
        """Yield the report as lines of text."""
        counts = Counter(one.outcome for one in self.verdicts)
        numbers = ", ".join(f"{counts[outcome]} {outcome}" for outcome in _OUTCOMES)
        yield f"{self.url}, checked against {self.edition}: {numbers}"
        for outcome in _OUTCOMES[:-1]:
            for one in self.verdicts:
                if one.outcome == outcome:
                    yield from self._verdict_lines(one)
        yield from self._not_run_lines()
        yield ""
        yield from self._difference_lines()
        yield self.conclusion()

    def _verdict_lines(self, one: Verdict) -> Iterator[str]:
        label = f"{one.outcome:<{_WIDTH}}  {one.rule.id}  {one.rule.statement}"
        if one.outcome == "failed":
            yield f"{label} [{one.rule.source}]"
            yield f"{_INDENT}  {one.reason}"
            yield from (f"{_INDENT}  {_format_exchange(*exchange)}" for exchange in self._exchanges(one))
        else:
            yield f"{label} ({one.reason})" if one.reason else label

    def _not_run_lines(self) -> Iterator[str]:
        not_run = [one for one in self.verdicts if not one.ran]
        yield from (line for one in not_run if one.rule.hazard for line in self._verdict_lines(one))
        levels = Counter(one.rule.safety.name for one in not_run if not one.rule.hazard)
        for level, how in _HOW_TO_RUN.items():
            if levels[level]:
                yield f"{'not run':<{_WIDTH}}  {levels[level]} {level} rules ({how})"

    def _difference_lines(self) -> Iterator[str]:
        for name, report in self.comparison.reports.items():
            ids = " ".join(one.rule.id for one in report.broken)
            yield f"differences from {name}: {ids or 'none'}"

    def conclusion(self) -> str:
        """Return a sentence that names the closest editions and the differences from the newest of them."""
        closest = self.comparison.closest_editions
        ids = [one.rule.id for one in self.comparison.reports[closest[-1]].broken]
        sentence = f"this server matches {' or '.join(closest)}"
        if len(closest) > 1:
            sentence += ", which the rules that ran do not distinguish"
        return f"{sentence}, except for {', '.join(ids)}" if ids else sentence

    def _exchanges(self, one: Verdict) -> tuple[tuple[Request, Response], ...]:
        return self.comparison.exchanges.get(one.rule.id, ())

    # as JSON

    def as_json(self) -> str:
        """Return the report as JSON."""
        report = {
            "url": self.url,
            "edition": self.edition,
            "closest_editions": list(self.comparison.closest_editions),
            "conclusion": self.conclusion(),
            "differences": {
                name: [one.rule.id for one in report.broken] for name, report in self.comparison.reports.items()
            },
            "rules": [self._to_dict(one) for one in self.verdicts],
        }
        return json.dumps(report, indent=2)

    def _to_dict(self, one: Verdict) -> dict[str, Any]:
        return {
            "id": one.rule.id,
            "statement": one.rule.statement,
            "source": one.rule.source,
            "safety": one.rule.safety.name,
            "outcome": one.outcome,
            "reason": one.reason,
            "exchanges": [_format_exchange(*exchange) for exchange in self._exchanges(one)],
        }


def _format_exchange(request: Request, response: Response) -> str:
    return f"{request.method} {request.target.partition('?')[0]} -> {response.status}"


def format_dry_run(url: str, tokens: Iterable[str], dry_runs: Mapping[Rule, DryRun]) -> Iterator[str]:
    """Yield lines of text with every request that each rule would send to a server."""
    runnable = [one for one in dry_runs.values() if not one.blocked_reason]
    count, calls = sum(len(one.requests) for one in runnable), sum(one.calls for one in runnable)
    yield f"to {url}: {count} requests, which may place at most {calls} calls"
    yield "A compliant server receives these requests. Ids, times and user names are examples from the fake. A server"
    yield "with other responses may receive fewer requests; all pages of longer lists are fetched."
    yield from (f"GET /v1.0/me, as {role}: to identify the user of the token" for role in tokens if role in TIERS)
    for rule, one in dry_runs.items():
        yield ""
        yield f"{rule.id} {rule.safety.name}  {rule.statement}"
        if rule.hazard:
            yield f"  warning: {rule.hazard}"
        if one.blocked_reason:
            yield f"  cannot run: {one.blocked_reason}"
            continue
        for request in one.requests:
            yield f"  {request.method} {request.url}, as {request.principal or 'no one'}"
            if request.request_body:
                yield f"    {request.request_body.decode(errors='replace')}"
