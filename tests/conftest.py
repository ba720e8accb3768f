"""What the tests of every room share: Hypothesis without a clock, and sessions of pytest that start fast."""

from __future__ import annotations

import hypothesis

# Once for all sessions that are run within this process: pydantic 2.8 does not bear to be imported twice.
import pydantic.main  # noqa: F401
import pytest

pytest_plugins = ["pytester"]

# How long an example takes says something about the machine and its other users only.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")


@pytest.fixture
def alone(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A pytester whose sessions load this plugin alone: what all the others import takes longer than most tests.

    A session that needs another one names it: `-p xdist -n 2`.
    """
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "pytest_providercalls.plugin")
    return pytester
