"""The report as JSON's data: of which the page, too, is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..fake_server.world.session_totals import report
from .contract_coverage import ContractCoverage

if TYPE_CHECKING:
    from ..analyses.run_records import RunRecord, RunRecords
    from ..fake_server.world.session_totals import SessionTotals
    from .reporting_plugin import SessionAnalysis


def report_data(
    tally: SessionTotals, meetings: RunRecords, guard: list[str], studies: Iterable[SessionAnalysis]
) -> dict[str, Any]:
    """What a session did: the sums, each rule with its answers and the tests that met it, each test."""
    from ..cli.rules import described
    from ..contracts.rules import RULES

    coverage = ContractCoverage.of(tally)
    data = report(tally)
    for group, rules in coverage.groups.items():
        for id in rules:
            tests = _met_by(meetings.for_rule(id), id)
            data["rules"][id] |= {
                "group": group,
                "unseen": id in coverage.untested_refusals,
                **described(RULES[id]),
                "tests": tests,
            }
    by_id = {id: {"edition": one.edition, "outcome": one.outcome} for id, one in sorted(meetings.tests.items())}
    data |= {"coverage": coverage.data(), "tests_by_id": by_id, "guard": guard}
    return data | {study.name: study.to_dict() for study in studies}


def _met_by(tests: Mapping[str, RunRecord], rule: str) -> list[dict[str, Any]]:
    return [{"test": id, "passed": one.passed[rule], "refused": one.refused[rule]} for id, one in sorted(tests.items())]
