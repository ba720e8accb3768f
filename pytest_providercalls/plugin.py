"""The pytest plugin: options, hooks and fixtures, each a thin wrapper around the code that does the work.

Start-up imports only the standard library and pytest. The first test that uses the fake imports it.

PYTEST_DONT_REWRITE: see plain_imports. Otherwise a second session in the process that names this plugin warns.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import pytest

from .contracts.light_imports import importing

# A collection would look at all objects of pytest, which takes as long as half of the imports.
with importing():
    from .examples_plugin import ExamplesPlugin, fake_started
    from .fixture_plugin import FixturePlugin, requesting_test
    from .guard.attempt import printable
    from .guard.guard import DEFAULT_HOSTS, Guard
    from .guard.session.session_guard import SessionGuard
    from .marker_plugin import MarkerPlugin
    from .redaction.redaction_plugin import RedactionPlugin
    from .reports.reporting_options import add_options, configure
    from .reports.reporting_plugin import FAKE
    from .reports.traceback_plugin import TracebackPlugin
    from .settings import MARKER, settings_of

if TYPE_CHECKING:
    import httpx

    from .analyses.mock_lint import MockAudit
    from .contracts.conformance import harness
    from .contracts.identity import Identity
    from .fake_server.core import FakeVoipbin
    from .fake_server.world.clock import Clock
    from .fake_server.world.records import Provider
    from .fixtures.server_fixtures import PortPool, ServerHandle
    from .fixtures.tls_fixture import Authority
    from .harnesses.conformance_harness import HarnessFactory

    FakeFactory = Callable[..., AbstractContextManager[FakeVoipbin]]

_RUNNING_FAKE: Final = f"{__package__}.fixtures.running_fake"
_GUARD: Final = pytest.StashKey[SessionGuard]()
_OFF_REASON: Final = pytest.StashKey[str]()
_MARKER_HELP: Final = (
    f"{MARKER}(edition=, seed=, lifecycle=, start=, strict=, budget=, rate_limits=, events=, target=): settings of the"
    " test's fake VoIPbin; edition is a name, a list of names or 'all'."
)


# options


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    group = parser.getgroup("providercalls", "VoIPbin without phone calls")
    group.addoption(
        "--providercalls-guard",
        metavar="fail|'off: REASON'",
        help="Fail tests that try to reach a guarded host, or disable the guard; overrides the ini setting.",
    )
    group.addoption(
        "--providercalls-edition", metavar="NAME", help="The edition of the fake; overrides the ini setting."
    )
    group.addoption(
        "--providercalls-strict",
        action="store_true",
        default=None,
        help="Fail a test if its client sends fields that the API silently ignores, or if a fault, a script line or a"
        " marker has no effect.",
    )
    group.addoption(
        "--providercalls-lint-mocks",
        metavar="list|error",
        help="List mocked responses that VoIPbin would never send, or fail the tests that use them.",
    )
    add_options(parser, group)
    parser.addini("providercalls_guard", "`fail`, or `off: <reason>` to disable the guard.", default="fail")
    parser.addini("providercalls_guard_hosts", "More hosts to guard, one per line, as globs.", "linelist", default=[])
    parser.addini("providercalls_guard_children", "Whether to guard Python child processes.", "bool", default=True)
    parser.addini("providercalls_edition", "The edition of the fake: a name, or `all`.", default="documented")
    parser.addini("providercalls_strict", "See --providercalls-strict.", "bool", default=False)
    parser.addini("providercalls_lint_mocks", "See --providercalls-lint-mocks.", default="")
    # pytest calls this hook as soon as it has loaded this plugin: the plugins that follow are guarded.
    config: pytest.Config | None = pluginmanager.get_plugin("pytestconfig")
    if config is not None:
        _guard_early(config)


def _lint_mocks(config: pytest.Config) -> str:
    setting: str = config.getoption("providercalls_lint_mocks") or config.getini("providercalls_lint_mocks")
    if setting not in ("", "list", "error"):
        raise pytest.UsageError(f"providercalls_lint_mocks: expected `list` or `error`, got {setting!r}")
    return setting


def _host_matcher(config: pytest.Config) -> Callable[[str], bool]:
    """Return a function that tells whether a host is guarded, or would be if the guard were enabled."""
    session = config.stash.get(_GUARD, None)
    return (Guard(DEFAULT_HOSTS) if session is None else session.guard).guards


def _off_reason(setting: str) -> str | None:
    word, _, reason = (part.strip() for part in setting.partition(":"))
    if (word, reason) == ("fail", ""):
        return None
    if word == "off" and reason:
        return reason
    raise pytest.UsageError(
        f"providercalls_guard: expected `fail` or `off: <reason>`, got {setting!r};"
        " the reason must explain why tests of this project may place real, billable phone calls"
    )


# hooks


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    _guard_session(early_config, early_config.known_args_namespace.providercalls_guard)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER_HELP)
    # If a conftest file loads this plugin, it is too late for the hook above.
    _guard_session(config, getattr(config.known_args_namespace, "providercalls_guard", None))
    session = config.stash.get(_GUARD, None)
    if session is not None:
        config.pluginmanager.register(session.plugin, "providercalls-guard")
    config.pluginmanager.register(FixturePlugin(), "providercalls-fixtures")
    config.pluginmanager.register(MarkerPlugin(), "providercalls-marker")
    config.pluginmanager.register(ExamplesPlugin(), "providercalls-examples")
    config.pluginmanager.register(RedactionPlugin(), "providercalls-redaction")
    config.pluginmanager.register(TracebackPlugin(), "providercalls-tracebacks")
    if setting := _lint_mocks(config):
        from .analyses.mock_lint import MocksPlugin

        config.pluginmanager.register(MocksPlugin(_host_matcher(config), setting == "error"), "providercalls-mocks")
    configure(config, None if session is None else session.guard)


def pytest_report_header(config: pytest.Config) -> str:
    if _GUARD in config.stash:
        session = config.stash[_GUARD]
        lines = [f"guarded hosts: {', '.join(session.guard.hosts)}"]
        if session.loaded_earlier:
            lines.append(f"loaded before the guard, which did not see their start: {', '.join(session.loaded_earlier)}")
        return "\n".join(f"providercalls: {printable(line)}" for line in lines)
    return printable(f"providercalls: guard is OFF, real calls are possible: {config.stash[_OFF_REASON]}")


def _guard_early(config: pytest.Config) -> None:
    """Start the guard before pytest has parsed the options of plugins, if their settings are known and valid."""
    words = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    words.add_argument("--providercalls-guard")
    # Any error is reported later. `addopts` is unknown as long as pytest has not read its ini file.
    with suppress(ValueError, argparse.ArgumentError, pytest.UsageError):
        options = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *config.getini("addopts")]
        found, _ = words.parse_known_args([*options, *config.invocation_params.args])
        _guard_session(config, found.providercalls_guard)


def _guard_session(config: pytest.Config, option: str | None) -> None:
    if _GUARD in config.stash or _OFF_REASON in config.stash:
        return
    reason = _off_reason(option or config.getini("providercalls_guard"))
    if reason is not None:
        config.stash[_OFF_REASON] = reason
        return
    hosts = (*DEFAULT_HOSTS, *map(_host, config.getini("providercalls_guard_hosts")))
    config.stash[_GUARD] = session = SessionGuard(config, hosts)
    session.start(guard_children=config.getini("providercalls_guard_children"))


# fixtures: only the private ones request each other, so downstream fixtures with our public names change nothing


@pytest.fixture
def _providercalls_fake() -> Iterator[FakeVoipbin]:
    yield from _fake_of_test()


# Not `return _providercalls_fake`: for most tests, pytest then sets up one fixture instead of two.
@pytest.fixture
def voipbin() -> Iterator[FakeVoipbin]:
    """A fresh fake VoIPbin, connected to every httpx and httpx2 client that requests https://api.voipbin.net."""
    yield from _fake_of_test()


def _fake_of_test() -> Iterator[FakeVoipbin]:
    """Provide the fake of a test. The first of its fixtures that needs it starts it, and ends last."""
    # An import inside of a function takes each test a while, even if it finds the module.
    running: Any = sys.modules.get(_RUNNING_FAKE)
    if running is None:
        with importing():
            running = import_module(_RUNNING_FAKE)
    item = requesting_test()
    if running.CHECKS in item.stash:
        yield item.stash[FAKE]
        return
    with running.running_fake(item) as fake, _serving(item.config, "voipbin"):
        item.stash[FAKE] = fake
        fake_started(item)
        yield fake


@pytest.fixture(scope="session")
def voipbin_factory(pytestconfig: pytest.Config) -> FakeFactory:
    """Creates a fake for a fixture of any scope: `with voipbin_factory(seed=7) as voipbin`."""
    from .reports.shared_fakes import SharedFakes

    return SharedFakes.of(pytestconfig).create


@pytest.fixture(scope="session")
def _providercalls_ports() -> Iterator[PortPool]:
    with _extra("server"):
        from .fixtures.server_fixtures import port_pool
    with port_pool() as ports:
        yield ports


@pytest.fixture(scope="session")
def _providercalls_authority(pytestconfig: pytest.Config) -> Iterator[Authority]:
    with _extra("tls"):
        from .fixtures.tls_fixture import certificate_authority
    session = pytestconfig.stash.get(_GUARD, None)
    with certificate_authority(None if session is None else session.children.folder) as authority:
        yield authority


@pytest.fixture
def voipbin_server(
    request: pytest.FixtureRequest, _providercalls_fake: FakeVoipbin, _providercalls_ports: PortPool
) -> Iterator[ServerHandle]:
    """The test's fake behind a real HTTP server on loopback. `.url` ends in `/v1.0`; pass `.env` to child processes."""
    from .fixtures.server_fixtures import http_server

    with http_server(_providercalls_ports, _providercalls_fake, request.node.nodeid) as server:
        yield server


@pytest.fixture
def voipbin_tls(
    request: pytest.FixtureRequest,
    _providercalls_fake: FakeVoipbin,
    _providercalls_authority: Authority,
    _providercalls_ports: PortPool,
) -> Iterator[ServerHandle]:
    """The test's fake behind real TLS, for each Python HTTP client that requests https://api.voipbin.net."""
    from .fixtures.tls_fixture import tls_server

    with (
        tls_server(_providercalls_ports, _providercalls_authority, _providercalls_fake, request.node.nodeid) as server,
        _serving(request.config, "voipbin_tls"),
    ):
        yield server


@pytest.fixture
def voipbin_edition(_providercalls_fake: FakeVoipbin) -> str:
    """The name of the fake's edition."""
    return _providercalls_fake.edition.name


@pytest.fixture
def voipbin_client(_providercalls_fake: FakeVoipbin) -> Iterator[httpx.Client]:
    """An httpx.Client with VoIPbin's base URL and a super-admin token."""
    from .fixtures.fake_fixture import client_options

    with _httpx().Client(**client_options(_providercalls_fake)) as client:
        yield client


@pytest.fixture
def voipbin_async_client(_providercalls_fake: FakeVoipbin) -> httpx.AsyncClient:
    """An httpx.AsyncClient with VoIPbin's base URL and a super-admin token. It need not be closed."""
    from .fixtures.fake_fixture import client_options

    client: httpx.AsyncClient = _httpx().AsyncClient(**client_options(_providercalls_fake))
    return client


@pytest.fixture
def voipbin_super_admin(_providercalls_fake: FakeVoipbin) -> Identity:
    """The super-admin of the platform, who may place provider calls."""
    return _providercalls_fake.super_admin


@pytest.fixture
def voipbin_customer_admin(_providercalls_fake: FakeVoipbin) -> Identity:
    """An admin of an ordinary customer."""
    return _providercalls_fake.customer_admin


@pytest.fixture
def voipbin_customer_manager(_providercalls_fake: FakeVoipbin) -> Identity:
    """A manager of an ordinary customer."""
    return _providercalls_fake.customer_manager


@pytest.fixture
def voipbin_customer_agent(_providercalls_fake: FakeVoipbin) -> Identity:
    """An agent of an ordinary customer, with hardly any permissions."""
    return _providercalls_fake.customer_agent


@pytest.fixture
def voipbin_provider(_providercalls_fake: FakeVoipbin) -> Provider:
    """A healthy provider."""
    return _providercalls_fake.provider


@pytest.fixture
def voipbin_time(_providercalls_fake: FakeVoipbin) -> Iterator[Clock]:
    """The fake's clock. `time.sleep`, asyncio and trio sleeps and timeouts, and the clocks of the process use it.

    Dates such as `datetime.now()` require the extra `time`.
    """
    from .fixtures.virtual_time import virtual_time, warn_without_dates

    warn_without_dates()
    with virtual_time(_providercalls_fake.clock):
        yield _providercalls_fake.clock


@pytest.fixture
def _providercalls_mocks(request: pytest.FixtureRequest) -> Iterator[MockAudit]:
    from .analyses.mock_lint import audit_mocks

    with audit_mocks(_host_matcher(request.config)) as mocks:
        yield mocks
    mocks.check()


@pytest.fixture
def voipbin_mocks(_providercalls_mocks: MockAudit) -> MockAudit:
    """Fails the test if it mocks a response that VoIPbin would never send; see `.impossible_responses`."""
    return _providercalls_mocks


@pytest.fixture
def _providercalls_harnesses(request: pytest.FixtureRequest) -> harness.HarnessFactory:
    from .harnesses.conformance_harness import HarnessFactory

    return HarnessFactory(request, settings_of(request.node).editions[0])


@pytest.fixture
def _providercalls_harness_pool(_providercalls_harnesses: HarnessFactory) -> Iterator[None]:
    from .harnesses.stateful_harness import harness_pool

    with harness_pool(_providercalls_harnesses):
        yield


def _serving(config: pytest.Config, fixture: str) -> AbstractContextManager[None]:
    """Let the guard know inside the block which fixture serves a fake."""
    session = config.stash.get(_GUARD, None)
    return nullcontext() if session is None else session.guard.serving(fixture)


@contextmanager
def _extra(name: str) -> Iterator[None]:
    """Fail with a hint at the extra to install if a library is missing."""
    try:
        yield
        return
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
    text = f"{missing} is not installed. Real sockets and TLS need an extra of this plugin:"
    raise pytest.fail.Exception(f"{text} pip install 'pytest-providercalls[{name}]'", pytrace=False) from None


def _httpx() -> Any:
    import httpx

    return httpx


def _host(pattern: str) -> str:
    # A URL or "host:port" would never match a host.
    if "/" in pattern or pattern.count(":") == 1:
        raise pytest.UsageError(
            "providercalls_guard_hosts: expected a host name, an address or a glob such as `*.example.net`,"
            f" without scheme, port or path, got {pattern!r}"
        )
    return pattern
