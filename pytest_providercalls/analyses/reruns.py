"""Reruns of a session's tests in the same process, through pytest's own hooks and without reporting their outcomes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import pytest

from ..fixtures.fake_fixture import BROKEN_RULES
from .time_limit import MutantTimeout, time_limit

UNKNOWN: Final = "unknown"
"""The outcome of a test that another plugin has run in its own way."""
KILLS: Final = ("failed", "timeout")
_REASONS: Final = (KeyboardInterrupt, pytest.exit.Exception)
_GRACE_SECONDS: Final = 2.0
_SLOWDOWN: Final = 10
"""A rerun may take this many times the usual duration of its test, plus the grace period."""


class Reruns:
    """A plugin that reruns tests. Fixtures of modules and of the session outlive a rerun, until `leave`."""

    def __init__(self, items: Sequence[pytest.Item]) -> None:
        self._items = items
        self._seconds: Mapping[str, float] | None = None
        self._outcome = UNKNOWN

    def run(self, item: pytest.Item, seconds: Mapping[str, float], broken: Collection[str] = ()) -> str:
        """Rerun a test with some rules broken; return its outcome, which may be `timeout` or UNKNOWN.

        `seconds` has the usual duration of each phase.
        """
        self._seconds, self._outcome = seconds, UNKNOWN
        try:
            with _broken(item.config, broken):
                item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        finally:
            self._seconds = None
        return self._outcome

    def leave(self, item: pytest.Item, following: pytest.Item | None) -> None:
        """Tear down the fixtures that `item` has used and `following` does not need."""
        # Rerun plugins use it as well: the public hook would run other plugins' teardown once more.
        state: Any = item.session._setupstate
        pytest.CallInfo.from_call(lambda: state.teardown_exact(following), "teardown", reraise=_REASONS)

    # First, because a plugin that runs tests itself would also report the outcome. Wrappers around a test, such as the
    # capture of warnings, still apply.
    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        if self._seconds is None:
            return None
        with _as_if_new(item), warnings.catch_warnings(record=True):
            outcome = self._phases(item, self._seconds)
            teardown = _phase(item, "teardown", nextitem=self._neighbour(item))
        self._outcome = outcome if outcome in KILLS or teardown == "passed" else teardown
        return True

    def _phases(self, item: pytest.Item, seconds: Mapping[str, float]) -> str:
        outcome = "passed"
        for when in ("setup", "call"):
            if outcome == "passed":
                outcome = _phase(item, when, _GRACE_SECONDS + _SLOWDOWN * seconds.get(when, 0.0))
        return outcome

    def _neighbour(self, item: pytest.Item) -> pytest.Item | None:
        """Return another test, of the same module if possible. A test that is followed by itself is not torn down."""
        others = [one for one in self._items if one is not item]
        return min(others, key=lambda one: one.parent is not item.parent, default=None)


@contextmanager
def _broken(config: pytest.Config, rules: Collection[str]) -> Iterator[None]:
    config.stash[BROKEN_RULES] = frozenset(rules)
    try:
        yield
    finally:
        del config.stash[BROKEN_RULES]


@contextmanager
def _as_if_new(item: pytest.Item) -> Iterator[None]:
    # pytest has no public way to rerun a test; every rerun plugin calls this method.
    renew: Callable[[], None] = getattr(item, "_initrequest", lambda: None)
    renew()
    try:
        yield
    finally:
        # Releases the values of the fixtures.
        renew()


def _phase(item: pytest.Item, when: Any, seconds: float = 0.0, **arguments: Any) -> str:
    """Run a phase of a test without reporting it; return its outcome, or `timeout`."""
    phase = getattr(item.ihook, f"pytest_runtest_{when}")

    def run_phase() -> None:
        with time_limit(seconds):
            phase(item=item, **arguments)

    call = pytest.CallInfo.from_call(run_phase, when, reraise=_REASONS)
    outcome: str = item.ihook.pytest_runtest_makereport(item=item, call=call).outcome
    return "timeout" if call.excinfo is not None and call.excinfo.errisinstance(MutantTimeout) else outcome
