"""Credentials in pytest's own account of a failure: tracebacks, local variables and captured logs."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import pytest

from ..guard.guard_plugin import attempts_in, exception_of

_OURS: Final = ("voipbin", "_providercalls")


class RedactionPlugin:
    """Hides credentials in the reports of what had to do with VoIPbin: asked for a fixture of ours, or was stopped.

    What a test itself prints stays as it is: nobody else has put it there.
    """

    # The outermost wrappers: whatever others have to say is in the report.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        fixtures = getattr(item, "fixturenames", ())
        stopped = call.excinfo is not None and any(attempts_in(call.excinfo.value))
        if stopped or any(name.startswith(_OURS) for name in fixtures):
            _hide_in(report)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if any(attempts_in(exception_of(report))):
            _hide_in(report)
        return report


def _hide_in(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.longrepr:
        report.longrepr = _hidden(report.longrepr)
    report.sections = [
        (name, _hidden(text) if name.startswith("Captured log") else text) for name, text in report.sections
    ]


def _hidden(told: Any) -> Any:
    """A part of a report without credentials: a text, some parts, or what writes itself on a terminal."""
    from ..contracts.redaction import redact_text

    if isinstance(told, str):
        return redact_text(told)
    if isinstance(told, tuple) and len(told) == 2 and all(isinstance(part, str) for part in told):
        # An argument of a function: what it is can be seen by its name.
        name, value = told
        return name, redact_text(f"{name} = {value}").removeprefix(f"{name} = ")
    if isinstance(told, (list, tuple)):
        return type(told)(map(_hidden, told))
    if hasattr(told, "toterminal"):
        for name, part in vars(told).items():
            setattr(told, name, _hidden(part))
    return told
