"""Redaction of credentials in what pytest shows: failures, captured logs, warnings, log files and the ids of tests."""

from __future__ import annotations

import linecache
import sys
import warnings
from collections.abc import Collection, Generator
from typing import Final

import pytest

from ..guard.guard_plugin import attempts_in, exception_of
from .log_output import redact_handlers

_OUR_FIXTURES: Final = ("\nvoipbin", "\n_providercalls")
"""How the names of our fixtures begin, each in a line of its own."""
_REDACTION: Final = f"{__name__.partition('.')[0]}.contracts.redaction"


class RedactionPlugin:
    """Redacts credentials in the reports of tests that use our fixtures or that the guard has blocked.

    In the reports of other tests it redacts the values that the session knows to be secret. What a test prints itself
    is unchanged.
    """

    def __init__(self) -> None:
        self._is_ours = False
        """Whether the latest report is that of a test that uses our fixtures or that the guard has blocked."""

    # pytest creates its handlers after all plugins have been configured.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        redact_handlers(session.config)

    # The outermost wrappers, so that everything other plugins add is already in the report.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        blocked = call.excinfo is not None and any(attempts_in(call.excinfo.value))
        self._is_ours = blocked or _uses_fake(getattr(item, "fixturenames", ()))
        _redact_report(report, is_ours=self._is_ours)
        return report

    # pytest completes the report of a subtest after it was made: with its description and its logs.
    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self._is_ours and hasattr(report, "context"):
            from .report_parts import redact_subtest

            _redact_report(report, is_ours=True)
            redact_subtest(report.context)

    # Before the JUnit file is written.
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        suites = [getattr(plugin, "global_properties", None) for plugin in session.config.pluginmanager.get_plugins()]
        properties = [one for one in suites if isinstance(one, list) and one]
        if properties and _REDACTION in sys.modules:
            from .report_parts import redact_suite_properties

            redact_suite_properties(properties)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        _redact_report(report, is_ours=any(attempts_in(exception_of(report))))
        return report

    # Before pytest-xdist sends the warning, and before the terminal's plugin formats it.
    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        from .report_parts import redact_lines, redact_source

        text = str(warning_message.message)
        if (redacted := redact_lines(text)) != text:
            # As pytest-xdist does with a warning that it cannot send.
            warning_message.message = redacted
        line = warning_message.line or linecache.getline(warning_message.filename, warning_message.lineno)
        if (redacted := redact_source(line)) != line:
            warning_message.line = redacted

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> Generator[None, object, object]:
        result = yield
        if metafunc._calls and _uses_fake(metafunc.fixturenames):
            from .parameter_ids import redact_ids

            redact_ids(metafunc)
        return result


def _uses_fake(fixtures: Collection[str]) -> bool:
    # Without a loop: this runs for each report of each test.
    names = "\n".join(("", *fixtures))
    return _OUR_FIXTURES[0] in names or _OUR_FIXTURES[1] in names


def _redact_report(report: pytest.TestReport | pytest.CollectReport, *, is_ours: bool) -> None:
    # A session that has not imported the redaction knows no secrets.
    has_properties = bool(getattr(report, "user_properties", ()))
    if not (report.longrepr or report.sections or has_properties) or not (is_ours or _REDACTION in sys.modules):
        return
    from .report_parts import known_values, redact_lines, redact_parts, redact_source

    if is_ours:
        redact_parts(report, redact_lines, redact_source)
    else:
        redact_parts(report, known_values, known_values)
