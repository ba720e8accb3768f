"""The options on what is recorded and found out, and what they switch on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ..guard.guard import Guard
from ..settings import requested_editions, resolve_editions
from .files import ENDINGS
from .reporting_plugin import ReportingPlugin, SessionAnalysis

if TYPE_CHECKING:
    from ..analyses.run_records import RunRecords


def add_options(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    """The options and ini settings."""
    group.addoption(
        "--providercalls-report",
        metavar="FILE",
        action="append",
        help="Write which rules were met, as .json or as an .html page; may be given twice.",
    )
    group.addoption(
        "--providercalls-fail-under",
        metavar="PERCENT",
        help="Fail the session if fewer of all rules were met; wins over the ini setting.",
    )
    group.addoption(
        "--providercalls-mutants",
        nargs="?",
        const="report",
        metavar="strict",
        help="Break each rule that was met, and see whether a test notices; `=strict` fails the session if none does.",
    )
    group.addoption(
        "--providercalls-mutants-seconds", metavar="N", default="60", help="How long that may take (default 60)."
    )
    group.addoption(
        "--providercalls-editions",
        nargs="?",
        const="all",
        metavar="NAME,...",
        help="Run every test in all editions, or in these, and say which tests depend on the edition.",
    )
    parser.addini("providercalls_report", "See --providercalls-report; one a line.", "linelist", default=[])
    parser.addini("providercalls_fail_under", "See --providercalls-fail-under.", default="0")


def configure(config: pytest.Config, guard: Guard | None) -> None:
    """Register what records the session, as the options ask."""
    reports = _reports(config)
    meetings, studies = None, list[SessionAnalysis]()
    if reports or config.getoption("providercalls_mutants") is not None or requested_editions(config):
        # Here, since few sessions ask for it.
        from ..analyses.run_records import RunRecords

        meetings = RunRecords()
        studies += _studies(config, meetings)
        config.pluginmanager.register(meetings, "providercalls-meetings")
    recording = ReportingPlugin(guard, meetings, reports, _fail_under(config), studies)
    config.pluginmanager.register(recording, "providercalls-recording")


def _studies(config: pytest.Config, meetings: RunRecords) -> Iterator[SessionAnalysis]:
    mutants = config.getoption("providercalls_mutants")
    if mutants is not None:
        from ..analyses.mutation_testing import Mutants

        if mutants not in ("report", "strict"):
            raise pytest.UsageError(
                f"--providercalls-mutants takes nothing or `=strict`, not {mutants!r}; put it behind the paths of tests"
            )
        study = Mutants(meetings, _mutants_seconds(config), mutants == "strict")
        config.pluginmanager.register(study, "providercalls-mutants")
        yield study

    if config.getoption("providercalls_editions") is not None:
        from ..analyses.edition_sensitivity import Sensitivity

        yield Sensitivity(meetings, _several(requested_editions(config)))


def _several(names: list[str]) -> tuple[str, ...]:
    try:
        editions = resolve_editions(names or "")
    except ValueError as error:
        raise pytest.UsageError(f"--providercalls-editions: {error}; put it behind the paths of tests") from None
    if len(editions) < 2:
        raise pytest.UsageError(
            f"--providercalls-editions names {editions[0]} only, and compares two or more; for one there is"
            " --providercalls-edition"
        )
    return editions


def _mutants_seconds(config: pytest.Config) -> float:
    name = "providercalls_mutants_seconds"
    return _number(name, config.getoption(name), math.inf, "a number of seconds")


def _reports(config: pytest.Config) -> list[Path]:
    names = _setting(config, "providercalls_report")
    for name in names:
        if not name.endswith(ENDINGS):
            endings = " or ".join(ENDINGS)
            raise pytest.UsageError(f"providercalls_report is {name!r}; name a file that ends in {endings}")
    return [config.rootpath / name for name in names]


def _fail_under(config: pytest.Config) -> float:
    name = "providercalls_fail_under"
    return _number(name, _setting(config, name), 100, "a percentage from 0 to 100")


def _number(name: str, text: str, most: float, meaning: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= most:
        raise pytest.UsageError(f"{name} is {text!r}; it must be {meaning}")
    return number


def _setting(config: pytest.Config, name: str) -> Any:
    option = config.getoption(name)
    return config.getini(name) if option is None else option
