"""The report as JSON's data: of which the page, too, is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .coverage import ContractCoverage
from .fake_server.tally import report

if TYPE_CHECKING:
    from .fake_server.tally import Tally
    from .meetings import Meeting, Meetings
    from .recording import Study


def report_data(tally: Tally, meetings: Meetings, guard: list[str], studies: Iterable[Study]) -> dict[str, Any]:
    """What a session did: the sums, each rule with its answers and the tests that met it, each test."""
    from .cli.rules import described
    from .contracts.rules import RULES

    coverage = ContractCoverage.of(tally)
    data = report(tally)
    for group, rules in coverage.groups.items():
        for id in rules:
            tests = _met_by(meetings.of(id), id)
            data["rules"][id] |= {
                "group": group,
                "unseen": id in coverage.unseen,
                **described(RULES[id]),
                "tests": tests,
            }
    by_id = {id: {"edition": one.edition, "outcome": one.outcome} for id, one in sorted(meetings.tests.items())}
    data |= {"coverage": coverage.data(), "tests_by_id": by_id, "guard": guard}
    return data | {study.name: study.data() for study in studies}


def _met_by(tests: Mapping[str, Meeting], rule: str) -> list[dict[str, Any]]:
    return [{"test": id, "passed": one.passed[rule], "refused": one.refused[rule]} for id, one in sorted(tests.items())]
