"""An inner session that inherits neither the proxies of this machine nor the settings of the outer session."""

from __future__ import annotations

import os

import pytest

from pytest_providercalls.guard.child_environment import VARIABLE

from .inner_suite import INVALID, Suite


@pytest.fixture
def suite(bare_pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    for name in [name for name in os.environ if name.lower().endswith("_proxy") or name.startswith("PYTEST_XDIST_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv(VARIABLE, raising=False)
    return Suite(bare_pytester)


@pytest.fixture
def own_session(bare_pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite that guards one more host, without the settings of this session's own guard."""
    monkeypatch.delenv(VARIABLE, raising=False)
    for name in [name for name in os.environ if name.startswith("PYTEST_XDIST_")]:
        monkeypatch.delenv(name)
    bare_pytester.makeini(f"[pytest]\nprovidercalls_guard_hosts = {INVALID}")
    return bare_pytester
