"""Usage errors of the options for reports and analyses."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pytest_providercalls.analyses.run_records import RunRecords
from pytest_providercalls.reports.reporting_options import _analyses


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"providercalls_mutants": "tests"}, "accepts no value or =strict, not 'tests'"),
        (
            {"providercalls_mutants": "report", "providercalls_mutants_timeout": "-1"},
            "expected a number of seconds, got '-1'",
        ),
        ({"providercalls_editions": "tests"}, "--providercalls-editions: unknown edition 'tests'"),
        ({"providercalls_editions": ""}, "--providercalls-editions: unknown edition ''"),
        (
            {"providercalls_editions": "deployed,server-2026-08"},
            "compares two or more editions, but names only server-2026-08",
        ),
    ],
)
def test_an_invalid_value_is_a_usage_error(options: dict[str, str], message: str) -> None:
    config: Any = SimpleNamespace(getoption=lambda name: options.get(name))
    with pytest.raises(pytest.UsageError, match=message):
        list(_analyses(config, RunRecords()))
