"""What a session did to the fake: the story under a failed test, the summary at the end, the reports in files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest

from ..guard.guard import Guard

if TYPE_CHECKING:
    from ..analyses.run_records import RunRecords
    from ..fake_server.core import FakeVoipbin
    from ..fake_server.world.session_totals import SessionTotals

FAKE: Final[pytest.StashKey[FakeVoipbin]] = pytest.StashKey()
_TITLE: Final = "VoIPbin"
_HANDED_OVER: Final = "providercalls_tally"


class SessionAnalysis(Protocol):
    """What a session finds out beyond its own tests' outcomes."""

    name: str
    """Its key in the report."""

    def to_dict(self) -> dict[str, Any]:
        """What was found, as JSON's data."""

    def terminal_lines(self, verbose: bool) -> Iterator[str]:
        """What was found, for a terminal."""

    def failure_reason(self) -> str:
        """Why the session fails for what was found; nothing if it does not."""


class ReportingPlugin:
    """Reads the journals of the session's fakes. `meetings` is None where nobody asks which test met which rule."""

    def __init__(
        self,
        guard: Guard | None,
        meetings: RunRecords | None = None,
        reports: Collection[Path] = (),
        fail_under: float = 0.0,
        studies: Collection[SessionAnalysis] = (),
    ) -> None:
        self._guard = guard
        self._meetings = meetings
        self._reports = reports
        self._fail_under = fail_under
        self._studies = studies
        self._shortfalls: list[str] = []
        self._written: list[Path] = []

    @cached_property
    def tally(self) -> SessionTotals:
        """What the session did. Most sessions of a suite that is not about calls have none."""
        from ..fake_server.world.session_totals import SessionTotals

        return SessionTotals()

    @property
    def _has_tally(self) -> bool:
        return "tally" in vars(self)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        fake = item.stash.get(FAKE, None)
        if fake is None:
            return report
        if report.when == "teardown":
            # The session keeps its items to the end; their fakes need not be kept.
            del item.stash[FAKE]
        from ..fixtures.fake_fixture import BROKEN_RULES

        # What a fake meets that breaks rules on purpose is not the session's.
        if BROKEN_RULES not in item.config.stash:
            self._record(report, item, fake)
        return report

    def _record(self, report: pytest.TestReport, item: pytest.Item, fake: FakeVoipbin) -> None:
        if report.failed and fake.requests:
            report.sections.append((f"{_TITLE} (edition {fake.edition.name})", fake.transcript()))
        if report.when == "teardown":
            self._count(report, item, fake)

    def _count(self, report: pytest.TestReport, item: pytest.Item, fake: FakeVoipbin) -> None:
        coverage = self.tally.add_fake(fake)
        if self._meetings is not None:
            self._meetings.attach(report, item, fake, coverage)
        if item.config.getoption("xmlpath", None):
            from .junit import test_properties

            report.user_properties += test_properties(coverage)

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        for attempt in self._attempts():
            self.tally.blocked.append(f"{attempt.target} from {attempt.where}, {attempt.during}")
        output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            # Plain types: pytest-xdist's channel takes nothing else.
            output[_HANDED_OVER] = self._has_tally and {
                name: dict(value) if isinstance(value, Counter) else value for name, value in vars(self.tally).items()
            }
        elif not session.config.option.collectonly:
            self._conclude(session)
        return (yield)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        handed_over = getattr(node, "workeroutput", {}).get(_HANDED_OVER)
        if handed_over:
            self.tally.add(handed_over)

    def _conclude(self, session: pytest.Session) -> None:
        """Judge the session, and write what was found where it was asked for."""
        unwritten = self._write(session.config.rootpath.name)
        found = (self._too_few(), *(one.failure_reason() for one in self._studies), *unwritten.values())
        self._shortfalls = [text for text in found if text]
        self._written = [path for path in self._reports if path not in unwritten]
        if self._shortfalls and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if session.config.getoption("xmlpath", None):
            from .junit import record_totals

            record_totals(session.config, self.tally)

    def _write(self, suite: str) -> dict[Path, str]:
        """Write the reports; gives why those are not there that cannot be written."""
        if not self._reports or self._meetings is None:
            return {}
        from .data import report_data
        from .files import write

        layers = self._guard.layers() if self._guard else []
        return write(self._reports, report_data(self.tally, self._meetings, layers, self._studies), suite)

    def _too_few(self) -> str:
        if not self._fail_under:
            return ""
        from .contract_coverage import ContractCoverage

        return ContractCoverage.of(self.tally).shortfall(self._fail_under)

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        did = self._has_tally and (self.tally.tests or self.tally.blocked)
        if config.option.collectonly or not (did or self._shortfalls):
            return
        terminalreporter.section(_TITLE)
        everything = config.get_verbosity() > 0
        for line in summary(self.tally, everything):
            terminalreporter.write_line(line)
        for study in self._studies:
            for line in study.terminal_lines(everything):
                terminalreporter.write_line(line)
        for path in self._written:
            terminalreporter.write_line(f"report written to {path}")
        for text in self._shortfalls:
            terminalreporter.write_line(f"FAILED: {text}", red=True, bold=True)

    def _attempts(self) -> list[Any]:
        return [] if self._guard is None else list(self._guard.attempts)


def summary(tally: SessionTotals, everything: bool) -> list[str]:
    """The lines at the end of a session: what was placed, which rules were met, what was blocked."""
    lines = []
    if tally.tests:
        from .contract_coverage import ContractCoverage

        by = f"by {_counted(tally.requests, 'request')} of {_counted(tally.tests, 'test')}"
        lines.append(f"placed on the fake: {_counted(tally.calls, 'call')}, {by}; no phone rang")
        lines += ContractCoverage.of(tally).lines(everything)
    lines += [f"advice ({count}x): {text}" for text, count in sorted(tally.client_warnings.items())]
    lines.append(f"attempts to reach the real VoIPbin, blocked: {len(tally.blocked)}")
    return [*lines, *(f"  {attempt}" for attempt in tally.blocked)]


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
