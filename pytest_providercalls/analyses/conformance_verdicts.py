"""The verdicts of the client conformance suites of a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

import pytest

from ..settings import edition_of, settings_of

_ATTRIBUTE: Final = "providercalls_conformance"
VERDICTS: Final = {"passed": "passed", "failed": "failed", "xfailed": "known gap", "skipped": "not run"}
"""The verdict for each outcome of a test."""
_EXPLAINED: Final = ("known gap", "not run")


@dataclass(frozen=True)
class RuleVerdict:
    """Whether a client complies with one rule in one edition; `reason` explains every verdict but `passed`."""

    suite: str
    rule: str
    edition: str
    verdict: str
    reason: str


class ConformanceVerdicts:
    """Collects the verdicts, also on the controller of pytest-xdist."""

    name = "conformance"

    def __init__(self) -> None:
        self.verdicts: list[RuleVerdict] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        suite = _suite_of(item)
        if suite is not None:
            edition = edition_of(item) or settings_of(item).editions[0]
            # Plain types, which pytest-xdist can send.
            parameters: Any = item
            setattr(report, _ATTRIBUTE, [suite, parameters.callspec.params["rule"].id, edition])
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found: list[str] | None = getattr(report, _ATTRIBUTE, None)
        # The setup says something only if it fails.
        if found is not None and (report.when == "call" or report.outcome != "passed"):
            suite, rule, edition = found
            outcome = "xfailed" if hasattr(report, "wasxfail") and report.skipped else report.outcome
            self.verdicts.append(RuleVerdict(suite, rule, edition, VERDICTS[outcome], _reason(report, outcome)))

    def to_dict(self) -> list[dict[str, str]]:
        """Return the verdicts as JSON data."""
        order = sorted(self.verdicts, key=lambda one: (one.suite, one.edition, one.rule))
        return [asdict(one) for one in order]

    def terminal_lines(self, verbose: bool) -> Iterator[str]:
        """Yield the counts of each suite, and the rules that its client breaks."""
        for suite in sorted({one.suite for one in self.verdicts}):
            verdicts = [one for one in self.verdicts if one.suite == suite]
            counts = Counter(one.verdict for one in verdicts)
            shown = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS.values() if counts[verdict]]
            broken = sorted({one.rule for one in verdicts if one.verdict == "failed"})
            yield f"client rules of {suite}: {', '.join(shown)}"
            if broken:
                yield f"  failed: {' '.join(broken)}"
            if verbose:
                yield from (f"  {one.verdict}: {one.reason}" for one in verdicts if one.verdict in _EXPLAINED)

    def failure_reason(self) -> str:
        """Return an empty string: a test that fails already fails the session."""
        return ""


def _suite_of(item: pytest.Item) -> str | None:
    """Return the id of the conformance suite that a test belongs to."""
    # Only the suite's own test has a harness and a rule.
    if "_providercalls_harnesses" not in getattr(item, "fixturenames", ()) or item.parent is None:
        return None
    return item.parent.nodeid if "rule" in getattr(getattr(item, "callspec", None), "params", ()) else None


def _reason(report: pytest.TestReport, outcome: str) -> str:
    if outcome == "xfailed":
        return str(getattr(report, "wasxfail", "")).removeprefix("reason: ")
    if outcome == "skipped" and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return report.longreprtext
