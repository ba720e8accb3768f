"""Shared by all tests: Hypothesis without deadlines, and inner pytest sessions that start fast."""

from __future__ import annotations

import os
import sys
from typing import Any

import hypothesis

# Imported once for all sessions that run in this process: pydantic 2.8 fails if it is imported twice.
import pydantic.main  # noqa: F401
import pytest
from pytest_providercalls.contracts import redaction
from pytest_providercalls.contracts.redaction.known_values import KnownValues

from .libraries import LIBRARIES

pytest_plugins = ["pytester"]

# Images of containers often forbid bytecode. Then each of two hundred inner sessions would compile this package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# The duration of an example depends only on the machine and its load.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Forget the secrets of earlier tests, some of which are part of harmless texts: tests pass in any order.

    A hook, since a fixture for each of 20,000 tests takes longer.
    """
    vars(redaction.KNOWN).update({**vars(KnownValues()), "on_forgotten": redaction.KNOWN.on_forgotten})
    for forget in redaction.KNOWN.on_forgotten:
        forget()


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Any:
    """Each library with httpx's API."""
    return LIBRARIES[request.param]


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A pytester whose sessions do not know that they run in CI, where pytest prints each failure's message twice."""
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    return pytester


@pytest.fixture
def bare_pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A pytester whose sessions load only this plugin: importing the others takes longer than most tests.

    A session that needs another plugin names it: `-p xdist -n 2`.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "pytest_providercalls.plugin")
    return pytester
