"""What was done to fakes, counted: sums over tests, over processes, and each rule with how it was met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core import FakeVoipbin


@dataclass
class Tally:
    """What was counted: sums up over tests, and over the workers of pytest-xdist."""

    tests: int = 0
    requests: int = 0
    calls: int = 0
    passed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    advice: Counter[str] = field(default_factory=Counter)
    blocked: list[str] = field(default_factory=list)

    def add_fake(self, fake: FakeVoipbin) -> None:
        """Count what one test did to its fake."""
        from .journal import Coverage

        coverage = Coverage.of(fake.requests)
        self.tests += 1
        self.requests += len(fake.requests)
        self.calls += len(fake.placed())
        self.passed += coverage.passed
        self.refused += coverage.refused
        self.advice.update(advice for entry in fake.requests for advice in entry.advice)

    def add(self, other: Mapping[str, Any]) -> None:
        """Count what another process has counted."""
        self.tests += other["tests"]
        self.requests += other["requests"]
        self.calls += other["calls"]
        for name in ("passed", "refused", "advice"):
            getattr(self, name).update(other[name])
        self.blocked += other["blocked"]

    def met(self, id: str) -> str:
        """How a rule was met: never, passed, refused or both."""
        return {
            (False, False): "never",
            (True, False): "passed",
            (False, True): "refused",
            (True, True): "both",
        }[self.passed[id] > 0, self.refused[id] > 0]


def report(tally: Tally) -> dict[str, Any]:
    """A tally as JSON's data: the counts, and for each rule how often it was passed and refused."""
    from ..contracts.rules import RULES

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
        "advice": dict(sorted(tally.advice.items())),
        "blocked": tally.blocked,
    }
