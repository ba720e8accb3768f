"""The report as JSON data; the HTML page is built from the same data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..fake_server.session_totals import report
from .contract_coverage import ContractCoverage
from .rule_data import rule_to_dict

if TYPE_CHECKING:
    from ..analyses.run_records import RunRecord, RunRecords
    from ..analyses.session_analysis import SessionAnalysis
    from ..fake_server.session_totals import SessionTotals


def report_data(
    totals: SessionTotals, records: RunRecords, guard_layers: list[str], analyses: Iterable[SessionAnalysis]
) -> dict[str, Any]:
    """Return the totals, each rule with its answers and the tests that covered it, each test, and the analyses."""
    from ..contracts.rules import RULES

    coverage = ContractCoverage.from_totals(totals)
    data = report(totals)
    for group, rules in coverage.groups.items():
        for id in rules:
            data["rules"][id] |= {
                "group": group,
                "untested_refusal": id in coverage.untested_refusals,
                **rule_to_dict(RULES[id]),
                "tests": _covered_by(records.for_rule(id), id),
            }
    by_id = {id: {"edition": one.edition, "outcome": one.outcome} for id, one in sorted(records.tests.items())}
    outcomes = Counter(one.outcome for one in records.tests.values())
    data |= {"coverage": coverage.to_dict(), "tests_by_id": by_id, "outcomes": outcomes, "guard": guard_layers}
    return data | {analysis.name: analysis.to_dict() for analysis in analyses}


def _covered_by(tests: Mapping[str, RunRecord], rule: str) -> list[dict[str, Any]]:
    return [{"test": id, "passed": one.passed[rule], "refused": one.refused[rule]} for id, one in sorted(tests.items())]
