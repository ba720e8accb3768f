"""The guard in a pytest session: attributes every attempt to its owner, and fails the owner.

The owner of an attempt is the test or the collection during which it was made, or else the session. The owner fails
even if the exception was swallowed. A test that is rerun fails in every later run too, and the session fails even if
another plugin drops or changes the report. A child process reports to the session that started it. Under pytest-xdist
each worker guards itself, and passes the attempts that no failed test shows to the controller: with its last message,
and later ones through the controller's file for reports.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Generator, Iterable, Iterator
from typing import Any, Final

import pytest

from .attempt import Attempt, GuardedHostError, explain, printable
from .child_processes import ChildGuard
from .child_reports import append
from .guard import Guard

_TITLE: Final = "providercalls guard"
_HANDED_OVER: Final = "providercalls_guard"
_SUCCESS: Final = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
_EARLIER_RUN: Final = "An earlier run of this test attempted a real call, and a rerun does not undo that.\n"


class Run:
    """One run of a test: the number of attempts of earlier runs, and the attempts that its reports have shown."""

    def __init__(self, earlier: int = 0) -> None:
        self.earlier = earlier
        self.reported: list[Attempt] = []


class GuardPlugin:
    """Records the current activity, and fails the owner of each attempt."""

    def __init__(self, guard: Guard, children: ChildGuard) -> None:
        self._guard = guard
        self._children = children
        self._taken = 0
        self._run = Run()
        self._attempts: dict[str, list[Attempt]] = {}
        """The attempts of each test, in all of its runs, by node id."""
        self._failed: set[str] = set()
        """The tests with a report of a failure."""
        self._ownerless: list[str] = []
        self.any_blocked = False
        """Whether an attempt fails the session."""
        self._session: pytest.Session | None = None
        self._reports_of_controller = ""
        """In a worker that has sent its last message: where later attempts are reported."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_HANDED_OVER] = self._guard.reports

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._session = session
        self._guard.during = "outside any test"
        if reports := _reports_of_controller(session.config):
            self._children.remove_with(reports)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        self._disown()
        with self._guard.activity(f"collecting {collector.nodeid or 'the session'}"):
            report = yield
        hidden = _hidden(self._take(), attempts_in(exception_of(report)))
        if hidden and report.failed:
            report.sections.append((_TITLE, _text(hidden)))
        elif hidden:
            report.outcome, report.longrepr = "failed", _text(hidden)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._disown()
        with self._guard.activity(item.nodeid):
            return (yield)

    # A plugin that reruns tests calls the next three hooks once per run, but not always the ones that report.

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        self._take_of(item)
        self._run = Run(earlier=len(self._attempts.get(item.nodeid, ())))
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        __tracebackhide__ = True
        try:
            result = yield
        except (pytest.skip.Exception, pytest.xfail.Exception):
            self._fail_run(item)
            raise
        self._fail_run(item)
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        # A swallowed attempt in a fixture fails the test itself, which runs next.
        if report.when == "setup" and report.passed:
            return report
        if attempts := self._unreported(item):
            _fail(report, attempts, self._describe(item, attempts))
            self._run.reported += attempts
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed.add(report.nodeid)

    # The innermost wrapper: it resumes before the terminal summary and the worker's last message.
    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        self._guard.during = "the end of the session"
        try:
            return (yield)
        finally:
            self._fail_session()
            self._hand_over(session.config)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        handed_over = getattr(node, "workeroutput", {}).get(_HANDED_OVER, {})
        self._ownerless += handed_over.get("ownerless", [])
        self.any_blocked = self.any_blocked or handed_over.get("any_blocked", False)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        self._show(terminalreporter)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        self.finish(config.pluginmanager.get_plugin("terminalreporter"))

    def exit_status(self, status: object) -> object:
        """Return the exit status of the command that has ended with this one."""
        self._fail_session()
        return pytest.ExitCode.TESTS_FAILED if self.any_blocked and status in _SUCCESS else status

    def finish(self, terminal: Any, shown: Iterable[Attempt] = ()) -> bool:
        """Fail the session for new attempts, and show them, except those that are `shown`; return whether any is new.

        Until pytest has returned, this changes its exit status, if there is a session.
        """
        new = self._take()
        if self._reports_of_controller:
            for attempt in new:
                append(attempt, self._reports_of_controller)
        else:
            self._ownerless += [_text([attempt]) for attempt in _hidden(new, shown)]
        self._fail_session()
        self._show(terminal)
        return bool(new)

    def _unreported(self, item: pytest.Item) -> list[Attempt]:
        """Return the attempts of the current run, and of earlier ones, that no report of this run has shown."""
        self._take_of(item)
        attempts = self._attempts.get(item.nodeid)
        return _distinct(_hidden(attempts, self._run.reported)) if attempts else []

    def _fail_run(self, item: pytest.Item) -> None:
        if attempts := self._unreported(item):
            # `from None`: the error of a skipped test may show the attempt too.
            raise pytest.fail.Exception(self._describe(item, attempts), pytrace=False) from None

    def _describe(self, item: pytest.Item, attempts: list[Attempt]) -> str:
        in_this_run = self._attempts[item.nodeid][self._run.earlier :]
        return ("" if any(one in in_this_run for one in attempts) else _EARLIER_RUN) + _text(attempts)

    def _take_of(self, item: pytest.Item) -> None:
        """Take the attempts of a test. Those of child processes that earlier tests left running have no owner."""
        for attempt in self._take():
            if attempt.process and attempt.during != item.nodeid:
                self._ownerless.append(_text([attempt]))
            else:
                self._attempts.setdefault(item.nodeid, []).append(attempt)

    def _take(self) -> list[Attempt]:
        self._children.collect()
        attempts = self._guard.attempts[self._taken :]
        self._taken += len(attempts)
        return attempts

    def _disown(self) -> None:
        self._ownerless += [_text([attempt]) for attempt in self._take()]

    def _fail_session(self) -> None:
        self._disown()
        for test in self._attempts.keys() - self._failed:
            self._ownerless.append(_text(_distinct(self._attempts.pop(test))))
        self.any_blocked = self.any_blocked or bool(self._ownerless or self._attempts)
        if self.any_blocked and self._session and self._session.exitstatus in _SUCCESS:
            self._session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _hand_over(self, config: pytest.Config) -> None:
        output: dict[str, object] | None = getattr(config, "workeroutput", None)
        if output is not None:
            output[_HANDED_OVER] = {"ownerless": self._ownerless, "any_blocked": self.any_blocked}
            self._ownerless = []
            self._reports_of_controller = _reports_of_controller(config)

    def _show(self, terminal: Any) -> None:
        if not self._ownerless:
            return
        text, self._ownerless = "\n\n".join(self._ownerless), []
        if terminal is None:
            sys.stderr.write(text + "\n")
        else:
            terminal.section(f"{_TITLE}: attempts that no failed test shows", red=True, bold=True)
            terminal.write_line(text)


def _reports_of_controller(config: pytest.Config) -> str:
    """Return the controller's file for reports; empty if this is not a worker, or if the controller has none."""
    return getattr(config, "workerinput", {}).get(_HANDED_OVER) or ""


def attempts_in(error: BaseException | None) -> Iterator[Attempt]:
    """Yield the attempts that pytest shows as part of this error."""
    pending, known = [error], set[int]()
    while pending:
        error = pending.pop()
        if error is None or id(error) in known:
            continue
        known.add(id(error))
        if isinstance(error, GuardedHostError):
            yield error.attempt
        # pytest does not show a context that `raise ... from None` suppresses.
        context = None if error.__suppress_context__ else error.__context__
        pending += [error.__cause__, context, *_members(error)]


def _members(error: BaseException) -> Iterator[BaseException]:
    # Duck typing: Python 3.10 has no built-in exception groups.
    members = getattr(error, "exceptions", ())
    if isinstance(members, (tuple, list)):
        yield from (member for member in members if isinstance(member, BaseException))


def exception_of(report: pytest.CollectReport) -> BaseException | None:
    """Return the exception that made a collection fail, if any."""
    # pytest keeps the call here until the report is complete.
    excinfo = getattr(getattr(report, "call", None), "excinfo", None)
    return excinfo.value if report.failed and excinfo is not None else None


def _hidden(attempts: Iterable[Attempt], seen: Iterable[Attempt]) -> list[Attempt]:
    shown = {_site(attempt) for attempt in seen}
    return [attempt for attempt in attempts if _site(attempt) not in shown]


def _distinct(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Return the last attempt of each call site."""
    return list({_site(attempt): attempt for attempt in attempts}.values())


def _site(attempt: Attempt) -> tuple[str, str]:
    # Three attempts of a retrying client are reported once.
    return attempt.where, attempt.host


def _fail(report: pytest.TestReport, attempts: list[Attempt], text: str) -> None:
    """Make a report a failure that shows the attempts, regardless of what other plugins have made of it."""
    # xfail must not excuse an attempt.
    vars(report).pop("wasxfail", None)
    report.outcome = "failed"
    if all(_shows(str(report.longrepr), attempt) for attempt in attempts):
        return
    # None if the test passed, a tuple if it was skipped.
    if report.longrepr is None or isinstance(report.longrepr, tuple):
        report.longrepr = text
    else:
        report.sections.append((_TITLE, text))


def _shows(text: str, attempt: Attempt) -> bool:
    return re.search(rf"from:? +{re.escape(attempt.where)}(?!\d)", text) is not None


def _text(attempts: list[Attempt]) -> str:
    text = explain(attempts[0])
    more = [printable(f"  {attempt.target} from {attempt.where}") for attempt in attempts[1:]]
    return "\n".join([text, f"and {len(more)} more:", *more]) if more else text
