"""The hooks of the marker: they run a test once in each of its editions, and report settings that have no effect."""

from __future__ import annotations

import inspect
from collections.abc import Generator
from typing import Any, Final

import pytest

from .fixture_plugin import uses_our
from .reports.reporting_plugin import FAKE
from .settings import EDITION, MARKER, missing_editions, possible_editions, runs_in_its_edition, settings_of

_PER_EDITION: Final = frozenset({"_providercalls_fake", "_providercalls_harnesses"})
_READ_SETTINGS: Final = _PER_EDITION | {"voipbin_edition"}


class MarkerPlugin:
    """Parametrises tests by edition, and checks the markers of all tests."""

    @pytest.hookimpl(wrapper=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> Generator[None, object, object]:
        # Last, because a mark on a parameter may name editions, too.
        result = yield
        if _may_have_fake(metafunc):
            try:
                editions = possible_editions(metafunc)
            except ValueError as error:
                raise pytest.Collector.CollectError(f"{metafunc.definition.nodeid}: {error}") from None
            if editions:
                metafunc.fixturenames.append(EDITION)
                metafunc.parametrize(EDITION, editions)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_pycollect_makeitem(self) -> Generator[None, Any, Any]:
        found = yield
        return [one for one in found if runs_in_its_edition(one)] if isinstance(found, list) else found

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            try:
                if item.get_closest_marker(MARKER):
                    settings_of(item)
                if _requests(item, _PER_EDITION) and (reason := missing_editions(item, settings_of(item))):
                    raise ValueError(reason)
            except ValueError as error:
                raise pytest.UsageError(f"{item.nodeid}: {error}") from None

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        result = yield
        # A class or a module may well contain tests without a fake, so only the test's own marker counts.
        if any(mark.name == MARKER for mark in item.own_markers) and not _uses_fake(item):
            message = (
                f"{item.nodeid}: the marker `{MARKER}` has no effect, because the test does not use a fake; request the"
                " fixture `voipbin` or remove the marker"
            )
            if settings_of(item).strict:
                pytest.fail(f"strict: {message}", pytrace=False)
            item.warn(pytest.PytestWarning(message))
        return result


def _may_have_fake(metafunc: pytest.Metafunc) -> bool:
    """Return whether a test requests a fake, or may do so while it runs."""
    code = getattr(inspect.unwrap(metafunc.function), "__code__", None)
    return (
        _requests(metafunc.definition, _PER_EDITION)
        or any(mark.name == MARKER for mark in metafunc.definition.own_markers)
        or "getfixturevalue" in getattr(code, "co_names", ())
    )


def _uses_fake(item: pytest.Item) -> bool:
    return FAKE in item.stash or _requests(item, _READ_SETTINGS)


def _requests(item: pytest.Item, fixtures: frozenset[str]) -> bool:
    return not fixtures.isdisjoint(getattr(item, "fixturenames", ())) or uses_our(item, "voipbin")
