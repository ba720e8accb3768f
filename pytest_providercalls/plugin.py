"""The pytest plugin: hooks and fixtures."""

from __future__ import annotations

from typing import Final

import pytest

from .guard import DEFAULT_HOSTS, Guard
from .guarding import GuardPlugin

_GUARD: Final = pytest.StashKey[Guard]()
_OFF_REASON: Final = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("providercalls", "VoIPbin without phone calls")
    group.addoption(
        "--providercalls-guard",
        metavar="fail|'off: REASON'",
        help="What becomes of a test that tries to reach a guarded host; wins over the ini setting.",
    )
    parser.addini("providercalls_guard", "`fail`, or `off: <reason>` to let calls through.", default="fail")
    parser.addini("providercalls_guard_hosts", "More hosts to guard, one a line; globs.", "linelist", default=[])


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    _guard_session(early_config)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    # A plugin that is named in a conftest file comes too late for the hook above.
    _guard_session(config)
    if _GUARD in config.stash:
        config.pluginmanager.register(GuardPlugin(config.stash[_GUARD]), "providercalls-guarding")


def pytest_report_header(config: pytest.Config) -> str:
    if _GUARD in config.stash:
        return f"providercalls: guarded: {', '.join(config.stash[_GUARD].hosts)}"
    return f"providercalls: guard is OFF, real calls are possible: {config.stash[_OFF_REASON]}"


def _guard_session(config: pytest.Config) -> None:
    if _GUARD in config.stash or _OFF_REASON in config.stash:
        return
    setting = config.known_args_namespace.providercalls_guard or config.getini("providercalls_guard")
    reason = _off_reason(setting)
    if reason is not None:
        config.stash[_OFF_REASON] = reason
        return
    guard = Guard((*DEFAULT_HOSTS, *config.getini("providercalls_guard_hosts")))
    guard.install()
    # A clean-up rather than a hook: it comes after every pytest_unconfigure, and also when the start-up fails.
    config.add_cleanup(guard.remove)
    config.stash[_GUARD] = guard


def _off_reason(setting: str) -> str | None:
    word, _, reason = (part.strip() for part in setting.partition(":"))
    if (word, reason) == ("fail", ""):
        return None
    if word == "off" and reason:
        return reason
    raise pytest.UsageError(
        f"providercalls_guard is {setting!r}. Write `fail`, or `off: <reason>` with the reason why"
        " tests of this project may place real, billable phone calls."
    )
