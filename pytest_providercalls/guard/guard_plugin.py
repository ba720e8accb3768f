"""The guard in a pytest session: attributes every attempt to its owner, and fails the owner.

The owner of an attempt is the test or the collection during which it was made, or else the session. The owner fails
even if the exception was swallowed. A child process reports to the session that started it. Under pytest-xdist each
worker guards itself, and passes the attempts that do not belong to a test to the controller.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Iterator
from typing import Any, Final

import pytest

from .attempt import Attempt, GuardedHostError, explain
from .child_processes import ChildGuard
from .guard import Guard

_TITLE: Final = "providercalls guard"
_HANDED_OVER: Final = "providercalls_guard"


class GuardPlugin:
    """Records the current activity, and fails the owner of each attempt."""

    def __init__(self, guard: Guard, children: ChildGuard) -> None:
        self._guard = guard
        self._children = children
        self._taken = 0
        self._seen: list[Attempt] = []
        self._verdict: BaseException | None = None
        self._ownerless: list[str] = []
        self._session: pytest.Session | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._session = session
        self._guard.during = "outside any test"

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
        self._seen, self._verdict = [], None
        with self._guard.activity(item.nodeid):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        error = call.excinfo.value if call.excinfo else None
        attempts = [] if isinstance(error, pytest.skip.Exception) else list(attempts_in(error))
        self._seen += attempts
        if attempts or (error is not None and error is self._verdict):
            _fail(report)
        return report

    # The outermost wrapper: it resumes after the finalizers of every scope that ends with this test.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        try:
            result = yield
        except BaseException as error:
            hidden = _hidden(self._take_of(item), [*self._seen, *attempts_in(error)])
            if hidden:
                item.add_report_section("teardown", _TITLE, _text(hidden))
                # Fail even if the teardown error was expected.
                self._verdict = error
            raise
        hidden = _hidden(self._take_of(item), self._seen)
        if hidden:
            self._verdict = pytest.fail.Exception(_text(hidden), pytrace=False)
            raise self._verdict
        return result

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
        self._ownerless += getattr(node, "workeroutput", {}).get(_HANDED_OVER, [])

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        self._show(terminalreporter)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        self._fail_session()
        self._show(config.pluginmanager.get_plugin("terminalreporter"))

    def _take_of(self, item: pytest.Item) -> list[Attempt]:
        """Take the attempts of a test. Those of child processes that earlier tests left running have no owner."""
        attempts = self._take()
        late = [attempt for attempt in attempts if attempt.process and attempt.during != item.nodeid]
        self._ownerless += [_text([attempt]) for attempt in late]
        return [attempt for attempt in attempts if attempt not in late]

    def _take(self) -> list[Attempt]:
        self._children.collect()
        attempts = self._guard.attempts[self._taken :]
        self._taken += len(attempts)
        return attempts

    def _disown(self) -> None:
        self._ownerless += [_text([attempt]) for attempt in self._take()]

    def _fail_session(self) -> None:
        self._disown()
        success = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        if self._ownerless and self._session and self._session.exitstatus in success:
            self._session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _hand_over(self, config: pytest.Config) -> None:
        output: dict[str, object] | None = getattr(config, "workeroutput", None)
        if output is not None:
            output[_HANDED_OVER], self._ownerless = self._ownerless, []

    def _show(self, terminal: Any) -> None:
        if not self._ownerless:
            return
        text, self._ownerless = "\n\n".join(self._ownerless), []
        if terminal is None:
            sys.stderr.write(text + "\n")
        else:
            terminal.section(f"{_TITLE}: attempts outside any test", red=True, bold=True)
            terminal.write_line(text)


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
    # Compared by call site: three attempts of a retrying client are reported once.
    shown = {(attempt.where, attempt.host) for attempt in seen}
    return [attempt for attempt in attempts if (attempt.where, attempt.host) not in shown]


def _fail(report: pytest.TestReport) -> None:
    report.outcome = "failed"
    # xfail must not excuse an attempt.
    vars(report).pop("wasxfail", None)


def _text(attempts: list[Attempt]) -> str:
    text = explain(attempts[0])
    more = [f"  {attempt.target} from {attempt.where}" for attempt in attempts[1:]]
    return "\n".join([text, f"and {len(more)} more:", *more]) if more else text
