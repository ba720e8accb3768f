"""The report as JSON data; the HTML page is built from the same data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..fake_server.session_totals import report
from .contract_coverage import ContractCoverage
from .rule_data import rule_to_dict

if TYPE_CHECKING:
    from ..analyses.run_records import RunRecord, RunRecords
    from ..analyses.session_analysis import SessionAnalysis
    from ..fake_server.session_totals import SessionTotals


def report_data(
    totals: SessionTotals,
    records: RunRecords,
    guard_layers: list[str],
    analyses: Iterable[SessionAnalysis],
    resources: Collection[str] = (),
) -> dict[str, Any]:
    """Return the totals, each rule with its answers and the tests that covered it, each test, and the analyses.

    `resources` are those whose coverage counts, all if empty.
    """
    from ..contracts.rules import RULES

    coverage = ContractCoverage.from_totals(totals)
    data = report(totals) | {"deployed_differences": dict(sorted(totals.deployed_differences.items()))}
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
    counted = ContractCoverage.from_totals(totals, resources)
    data |= {"coverage": counted.to_dict(), "tests_by_id": by_id, "outcomes": outcomes, "guard": guard_layers}
    return data | {analysis.name: analysis.to_dict() for analysis in analyses}


def _covered_by(tests: Mapping[str, RunRecord], rule: str) -> list[dict[str, Any]]:
    return [{"test": id, "passed": one.passed[rule], "refused": one.refused[rule]} for id, one in sorted(tests.items())]
