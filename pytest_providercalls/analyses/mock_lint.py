"""Validation of a suite's mocked VoIPbin responses: a response that no edition would send proves nothing.

It wraps the public methods with which each library's client sends a request, so it works with any mock: respx,
pytest-httpx, httpx.MockTransport, responses, requests-mock, or the suite's own. Responses that came over the network
or from our fake are not mocked, and are ignored.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import pytest

from ..contracts.http import Request, Response
from ..contracts.visible_text import visible_line
from ..fake_server.transports.httpx import FAKE_EXTENSION
from ..optional_imports import import_optional

_TITLE: Final = "VoIPbin mocks"
_WORKER_OUTPUT: Final = "providercalls_mocks"
_SHOWN: Final = 5
_LOCK = threading.Lock()
_active: list[MockAudit] = []
_patches: list[_Patch] = []


class _Patch(NamedTuple):
    """A replaced `send` method of a client class."""

    client: type
    original: Any
    replacement: Any


class ImpossibleResponse(NamedTuple):
    """A mocked response that no edition could have sent."""

    exchange: str
    """`METHOD path -> status`, without credentials."""
    violations: tuple[str, ...]
    test: str = ""

    def __str__(self) -> str:
        more = len(self.violations) - _SHOWN
        lines = [self.exchange, *(f"  {violation}" for violation in self.violations[:_SHOWN])]
        return "\n".join(map(visible_line, [*lines, f"  and {more} more"] if more > 0 else lines))


class MockAudit:
    """The mocked responses of one test for guarded hosts."""

    def __init__(self, guards: Callable[[str], bool]) -> None:
        self.response_count = 0
        """The number of mocked responses."""
        self.impossible_responses: list[ImpossibleResponse] = []
        """Those that no edition could have sent. A test that sends them deliberately can clear the list."""
        self._guards = guards

    def add(self, host: str, request: Request, response: Response) -> None:
        """Validate a mocked response if it is for a guarded host."""
        from ..contracts.validation.exchange import validate_exchange
        from ..fake_server.world.journal import redacted

        if not self._guards(host):
            return
        self.response_count += 1
        violations = tuple(map(str, validate_exchange(request, response)))
        impossible = ImpossibleResponse(f"{request.method} {redacted(request)[0]} -> {response.status}", violations)
        if violations and impossible not in self.impossible_responses:
            self.impossible_responses.append(impossible)

    def check(self) -> None:
        """Fail the test if a mocked response is impossible."""
        if self.impossible_responses:
            pytest.fail(_text(self.impossible_responses), pytrace=False)


def _text(responses: Iterable[ImpossibleResponse]) -> str:
    return "\n".join(["a mocked response is impossible in every edition:", *map(str, responses)])


@contextmanager
def audit_mocks(guards: Callable[[str], bool]) -> Iterator[MockAudit]:
    """Validate mocked responses for guarded hosts inside the block. Of nested audits, only the innermost does so."""
    audit = MockAudit(guards)
    with _LOCK:
        if not _active:
            _patch()
        _active.append(audit)
    try:
        yield audit
    finally:
        with _LOCK:
            _active.remove(audit)
            if not _active:
                _unpatch()


def _patch() -> None:
    for name, class_name, wrapper in _PATCHED:
        client = getattr(import_optional(name), class_name, None)
        # A suite may have replaced the library with a stub.
        if isinstance(client, type):
            original = vars(client)["send"]
            replacement = functools.wraps(original)(wrapper(original))
            _patches.append(_Patch(client, original, replacement))
            client.send = replacement  # type: ignore[attr-defined]


def _unpatch() -> None:
    while _patches:
        patch = _patches.pop()
        # If other code has replaced our method since, leave that in place.
        if vars(patch.client)["send"] is patch.replacement:
            patch.client.send = patch.original  # type: ignore[attr-defined]


def _sync(original: Any) -> Any:
    def send(*arguments: Any, **options: Any) -> Any:
        response = original(*arguments, **options)
        _audit(_from_httpx, response)
        return response

    return send


def _async(original: Any) -> Any:
    async def send(*arguments: Any, **options: Any) -> Any:
        response = await original(*arguments, **options)
        _audit(_from_httpx, response)
        return response

    return send


def _requests(original: Any) -> Any:
    def send(*arguments: Any, **options: Any) -> Any:
        response = original(*arguments, **options)
        # Reading a streamed body is up to the client.
        if not options.get("stream"):
            _audit(_from_requests, response)
        return response

    return send


_PATCHED: Final = (
    ("httpx", "Client", _sync),
    ("httpx", "AsyncClient", _async),
    ("httpx2", "Client", _sync),
    ("httpx2", "AsyncClient", _async),
    ("requests", "Session", _requests),
)


def _audit(read: Callable[[Any], tuple[str, Request, Response] | None], response: Any) -> None:
    for audit in _active[-1:]:
        exchange = read(response)
        if exchange is not None:
            audit.add(*exchange)


def _from_httpx(response: Any) -> tuple[str, Request, Response] | None:
    if "network_stream" in response.extensions or FAKE_EXTENSION in response.extensions:
        return None
    request = response.request
    try:
        request_body, response_body = request.content, response.content
    except RuntimeError:
        # A streamed body that has not been read.
        return None
    target = request.url.raw_path.decode("ascii", errors="replace")
    return (
        request.url.host,
        Request(request.method, target, tuple(request.headers.multi_items()), request_body),
        Response(response.status_code, tuple(response.headers.multi_items()), response_body),
    )


def _from_requests(response: Any) -> tuple[str, Request, Response] | None:
    # urllib3 sets the HTTP version of a response from the network; it is 0 for a mocked one.
    if getattr(response.raw, "version", 0):
        return None
    request = response.request
    parts = urlsplit(request.url)
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    if not isinstance(body, bytes):
        return None
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return (
        parts.hostname or "",
        Request(request.method, target, tuple(request.headers.items()), body),
        Response(response.status_code, tuple(response.headers.items()), response.content),
    )


class MocksPlugin:
    """Audits every test of a session and lists impossible responses at its end. With `fails`, their tests fail."""

    def __init__(self, guards: Callable[[str], bool], fails: bool) -> None:
        self.response_count = 0
        self.impossible_responses: list[ImpossibleResponse] = []
        self._guards, self._fails = guards, fails
        self._audit = MockAudit(guards)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        with audit_mocks(self._guards) as self._audit:
            result = yield
        self.response_count += self._audit.response_count
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        impossible, self._audit.impossible_responses = self._audit.impossible_responses, []
        self.impossible_responses += [one._replace(test=item.nodeid) for one in impossible]
        if impossible and self._fails and report.passed:
            report.outcome, report.longrepr = "failed", _text(impossible)
        elif impossible and report.failed:
            report.sections.append((_TITLE, _text(impossible)))
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            # pytest-xdist's channel accepts plain types only.
            output[_WORKER_OUTPUT] = [
                self.response_count,
                [(exchange, list(violations), test) for exchange, violations, test in self.impossible_responses],
            ]
        return (yield)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        count, impossible = getattr(node, "workeroutput", {}).get(_WORKER_OUTPUT, (0, ()))
        self.response_count += count
        self.impossible_responses += [
            ImpossibleResponse(exchange, tuple(violations), test) for exchange, violations, test in impossible
        ]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.section(_TITLE)
        count = f"{len(self.impossible_responses)} of {self.response_count}"
        terminalreporter.write_line(f"{count} mocked responses are impossible in every edition")
        for test in dict.fromkeys(one.test for one in self.impossible_responses):
            terminalreporter.write_line(test)
            for one in self.impossible_responses:
                if one.test == test:
                    terminalreporter.write_line("  " + str(one).replace("\n", "\n  "))


class FindingCounter:
    """A plugin that keeps the number of impossible responses in a session."""

    count = 0

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        plugin = config.pluginmanager.get_plugin("providercalls-mocks")
        self.count = len(plugin.impossible_responses) if isinstance(plugin, MocksPlugin) else 0
