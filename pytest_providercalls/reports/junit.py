"""Properties in pytest's JUnit file: totals on the suite, covered rules on each test."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import pytest

from .contract_coverage import COVERAGE_STATES, ContractCoverage

if TYPE_CHECKING:
    from ..fake_server.session_totals import SessionTotals
    from ..fake_server.world.journal import RuleCounts


def test_properties(counts: RuleCounts) -> list[tuple[str, object]]:
    """Return the properties of one test."""
    both = {"passed": counts.passed, "refused": counts.refused}
    return [(f"providercalls_{state}", " ".join(sorted(rules))) for state, rules in both.items() if rules]


def record_totals(config: pytest.Config, totals: SessionTotals, resources: Collection[str] = ()) -> None:
    """Add the totals to the suite."""
    # pytest's fixture `record_testsuite_property` calls the same method; there is no public function for plugins.
    for plugin in config.pluginmanager.get_plugins():
        record = getattr(plugin, "add_global_property", None)
        if record is not None:
            for name, value in _suite_properties(totals, resources).items():
                record(f"providercalls_{name}", value)


def _suite_properties(totals: SessionTotals, resources: Collection[str]) -> dict[str, object]:
    coverage = ContractCoverage.from_totals(totals, resources)
    rules = {f"rules_{state}": len(coverage.ids(state)) for state in COVERAGE_STATES}
    return {
        "requests": totals.requests,
        "calls_placed": totals.calls,
        "attempts_blocked": len(totals.blocked),
        "rules_covered": coverage.covered,
        **rules,
        "rules_covered_percent": f"{coverage.percent:.1f}",
    }
