"""Fakes that several tests share: created by `voipbin_factory`, and shown below a failed test and in the summary."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from ..fakes import fake_voipbin
from ..fixtures.fake_fixture import BROKEN_RULES
from ..settings import default_edition, is_strict
from .reporting_plugin import TITLE

if TYPE_CHECKING:
    from ..fake_server.core import FakeVoipbin

_PLUGIN: Final = "providercalls-shared-fakes"


class SharedFakes:
    """Creates fakes for fixtures of any scope, with the settings of the session. Registered as a plugin."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._last_requests: dict[FakeVoipbin, Any] = {}
        """The running fakes, each with its last request before the present test."""

    @classmethod
    def of(cls, config: pytest.Config) -> SharedFakes:
        """Return the object of a session; create it on first use."""
        existing: SharedFakes | None = config.pluginmanager.get_plugin(_PLUGIN)
        if existing is None:
            existing = cls(config)
            config.pluginmanager.register(existing, _PLUGIN)
        return existing

    @contextmanager
    def create(self, edition: str | None = None, seed: int = 0, **options: Any) -> Iterator[FakeVoipbin]:
        """Provide a fake inside the block; `options` are those of fake_voipbin.

        `edition` defaults to the session's, `strict` to its ini setting. Raises ValueError if the session has several
        editions and `edition` is None.
        """
        options = {
            "strict": is_strict(self._config),
            "broken": self._config.stash.get(BROKEN_RULES, frozenset[str]()),
            "guard": False,
            **options,
        }
        context = fake_voipbin(edition or default_edition(self._config), seed, **options)
        with context.shared() as fake:
            self._last_requests[fake] = None
            try:
                yield fake
            finally:
                del self._last_requests[fake]
                self._count(fake)

    def _count(self, fake: FakeVoipbin) -> None:
        # Runs against a mutant do not count towards the session.
        reporting: Any = self._config.pluginmanager.get_plugin("providercalls-reporting")
        if reporting is not None and BROKEN_RULES not in self._config.stash:
            reporting.totals.add_fake(fake)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        for fake in self._last_requests:
            self._last_requests[fake] = fake.requests[-1] if fake.requests else None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        for fake, last in self._last_requests.items() if report.failed else ():
            # The test may have reset the fake; then the last request is no longer there.
            entries = list(fake.requests)
            start = next((index + 1 for index, entry in enumerate(entries) if entry is last), 0)
            if entries[start:]:
                text = "\n".join(map(str, entries[start:]))
                report.sections.append((f"{TITLE} shared by several tests (edition {fake.edition.name})", text))
        return report
