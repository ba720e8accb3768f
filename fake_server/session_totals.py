"""Totals over the fakes of a session, summed over tests and processes, and the coverage of each rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from ..contracts.light_imports import dataclass

if TYPE_CHECKING:
    from .core import FakeVoipbin


@dataclass()
class SessionTotals:
    """Counters, summed over tests and over the workers of pytest-xdist."""

    tests: int = 0
    requests: int = 0
    calls: int = 0
    editions: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    client_warnings: Counter[str] = field(default_factory=Counter)
    deployed_differences: Counter[str] = field(default_factory=Counter)
    """The responses that the deployed servers would have given differently, each with both responses."""
    blocked: list[str] = field(default_factory=list)

    def add_fake(self, fake: FakeVoipbin) -> None:
        """Add the requests of one test's fake."""
        self.tests += 1
        self.editions[fake.edition.name] += 1
        self.add_run(fake)

    def add_run(self, fake: FakeVoipbin, requests: int = 0, calls: int = 0) -> None:
        """Add all but the first requests and calls of a fake."""
        from .calls.new_calls import count_calls
        from .world.journal import RuleCounts

        added = fake.requests[requests:]
        self.requests += len(added)
        self.calls += count_calls(fake.state) - calls
        RuleCounts(self.passed, self.refused).add(added)
        warnings = [warning for entry in added for warning in entry.warnings]
        if warnings:
            from ..contracts.redaction import redact_values

            self.client_warnings.update(map(redact_values, warnings))

    def add(self, other: Mapping[str, Any]) -> None:
        """Add the totals of another process."""
        self.tests += other["tests"]
        self.requests += other["requests"]
        self.calls += other["calls"]
        for name in ("editions", "passed", "refused", "client_warnings", "deployed_differences"):
            getattr(self, name).update(other[name])
        self.blocked += other["blocked"]

    def coverage(self, id: str) -> str:
        """Return the coverage of a rule: uncovered, passed, refused or both."""
        return coverage_of(self.passed[id], self.refused[id])


def coverage_of(passed: int, refused: int) -> str:
    """Return the coverage of a rule with these counts: uncovered, passed, refused or both."""
    if passed:
        return "both" if refused else "passed"
    return "refused" if refused else "uncovered"


def report(totals: SessionTotals) -> dict[str, Any]:
    """Return the totals as JSON data, with the counts and the coverage of each rule."""
    from ..contracts.rules import RULES

    return {
        "tests": totals.tests,
        "requests": totals.requests,
        "calls_placed": totals.calls,
        "rules": {
            id: {
                "statement": rule.statement,
                "source": rule.source,
                "passed": totals.passed[id],
                "refused": totals.refused[id],
                "coverage": totals.coverage(id),
            }
            for id, rule in RULES.items()
        },
        "client_warnings": dict(sorted(totals.client_warnings.items())),
        "blocked": totals.blocked,
    }
