"""What a suite's own stubs answer in VoIPbin's place, judged: an answer that no edition could give proves nothing.

The seams are the public methods with which each library's client sends a request, so that it does not matter what
stands behind: respx, pytest-httpx, httpx.MockTransport, responses, requests-mock, or a stub of the author's own. What
came over a wire, or from our fake, is no stub's answer, and is not judged.
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
from ..fake_server.transports.httpx import BY_THE_FAKE
from ..optional_imports import import_optional

_TITLE: Final = "VoIPbin mocks"
_HANDED_OVER: Final = "providercalls_mocks"
_SHOWN: Final = 5
_LOCK = threading.Lock()
_active: list[MockAudit] = []
_patches: list[_Patch] = []


class _Patch(NamedTuple):
    """The method `send` of a client class, replaced."""

    client: type
    original: Any
    replacement: Any


class ImpossibleResponse(NamedTuple):
    """An answer of a stub that no edition could have given."""

    exchange: str
    """`METHOD path -> status`, without credentials."""
    complaints: tuple[str, ...]
    test: str = ""

    def __str__(self) -> str:
        more = len(self.complaints) - _SHOWN
        lines = [self.exchange, *(f"  {complaint}" for complaint in self.complaints[:_SHOWN])]
        return "\n".join([*lines, f"  and {more} more"] if more > 0 else lines)


class MockAudit:
    """What the stubs of a test have answered for the hosts that are guarded."""

    def __init__(self, guards: Callable[[str], bool]) -> None:
        self.response_count = 0
        """How many answers there were."""
        self.impossible_responses: list[ImpossibleResponse] = []
        """Those that no edition could have given; a test that means them may clear the list."""
        self._guards = guards

    def judge(self, host: str, request: Request, response: Response) -> None:
        """Look at an answer, if it is for a guarded host."""
        from ..contracts.validation.exchange import validate_exchange
        from ..fake_server.world.journal import redacted

        if not self._guards(host):
            return
        self.response_count += 1
        complaints = tuple(map(str, validate_exchange(request, response)))
        found = ImpossibleResponse(f"{request.method} {redacted(request)[0]} -> {response.status}", complaints)
        if complaints and found not in self.impossible_responses:
            self.impossible_responses.append(found)

    def check(self) -> None:
        """Fail the test if a stub's answer is impossible."""
        if self.impossible_responses:
            pytest.fail(_text(self.impossible_responses), pytrace=False)


def _text(found: Iterable[ImpossibleResponse]) -> str:
    return "\n".join(["a stub gives an answer that VoIPbin could not give, in no edition:", *map(str, found)])


@contextmanager
def audit_mocks(guards: Callable[[str], bool]) -> Iterator[MockAudit]:
    """Meanwhile the stubs' answers for the hosts that are guarded are judged. Of several watches the newest does it."""
    mocks = MockAudit(guards)
    with _LOCK:
        if not _active:
            _patch()
        _active.append(mocks)
    try:
        yield mocks
    finally:
        with _LOCK:
            _active.remove(mocks)
            if not _active:
                _unpatch()


def _patch() -> None:
    for name, class_name, wrapper in _SEAMS:
        client = getattr(import_optional(name), class_name, None)
        # A suite may have put a stub in the library's place.
        if isinstance(client, type):
            original = vars(client)["send"]
            replacement = functools.wraps(original)(wrapper(original))
            _patches.append(_Patch(client, original, replacement))
            client.send = replacement  # type: ignore[attr-defined]


def _unpatch() -> None:
    while _patches:
        patch = _patches.pop()
        # What somebody else has put in the place of ours is not ours to take away.
        if vars(patch.client)["send"] is patch.replacement:
            patch.client.send = patch.original  # type: ignore[attr-defined]


def _sync(original: Any) -> Any:
    def send(*arguments: Any, **options: Any) -> Any:
        response = original(*arguments, **options)
        _see(_of_httpx, response)
        return response

    return send


def _async(original: Any) -> Any:
    async def send(*arguments: Any, **options: Any) -> Any:
        response = await original(*arguments, **options)
        _see(_of_httpx, response)
        return response

    return send


def _requests(original: Any) -> Any:
    def send(*arguments: Any, **options: Any) -> Any:
        response = original(*arguments, **options)
        # A body that streams is the client's to read.
        if not options.get("stream"):
            _see(_of_requests, response)
        return response

    return send


_SEAMS: Final = (
    ("httpx", "Client", _sync),
    ("httpx", "AsyncClient", _async),
    ("httpx2", "Client", _sync),
    ("httpx2", "AsyncClient", _async),
    ("requests", "Session", _requests),
)


def _see(read: Callable[[Any], tuple[str, Request, Response] | None], response: Any) -> None:
    for mocks in _active[-1:]:
        found = read(response)
        if found is not None:
            mocks.judge(*found)


def _of_httpx(response: Any) -> tuple[str, Request, Response] | None:
    if "network_stream" in response.extensions or BY_THE_FAKE in response.extensions:
        return None
    request = response.request
    try:
        sent, answered = request.content, response.content
    except RuntimeError:
        # It streams, and has not been read.
        return None
    target = request.url.raw_path.decode("ascii", errors="replace")
    asked = Request(request.method, target, tuple(request.headers.multi_items()), sent)
    return request.url.host, asked, Response(response.status_code, tuple(response.headers.multi_items()), answered)


def _of_requests(response: Any) -> tuple[str, Request, Response] | None:
    # urllib3 knows the version of HTTP of what came over a wire; 0 is what somebody has made by hand.
    if getattr(response.raw, "version", 0):
        return None
    request = response.request
    parts = urlsplit(request.url)
    sent = request.body.encode() if isinstance(request.body, str) else request.body or b""
    if not isinstance(sent, bytes):
        return None
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    asked = Request(request.method, target, tuple(request.headers.items()), sent)
    answer = Response(response.status_code, tuple(response.headers.items()), response.content)
    return parts.hostname or "", asked, answer


class MocksPlugin:
    """Watches every test of a session, and lists what it has found at its end; tests fail for it if they are to."""

    def __init__(self, guards: Callable[[str], bool], fails: bool) -> None:
        self.answers = 0
        self.impossible: list[ImpossibleResponse] = []
        self._guards, self._fails = guards, fails
        self._mocks = MockAudit(guards)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        with audit_mocks(self._guards) as self._mocks:
            result = yield
        self.answers += self._mocks.response_count
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        found, self._mocks.impossible_responses = self._mocks.impossible_responses, []
        self.impossible += [one._replace(test=item.nodeid) for one in found]
        if found and self._fails and report.passed:
            report.outcome, report.longrepr = "failed", _text(found)
        elif found and report.failed:
            report.sections.append((_TITLE, _text(found)))
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
        if output is not None:
            # Plain types: pytest-xdist's channel takes nothing else.
            output[_HANDED_OVER] = [
                self.answers,
                [(exchange, list(told), test) for exchange, told, test in self.impossible],
            ]
        return (yield)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        answers, found = getattr(node, "workeroutput", {}).get(_HANDED_OVER, (0, ()))
        self.answers += answers
        self.impossible += [
            ImpossibleResponse(exchange, tuple(complaints), test) for exchange, complaints, test in found
        ]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.section(_TITLE)
        count = f"{len(self.impossible)} of the {self.answers} answers that stubs gave"
        terminalreporter.write_line(f"impossible in every edition: {count}")
        for test in dict.fromkeys(one.test for one in self.impossible):
            terminalreporter.write_line(test)
            for one in self.impossible:
                if one.test == test:
                    terminalreporter.write_line("  " + str(one).replace("\n", "\n  "))


class FindingCounter:
    """A plugin that remembers how many impossible answers a session had."""

    impossible = 0

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        plugin = config.pluginmanager.get_plugin("providercalls-mocks")
        self.impossible = len(plugin.impossible) if isinstance(plugin, MocksPlugin) else 0
