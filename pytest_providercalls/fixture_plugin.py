"""The set-up of fixtures: for which test one of ours is set up, and the end of those that pytest does not tear down.

An exception such as KeyboardInterrupt or SystemExit in the teardown of one fixture ends the teardown of the whole test:
pytest forgets the finalizers that are left. Then httpx, for example, would stay connected to the fake of that test.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, Final

import pytest

_PACKAGE: Final = __name__.partition(".")[0]
_INTERCEPTION: Final = f"{_PACKAGE}.fixtures.interception"
_requests: Final[list[pytest.FixtureRequest]] = []
"""Those of our fixtures that are being set up, the innermost last."""


def requesting_test() -> pytest.Item:
    """Return the test for which the calling fixture of ours is set up.

    A fixture with the argument `request` takes pytest twice as long.
    """
    item: pytest.Item = _requests[-1].node
    return item


class FixturePlugin:
    """Follows the set-up of all fixtures, and finishes those of ours that have outlived their test or their session."""

    def __init__(self) -> None:
        self._active: dict[pytest.FixtureDef[Any], Any] = {}
        """Our fixtures in the order of their set-up, each with the request of its set-up."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        if not is_ours(fixturedef):
            value = yield
        else:
            self._active[fixturedef] = request
            _requests.append(request)
            try:
                value = yield
            finally:
                _requests.pop()
        if fixturedef.argname == "httpx_mock":
            from .fixtures.fake_fixture import HTTPX_MOCK

            request.node.stash[HTTPX_MOCK] = value
        # A fixture that patches httpx must not take precedence over the fake because it was requested later.
        if _INTERCEPTION in sys.modules:
            sys.modules[_INTERCEPTION].restore_precedence()
        return value

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        self._active.pop(fixturedef, None)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        try:
            return (yield)
        finally:
            self._finish(lambda fixturedef: fixturedef.scope == "function")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None, object, object]:
        try:
            return (yield)
        finally:
            self._finish(lambda _: True)

    def _finish(self, ends: Callable[[pytest.FixtureDef[Any]], bool]) -> None:
        for fixturedef, request in reversed(list(self._active.items())) if self._active else ():
            if ends(fixturedef) and fixturedef in self._active:
                # The exception that ended the teardown is the one to show.
                with suppress(BaseException):
                    fixturedef.finish(request)


def is_ours(fixturedef: pytest.FixtureDef[Any]) -> bool:
    """Return whether this package defines a fixture."""
    return str(getattr(fixturedef.func, "__module__", "")).partition(".")[0] == _PACKAGE


def uses_our(item: Any, name: str) -> bool:
    """Return whether a test, or the function of one, requests a fixture of ours by this name.

    A downstream fixture that overrides it may request it in turn, or not.
    """
    # There is no public way to find the fixtures behind a name. Not every item has some.
    found = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    for fixturedef in reversed(found.get(name, ())):
        if is_ours(fixturedef):
            return True
        if name not in fixturedef.argnames:
            return False
    return False
