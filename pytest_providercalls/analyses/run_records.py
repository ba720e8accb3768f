"""Which test met which rule, and how it ended: on the controller of pytest-xdist, too."""

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
    """One test with its fake: how it ended, and how often it passed each rule and was refused by it.

    `apart` is the test's id without its edition: the same for one test in several editions. `seconds` are those of
    its phases, setup, call and teardown.
    """

    edition: str = ""
    base_nodeid: str = ""
    outcome: str = "passed"
    seconds: dict[str, float] = field(default_factory=dict)
    passed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


class RunRecords:
    """The tests that had a fake, by their ids."""

    def __init__(self) -> None:
        self.tests: dict[str, RunRecord] = {}
        self._under_way: dict[str, RunRecord] = {}

    def attach(self, report: pytest.TestReport, item: pytest.Item, fake: FakeVoipbin, coverage: RuleCounts) -> None:
        """Put on a test's last report how it met the rules. Plain types: pytest-xdist takes them to the controller."""
        met = {
            "edition": fake.edition.name,
            "base_nodeid": _apart(item),
            "passed": dict(coverage.passed),
            "refused": dict(coverage.refused),
        }
        setattr(report, _ATTRIBUTE, met)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        meeting = self._under_way.setdefault(report.nodeid, RunRecord())
        meeting.seconds[report.when] = report.duration
        outcome = _outcome(report)
        if outcome != "passed":
            meeting.outcome = outcome
        if report.when == "teardown":
            del self._under_way[report.nodeid]
            self._keep(report, meeting)

    def _keep(self, report: pytest.TestReport, meeting: RunRecord) -> None:
        met: dict[str, Any] | None = getattr(report, _ATTRIBUTE, None)
        if met is not None:
            meeting.edition, meeting.base_nodeid = met["edition"], met["base_nodeid"]
            meeting.passed.update(met["passed"])
            meeting.refused.update(met["refused"])
            self.tests[report.nodeid] = meeting

    def for_rule(self, rule: str) -> dict[str, RunRecord]:
        """The tests that met a rule, by their ids."""
        return {id: one for id, one in self.tests.items() if one.passed[rule] or one.refused[rule]}


def _outcome(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "xpassed" if report.passed else "xfailed"
    return report.outcome


def _apart(item: Any) -> str:
    """A test's id without its edition, where it is one of several."""
    edition = edition_of(item)
    if edition is None:
        return str(item.nodeid)
    parameters = item.callspec.id
    others = f"-{parameters}-".replace(f"-{edition}-", "-", 1).strip("-")
    name = item.name.removesuffix(f"[{parameters}]")
    return str(item.nodeid).replace(item.name, f"{name}[{others}]" if others else name)
