"""What was done to fakes, counted: sums over tests, over processes, and each rule with how it was met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..core import FakeVoipbin
    from .journal import RuleCounts


@dataclass
class SessionTotals:
    """What was counted: sums up over tests, and over the workers of pytest-xdist."""

    tests: int = 0
    requests: int = 0
    calls: int = 0
    editions: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    client_warnings: Counter[str] = field(default_factory=Counter)
    blocked: list[str] = field(default_factory=list)

    def add_fake(self, fake: FakeVoipbin) -> RuleCounts:
        """Count what one test did to its fake; gives how often it met each rule."""
        from .journal import RuleCounts

        coverage = RuleCounts.of(fake.requests)
        self.tests += 1
        self.requests += len(fake.requests)
        self.calls += len(fake.placed())
        self.editions[fake.edition.name] += 1
        self.passed += coverage.passed
        self.refused += coverage.refused
        self.client_warnings.update(advice for entry in fake.requests for advice in entry.warnings)
        return coverage

    def add(self, other: Mapping[str, Any]) -> None:
        """Count what another process has counted."""
        self.tests += other["tests"]
        self.requests += other["requests"]
        self.calls += other["calls"]
        for name in ("editions", "passed", "refused", "advice"):
            getattr(self, name).update(other[name])
        self.blocked += other["blocked"]

    def met(self, id: str) -> str:
        """How a rule was met: never, passed, refused or both."""
        return coverage_of(self.passed[id], self.refused[id])


def coverage_of(passed: int, refused: int) -> str:
    """How a rule was met that was passed and has refused so often: never, passed, refused or both."""
    if passed:
        return "both" if refused else "passed"
    return "refused" if refused else "never"


def report(tally: SessionTotals) -> dict[str, Any]:
    """A tally as JSON's data: the counts, and for each rule how often it was passed and refused."""
    from ...contracts.rules import RULES

    return {
        "tests": tally.tests,
        "requests": tally.requests,
        "calls_placed": tally.calls,
        "rules": {
            id: {
                "statement": rule.statement,
                "source": rule.source,
                "passed": tally.passed[id],
                "refused": tally.refused[id],
                "met": tally.met(id),
            }
            for id, rule in RULES.items()
        },
        "advice": dict(sorted(tally.client_warnings.items())),
        "blocked": tally.blocked,
    }
