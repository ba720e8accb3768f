"""What goes into pytest's JUnit file: the totals on the suite, and on each test the rules that it met."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .contract_coverage import COVERAGE_STATES, ContractCoverage

if TYPE_CHECKING:
    from ..fake_server.world.journal import RuleCounts
    from ..fake_server.world.session_totals import SessionTotals


def test_properties(coverage: RuleCounts) -> list[tuple[str, object]]:
    """The properties of one test."""
    both = {"passed": coverage.passed, "refused": coverage.refused}
    return [(f"providercalls_{how}", " ".join(sorted(rules))) for how, rules in both.items() if rules]


def record_totals(config: pytest.Config, tally: SessionTotals) -> None:
    """Put the totals on the suite."""
    # What pytest's own fixture `record_testsuite_property` calls; it has no other way in.
    for plugin in config.pluginmanager.get_plugins():
        record = getattr(plugin, "add_global_property", None)
        if record is not None:
            for name, value in _totals(tally).items():
                record(f"providercalls_{name}", value)


def _totals(tally: SessionTotals) -> dict[str, object]:
    coverage = ContractCoverage.of(tally)
    rules = {f"rules_{how}": len(coverage.ids(how)) for how in COVERAGE_STATES}
    return {
        "requests": tally.requests,
        "calls_placed": tally.calls,
        "attempts_blocked": len(tally.blocked),
        "rules_met": coverage.covered,
        **rules,
        "rules_met_percent": f"{coverage.percent:.1f}",
    }
