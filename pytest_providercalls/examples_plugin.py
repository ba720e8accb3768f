"""The hooks for Hypothesis: each example of a test that has a fake starts with the fake as the fixtures made it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from .fixture_plugin import is_ours
from .reports.reporting_plugin import EARLIER_EXAMPLES, FAKE
from .settings import settings_of

if TYPE_CHECKING:
    from .examples.examples import Examples, Start

_EXAMPLES: Final[pytest.StashKey[Examples]] = pytest.StashKey()
_OWN_PACKAGE: Final = __name__.partition(".")[0]
_SETTINGS: Final = "_hypothesis_internal_use_settings"
"""The attribute of a test from which Hypothesis' own pytest plugin reads its settings."""
_STATISTICS: Final = "--hypothesis-show-statistics"
_ADVICE: Final = (
    "\n\npytest-providercalls restores the fake VoIPbin before each input, but not what {fixtures} provided: use a"
    " context manager inside of the test instead, or suppress this health check if that does not matter."
)


class ExamplesPlugin:
    """Restores the fake before each example. Does nothing in a session that does not use Hypothesis."""

    # Outermost, because Hypothesis' plugin checks the fixtures in its own wrapper, and pytest-asyncio, anyio and
    # pytest-trio turn coroutine functions into functions while they run the test.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        __tracebackhide__ = True
        test = getattr(item, "obj", None)
        if "hypothesis" not in sys.modules or not _may_have_fake(item):
            return (yield)
        from .examples.examples import is_given

        if not is_given(test):
            return (yield)
        item.stash[_EXAMPLES] = examples = _examples(item)
        try:
            with _advice(item), _adjusted_settings(item, test), examples.of(test):
                return (yield)
        finally:
            del item.stash[_EXAMPLES]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Spare a session without Hypothesis the import of Hypothesis, which comes with this plugin.

        Its pytest plugin imports it for its part of the summary, which is then empty.
        """
        config = session.config
        plugin = sys.modules.get("_hypothesis_pytestplugin")
        is_unused = "hypothesis" not in sys.modules and not config.getoption(_STATISTICS, default=False)
        # To pluggy, None is registered once any plugin is blocked (`-p no:NAME`).
        if plugin is None or not is_unused or not config.pluginmanager.is_registered(plugin):
            return
        # The reports of other processes, such as those of pytest-xdist, may have something for the summary.
        if not _has_examples(config, getattr(plugin, "FAILING_EXAMPLES_KEY", "")):
            config.pluginmanager.unregister(plugin)


def fake_started(item: pytest.Item) -> None:
    """Let the further examples of a Hypothesis test start with the fake that its present one has just started."""
    if _EXAMPLES in item.stash:
        item.stash[_EXAMPLES].start_with(item.stash[FAKE])


def _has_examples(config: pytest.Config, key: str) -> bool:
    """Return whether Hypothesis' plugin has added failing examples to a report."""
    terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
    stats = getattr(terminal, "stats", {})
    return any(key in getattr(report, "__dict__", ()) for reports in stats.values() for report in reports)


def _may_have_fake(item: pytest.Item) -> bool:
    return FAKE in item.stash or "request" in getattr(item, "fixturenames", ())


def _examples(item: pytest.Item) -> Examples:
    """Return the examples of a test, which count towards the session, and which its settings may fail."""
    from .examples.examples import Examples
    from .fixtures.fake_fixture import CHECKS

    report = _reporter(item)

    def end(start: Start, error: BaseException | None) -> None:
        __tracebackhide__ = True
        report(start, error)
        if error is None and CHECKS in item.stash and (text := item.stash[CHECKS].example_violations(start.snapshot)):
            # Without its trace, pytest would not show Hypothesis' notes on the example.
            pytest.fail(text)

    return Examples(item.stash.get(FAKE, None), on_end=end, on_leave=_counter(item))


def _counter(item: pytest.Item) -> Callable[[Start], None]:
    """Return a function that adds the requests and calls of an example to the totals of a test."""
    from .fake_server.session_totals import SessionTotals
    from .reports.deployed_differences import deployed_differences

    totals = item.stash[EARLIER_EXAMPLES] = SessionTotals()

    def count(start: Start) -> None:
        totals.add_run(start.fake, start.requests, start.calls)
        totals.deployed_differences.update(deployed_differences(start.fake, start.requests, start.calls))

    return count


def _reporter(item: pytest.Item) -> Callable[[Start, BaseException | None], None]:
    settings = settings_of(item)
    if not (settings.events or settings.target):
        return lambda _start, _error: None
    from .examples.events import ExampleEvents

    return ExampleEvents(settings.events, settings.target).report


@contextmanager
def _adjusted_settings(item: pytest.Item, test: Any) -> Iterator[None]:
    """Adjust the settings of a test while it runs, for its fixtures and for mutation testing."""
    from hypothesis import HealthCheck, Phase, settings

    from .fixtures.fake_fixture import BROKEN_RULES

    function = getattr(test, "__func__", test)
    present = getattr(function, _SETTINGS, None)
    if not isinstance(present, settings):
        yield
        return
    changes: dict[str, Any] = {}
    if not _foreign_fixtures(item):
        changes["suppress_health_check"] = {*present.suppress_health_check, HealthCheck.function_scoped_fixture}
    if BROKEN_RULES in item.config.stash:
        # A mutant is killed by any failure. The database of the session is for its own failures.
        changes["database"], changes["derandomize"] = None, True
        changes["phases"] = [one for one in present.phases if one not in (Phase.shrink, Phase.explain)]
    setattr(function, _SETTINGS, settings(present, **changes))
    try:
        yield
    finally:
        setattr(function, _SETTINGS, present)


@contextmanager
def _advice(item: pytest.Item) -> Iterator[None]:
    """Add a sentence to Hypothesis' error about function-scoped fixtures."""
    from hypothesis.errors import FailedHealthCheck

    try:
        yield
    except FailedHealthCheck as error:
        foreign = _foreign_fixtures(item)
        if FAKE in item.stash and foreign and "function-scoped fixture" in str(error):
            names = " and ".join(f"`{name}`" for name in foreign)
            error.args = (f"{error}{_ADVICE.format(fixtures=names)}",)
        raise


def _foreign_fixtures(item: pytest.Item) -> list[str]:
    """Return the function-scoped fixtures among the parameters of a test that are not this plugin's."""
    # There is no public way to find the fixture behind a name; it may override one of this plugin.
    find: Any = item.session._fixturemanager.getfixturedefs
    active = {name: (find(name, item) or [None])[-1] for name in item._fixtureinfo.argnames}  # type: ignore[attr-defined]
    return [
        name
        for name, fixture in active.items()
        if fixture is not None and fixture.scope == "function" and not is_ours(fixture)
    ]
