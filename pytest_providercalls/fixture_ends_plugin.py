"""The end of our fixtures if pytest does not tear them down.

An exception such as KeyboardInterrupt or SystemExit in the teardown of one fixture ends the teardown of the whole test:
pytest forgets the finalizers that are left. Then httpx, for example, would stay connected to the fake of that test.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, Final

import pytest

_PACKAGE: Final = __name__.partition(".")[0]


class FixtureEndsPlugin:
    """Finishes those of our fixtures that have outlived their test or their session."""

    def __init__(self) -> None:
        self._active: dict[pytest.FixtureDef[Any], Any] = {}
        """Our fixtures in the order of their set-up, each with the request of its set-up."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        if str(getattr(fixturedef.func, "__module__", "")).partition(".")[0] == _PACKAGE:
            self._active[fixturedef] = request
        return (yield)

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
        for fixturedef, request in reversed(list(self._active.items())):
            if ends(fixturedef) and fixturedef in self._active:
                # The exception that ended the teardown is the one to show.
                with suppress(BaseException):
                    fixturedef.finish(request)
