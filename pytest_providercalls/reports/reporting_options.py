"""The options for coverage, reports and analyses, and the plugins that they register."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ..guard.guard import Guard
from ..settings import requested_editions, resolve_editions
from .reporting_plugin import CoverageSettings, ReportingPlugin

if TYPE_CHECKING:
    from ..analyses.run_records import RunRecords
    from ..analyses.session_analysis import SessionAnalysis


def add_options(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    """Add the options and ini settings."""
    group.addoption(
        "--providercalls-report",
        metavar="FILE",
        action="append",
        help="Write the contract coverage to a .json or .html file; may be repeated.",
    )
    group.addoption(
        "--providercalls-fail-under",
        metavar="PERCENT",
        help="Fail the session if the rule coverage is lower; overrides the ini setting.",
    )
    group.addoption(
        "--providercalls-resources",
        metavar="NAME,...",
        help="Measure the rule coverage of these resources only; overrides the ini setting.",
    )
    group.addoption(
        "--providercalls-mutants",
        nargs="?",
        const="report",
        metavar="strict",
        help="Break each covered rule in turn and rerun its tests; `=strict` fails the session if a mutant survives.",
    )
    group.addoption(
        "--providercalls-mutants-timeout",
        metavar="SECONDS",
        default="60",
        help="Time limit for --providercalls-mutants (default: 60).",
    )
    group.addoption(
        "--providercalls-editions",
        nargs="?",
        const="all",
        metavar="NAME,...",
        help="Run every test in all editions, or in these, and list the edition-dependent tests.",
    )
    parser.addini("providercalls_report", "See --providercalls-report; one file per line.", "linelist", default=[])
    parser.addini("providercalls_fail_under", "See --providercalls-fail-under.", default="0")
    parser.addini("providercalls_resources", "See --providercalls-resources.", default="")
    parser.addini(
        "providercalls_summary",
        "The summary: `full`, or `quiet` for failures, blocked attempts and requested analyses only, like `-q`.",
        default="full",
    )


def configure(config: pytest.Config, guard: Guard | None) -> None:
    """Register the plugins that the options ask for."""
    reports = _reports(config)
    records: RunRecords | None = None
    analyses: list[SessionAnalysis] = []
    if reports or config.getoption("providercalls_mutants") is not None or requested_editions(config):
        # Imported here, since few sessions need it.
        from ..analyses.run_records import RunRecords

        records = RunRecords()
        analyses += _analyses(config, records)
        config.pluginmanager.register(records, "providercalls-run-records")
    if reports:
        from ..analyses.conformance_verdicts import ConformanceVerdicts

        analyses.append(verdicts := ConformanceVerdicts())
        config.pluginmanager.register(verdicts, "providercalls-conformance-verdicts")
    coverage = CoverageSettings(_fail_under(config), _resources(config))
    reporting = ReportingPlugin(guard, records, reports, coverage, analyses, quiet=_quiet(config))
    config.pluginmanager.register(reporting, "providercalls-reporting")


def _analyses(config: pytest.Config, records: RunRecords) -> Iterator[SessionAnalysis]:
    mutants = config.getoption("providercalls_mutants")
    if mutants is not None:
        from ..analyses.mutation_testing import Mutants

        if mutants not in ("report", "strict"):
            raise pytest.UsageError(
                f"--providercalls-mutants accepts no value or =strict, not {mutants!r}; put the option after the test"
                " paths"
            )
        analysis = Mutants(records, _mutants_timeout(config), mutants == "strict")
        config.pluginmanager.register(analysis, "providercalls-mutants")
        yield analysis

    if config.getoption("providercalls_editions") is not None:
        from ..analyses.edition_sensitivity import Sensitivity

        yield Sensitivity(records, _at_least_two(requested_editions(config)))


def _at_least_two(names: list[str]) -> tuple[str, ...]:
    try:
        editions = resolve_editions(names or "")
    except ValueError as error:
        raise pytest.UsageError(f"--providercalls-editions: {error}; put the option after the test paths") from None
    if len(editions) < 2:
        raise pytest.UsageError(
            f"--providercalls-editions compares two or more editions, but names only {editions[0]}; use"
            " --providercalls-edition for one"
        )
    return editions


def _mutants_timeout(config: pytest.Config) -> float:
    text = config.getoption("providercalls_mutants_timeout")
    return _number("--providercalls-mutants-timeout", text, math.inf, "a number of seconds")


def _reports(config: pytest.Config) -> list[Path]:
    names = _setting(config, "providercalls_report")
    if not names:
        return []
    from .files import ENDINGS

    for name in names:
        if not name.endswith(ENDINGS):
            endings = " or ".join(ENDINGS)
            raise pytest.UsageError(f"providercalls_report: expected a file name ending in {endings}, got {name!r}")
    return [config.rootpath / name for name in names]


def _fail_under(config: pytest.Config) -> float:
    name = "providercalls_fail_under"
    return _number(name, _setting(config, name), 100, "a percentage from 0 to 100")


def _resources(config: pytest.Config) -> tuple[str, ...]:
    setting: str = _setting(config, "providercalls_resources")
    names = tuple(setting.replace(",", " ").split())
    if names:
        # Imported only if needed: start-up must be fast.
        from .contract_coverage import rule_ids_by_group

        known = rule_ids_by_group()
        for name in names:
            if name not in known:
                raise pytest.UsageError(
                    f"providercalls_resources: unknown resource {name!r}; expected one of {', '.join(known)}"
                )
    return names


def _quiet(config: pytest.Config) -> bool:
    setting: str = config.getini("providercalls_summary")
    if setting not in ("full", "quiet"):
        raise pytest.UsageError(f"providercalls_summary: expected `full` or `quiet`, got {setting!r}")
    return setting == "quiet" or config.get_verbosity() < 0


def _number(name: str, text: str, maximum: float, expected: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= maximum:
        raise pytest.UsageError(f"{name}: expected {expected}, got {text!r}")
    return number


def _setting(config: pytest.Config, name: str) -> Any:
    option = config.getoption(name)
    return config.getini(name) if option is None else option
