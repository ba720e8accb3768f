"""Session reporting: the transcript below a failed test, the terminal summary, and the report files."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Generator
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from ..guard.guard import Guard
from ..settings import edition_of

if TYPE_CHECKING:
    from ..analyses.run_records import RunRecords
    from ..analyses.session_analysis import SessionAnalysis
    from ..fake_server.core import FakeVoipbin
    from ..fake_server.session_totals import SessionTotals
    from ..fake_server.world.journal import RuleCounts

FAKE: Final[pytest.StashKey[FakeVoipbin]] = pytest.StashKey()
EARLIER_EXAMPLES: Final[pytest.StashKey[SessionTotals]] = pytest.StashKey()
"""Stored on a Hypothesis test: the totals of the examples whose requests its fake has forgotten."""
_PACKAGE: Final = __name__.partition(".")[0]
_FAKE_FIXTURE: Final = f"{_PACKAGE}.fixtures.fake_fixture"
_DIFFERENCES: Final = f"{_PACKAGE}.reports.deployed_differences"
_SHOWN: Final[pytest.StashKey[int]] = pytest.StashKey()
"""The number of requests in the transcript that a report of this run of a test has shown."""
TITLE: Final = "VoIPbin"
_WORKER_OUTPUT: Final = "providercalls_totals"


class CoverageSettings(NamedTuple):
    """The minimum coverage in per cent, and the resources that count; all if there are none."""

    fail_under: float = 0.0
    resources: tuple[str, ...] = ()


_NO_SETTINGS: Final = CoverageSettings()


class ReportingPlugin:
    """Reads the journals of the session's fakes. `records` is None unless a report or an analysis was requested."""

    def __init__(
        self,
        guard: Guard | None,
        records: RunRecords | None = None,
        reports: Collection[Path] = (),
        coverage: CoverageSettings = _NO_SETTINGS,
        analyses: Collection[SessionAnalysis] = (),
        *,
        quiet: bool = False,
    ) -> None:
        self._guard = guard
        self._records = records
        self._reports = reports
        self._coverage = coverage
        self._analyses = analyses
        self._quiet = quiet
        self._runs_tests = False
        self._failure_reasons: list[str] = []
        self._written: list[Path] = []

    @cached_property
    def totals(self) -> SessionTotals:
        """The totals of the session. Created on first use, since most sessions of other suites need none."""
        from ..fake_server.session_totals import SessionTotals

        return SessionTotals()

    @property
    def _has_totals(self) -> bool:
        return "totals" in vars(self)

    # Here, and not in the teardown of the fixture: a test with a forbidden outcome has not passed.
    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        result = yield
        if FAKE in item.stash:
            _module(_FAKE_FIXTURE).check_fake(item)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        fake = item.stash.get(FAKE, None)
        if fake is None:
            return report
        if report.when == "teardown":
            # The session keeps its items until it ends; the fakes need not live that long.
            del item.stash[FAKE]
        # Runs against a mutant do not count towards the session.
        if _module(_FAKE_FIXTURE).BROKEN_RULES not in item.config.stash:
            self._record(report, item, fake)
        return report

    def _record(self, report: pytest.TestReport, item: pytest.Item, fake: FakeVoipbin) -> None:
        key = _module(_FAKE_FIXTURE).CHECKS
        if report.skipped and key in item.stash:
            item.stash[key].completed = False
        # A test that failed for another reason shows its violations here, and not in its teardown.
        if report.failed and key in item.stash and (text := item.stash[key].new_violations()):
            report.sections.append((TITLE, text))
        if report.when == "setup":
            item.stash[_SHOWN] = 0
        # A test that fails in its teardown too shows the transcript again only if it has grown.
        if report.failed and len(fake.requests) > item.stash.get(_SHOWN, 0):
            item.stash[_SHOWN] = len(fake.requests)
            transcript = fake.transcript()
            if not _contains(report.longreprtext, transcript):
                report.sections.append((f"{TITLE} (edition {fake.edition.name})", transcript))
        if report.when == "teardown":
            self._count(report, item, fake)

    def _count(self, report: pytest.TestReport, item: pytest.Item, fake: FakeVoipbin) -> None:
        self.totals.add_fake(fake)
        earlier = item.stash.get(EARLIER_EXAMPLES, None)
        if earlier is not None:
            self.totals.add(vars(earlier))
            del item.stash[EARLIER_EXAMPLES]
        # A test that runs in several editions already sees the difference.
        if edition_of(item) is None:
            self.totals.deployed_differences.update(_module(_DIFFERENCES).deployed_differences(fake))
        is_in_junit = bool(item.config.getoption("xmlpath", None))
        if self._records is not None or is_in_junit:
            counts = _rule_counts(fake, earlier)
            if self._records is not None:
                self._records.attach(report, item, fake, counts)
            if is_in_junit:
                from .junit import test_properties

                report.user_properties += test_properties(counts)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        # --setup-plan, --collect-only and --fixtures run no tests: there is nothing to measure or to report.
        option = session.config.option
        self._runs_tests = not (option.collectonly or getattr(option, "setuponly", False))

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        for attempt in self._attempts():
            self.totals.blocked.append(f"{attempt.target} from {attempt.where}, {attempt.during}")
        output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            # pytest-xdist's channel accepts plain types only.
            output[_WORKER_OUTPUT] = self._has_totals and {
                name: dict(value) if isinstance(value, Counter) else value for name, value in vars(self.totals).items()
            }
        elif self._runs_tests:
            self._conclude(session)
        return (yield)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        totals = getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT)
        if totals:
            self.totals.add(totals)

    def _conclude(self, session: pytest.Session) -> None:
        """Write the reports and decide whether the session fails."""
        unwritten = self._write(session.config.rootpath.name)
        reasons = (self._coverage_failure(), *(one.failure_reason() for one in self._analyses), *unwritten.values())
        self._failure_reasons = [reason for reason in reasons if reason]
        self._written = [path for path in self._reports if path not in unwritten]
        if self._failure_reasons and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if session.config.getoption("xmlpath", None):
            from .junit import record_totals

            record_totals(session.config, self.totals, self._coverage.resources)

    def _write(self, suite: str) -> dict[Path, str]:
        """Write the reports; return an error message for each file that failed."""
        if not self._reports or self._records is None:
            return {}
        from .data import report_data
        from .files import write

        layers = self._guard.layers() if self._guard else []
        data = report_data(self.totals, self._records, layers, self._analyses, self._coverage.resources)
        return write(self._reports, data, suite)

    def _coverage_failure(self) -> str:
        if not self._coverage.fail_under:
            return ""
        from .contract_coverage import ContractCoverage

        coverage = ContractCoverage.from_totals(self.totals, self._coverage.resources)
        return coverage.failure_reason(self._coverage.fail_under)

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        lines = self._summary_lines(config.get_verbosity() > 0) if self._runs_tests else []
        if not (lines or self._failure_reasons):
            return
        from ..contracts.visible_text import visible, visible_line

        terminalreporter.section(TITLE)
        for line in lines:
            terminalreporter.write_line(visible_line(line))
        for reason in self._failure_reasons:
            terminalreporter.write_line(visible(f"FAILED: {reason}"), red=True, bold=True)

    def _summary_lines(self, verbose: bool) -> list[str]:
        """Return the summary of the session, the results of the analyses, and the files that were written."""
        lines: list[str] = []
        if self._has_totals and (self.totals.blocked if self._quiet else self.totals.tests or self.totals.blocked):
            lines = summary(self.totals, verbose, self._coverage.resources, quiet=self._quiet)
        for analysis in self._analyses:
            lines += analysis.terminal_lines(verbose)
        return lines + [f"report written to {path}" for path in self._written]

    def _attempts(self) -> list[Any]:
        return [] if self._guard is None else list(self._guard.attempts)


def _module(name: str) -> Any:
    # An import inside of a function takes each test a while, even if it finds the module.
    return sys.modules.get(name) or import_module(name)


def _rule_counts(fake: FakeVoipbin, earlier: SessionTotals | None) -> RuleCounts:
    """Return how often a test exercised each rule, in the examples that its fake has forgotten, too."""
    from ..fake_server.world.journal import RuleCounts

    counts = RuleCounts.of(fake.requests)
    if earlier is not None:
        counts.passed.update(earlier.passed)
        counts.refused.update(earlier.refused)
    return counts


def _contains(failure: str, transcript: str) -> bool:
    """Return whether a failure already shows the transcript: the messages of the fake's assertions do."""
    shown = set(map(_unmarked, failure.splitlines()))
    return all(_unmarked(line) in shown for line in transcript.splitlines())


def _unmarked(line: str) -> str:
    """Return a line without its indent, the E with which pytest marks messages, and the bars of exception groups."""
    return line.removeprefix("E ").strip(" |")


def summary(totals: SessionTotals, verbose: bool, resources: Collection[str] = (), *, quiet: bool = False) -> list[str]:
    """Return the terminal summary: placed calls, rule coverage, differences, client warnings and blocked attempts."""
    lines = []
    if totals.tests and not quiet:
        from .contract_coverage import ContractCoverage
        from .deployed_differences import difference_lines

        sent = f"{_plural(totals.tests, 'test')} sent {_plural(totals.requests, 'request')}"
        lines.append(f"fake VoIPbin: {sent} and placed {_plural(totals.calls, 'call')}; no phone rang")
        lines += ContractCoverage.from_totals(totals, resources).terminal_lines(verbose)
        lines += difference_lines(totals)
        lines += [f"client warning ({count}x): {text}" for text, count in sorted(totals.client_warnings.items())]
    lines.append(f"blocked attempts to reach the real VoIPbin: {len(totals.blocked)}")
    return [*lines, *(f"  {attempt}" for attempt in totals.blocked)]


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
