"""Redaction of credentials in pytest's own failure reports: tracebacks, local variables and captured logs."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import pytest

from ..guard.guard_plugin import attempts_in, exception_of

_OUR_FIXTURES: Final = ("voipbin", "_providercalls")


class RedactionPlugin:
    """Redacts credentials in the reports of tests that use our fixtures or that the guard has blocked.

    Text that a test prints itself is left unchanged.
    """

    # The outermost wrappers, so that everything other plugins add is already in the report.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        fixtures = getattr(item, "fixturenames", ())
        blocked = call.excinfo is not None and any(attempts_in(call.excinfo.value))
        if blocked or any(name.startswith(_OUR_FIXTURES) for name in fixtures):
            _redact_report(report)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if any(attempts_in(exception_of(report))):
            _redact_report(report)
        return report


def _redact_report(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.longrepr:
        report.longrepr = _redacted(report.longrepr)
    report.sections = [
        (name, _redacted(text) if name.startswith("Captured log") else text) for name, text in report.sections
    ]


def _redacted(part: Any) -> Any:
    """Redact a part of a report: a string, a sequence of parts, or an object that renders itself on a terminal."""
    from ..contracts.redaction import redact_text

    if isinstance(part, str):
        return redact_text(part)
    if isinstance(part, tuple) and len(part) == 2 and all(isinstance(text, str) for text in part):
        # A function argument: its name tells whether the value is a credential.
        name, value = part
        return name, redact_text(f"{name} = {value}").removeprefix(f"{name} = ")
    if isinstance(part, (list, tuple)):
        return type(part)(map(_redacted, part))
    if hasattr(part, "toterminal"):
        for name, value in vars(part).items():
            setattr(part, name, _redacted(value))
    return part
