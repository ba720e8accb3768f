"""Run records: the outcome of each test and the rules it exercised, also on the controller of pytest-xdist."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest

from ..settings import edition_of

if TYPE_CHECKING:
    from ..fake_server.core import FakeVoipbin
    from ..fake_server.world.journal import RuleCounts

_ATTRIBUTE: Final = "providercalls"


@dataclass(slots=True)
class RunRecord:
    """One run of a test with a fake: its outcome, and how often it passed each rule and was refused by it.

    `base_nodeid` is the test's id without its edition, so it is the same for one test in several editions. `seconds`
    has the duration of each phase: setup, call and teardown.
    """

    edition: str = ""
    base_nodeid: str = ""
    outcome: str = "passed"
    seconds: dict[str, float] = field(default_factory=dict)
    passed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


class RunRecords:
    """The records of all tests that had a fake, by test id."""

    def __init__(self) -> None:
        self.tests: dict[str, RunRecord] = {}
        self._unfinished: dict[str, RunRecord] = {}

    def attach(self, report: pytest.TestReport, item: pytest.Item, fake: FakeVoipbin, counts: RuleCounts) -> None:
        """Attach the rule counts to a test's last report, as plain types that pytest-xdist can send."""
        data = {
            "edition": fake.edition.name,
            "base_nodeid": _base_nodeid(item),
            "passed": dict(counts.passed),
            "refused": dict(counts.refused),
        }
        setattr(report, _ATTRIBUTE, data)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        record = self._unfinished.setdefault(report.nodeid, RunRecord())
        record.seconds[report.when] = report.duration
        outcome = _outcome(report)
        if outcome != "passed":
            record.outcome = outcome
        if report.when == "teardown":
            del self._unfinished[report.nodeid]
            self._keep(report, record)

    def _keep(self, report: pytest.TestReport, record: RunRecord) -> None:
        data: dict[str, Any] | None = getattr(report, _ATTRIBUTE, None)
        if data is not None:
            record.edition, record.base_nodeid = data["edition"], data["base_nodeid"]
            record.passed.update(data["passed"])
            record.refused.update(data["refused"])
            self.tests[report.nodeid] = record

    def for_rule(self, rule: str) -> dict[str, RunRecord]:
        """Return the tests that exercised a rule, by id."""
        return {id: one for id, one in self.tests.items() if one.passed[rule] or one.refused[rule]}


def _outcome(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "xpassed" if report.passed else "xfailed"
    return report.outcome


def _base_nodeid(item: Any) -> str:
    """Return the test's id without its edition, if it runs in several."""
    edition = edition_of(item)
    if edition is None:
        return str(item.nodeid)
    parameters = item.callspec.id
    others = f"-{parameters}-".replace(f"-{edition}-", "-", 1).strip("-")
    name = item.name.removesuffix(f"[{parameters}]")
    return str(item.nodeid).replace(item.name, f"{name}[{others}]" if others else name)
