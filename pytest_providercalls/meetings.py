"""Which test met which rule, and how it ended: on the controller of pytest-xdist, too."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pytest

from .settings import edition_of

if TYPE_CHECKING:
    from .fake_server.core import FakeVoipbin
    from .fake_server.journal import Coverage

_ATTRIBUTE: Final = "providercalls"


@dataclass(slots=True)
class Meeting:
    """One test with its fake: how it ended, and how often it passed each rule and was refused by it.

    `apart` is the test's id without its edition: the same for one test in several editions. `seconds` are those of
    its phases, setup, call and teardown.
    """

    edition: str = ""
    apart: str = ""
    outcome: str = "passed"
    seconds: dict[str, float] = field(default_factory=dict)
    passed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


class Meetings:
    """The tests that had a fake, by their ids."""

    def __init__(self) -> None:
        self.tests: dict[str, Meeting] = {}
        self._under_way: dict[str, Meeting] = {}

    def attach(self, report: pytest.TestReport, item: pytest.Item, fake: FakeVoipbin, coverage: Coverage) -> None:
        """Put on a test's last report how it met the rules. Plain types: pytest-xdist takes them to the controller."""
        met = {
            "edition": fake.edition.name,
            "apart": _apart(item),
            "passed": dict(coverage.passed),
            "refused": dict(coverage.refused),
        }
        setattr(report, _ATTRIBUTE, met)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        meeting = self._under_way.setdefault(report.nodeid, Meeting())
        meeting.seconds[report.when] = report.duration
        outcome = _outcome(report)
        if outcome != "passed":
            meeting.outcome = outcome
        if report.when == "teardown":
            del self._under_way[report.nodeid]
            self._keep(report, meeting)

    def _keep(self, report: pytest.TestReport, meeting: Meeting) -> None:
        met: dict[str, Any] | None = getattr(report, _ATTRIBUTE, None)
        if met is not None:
            meeting.edition, meeting.apart = met["edition"], met["apart"]
            meeting.passed.update(met["passed"])
            meeting.refused.update(met["refused"])
            self.tests[report.nodeid] = meeting

    def of(self, rule: str) -> dict[str, Meeting]:
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
