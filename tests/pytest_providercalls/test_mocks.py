"""What stubs answer is seen, whichever library they stand in, and what VoIPbin could not answer is told or fails."""

from __future__ import annotations

import sys
from io import BytesIO
from types import ModuleType
from typing import Any

import httpx
import pytest
import requests

from pytest_providercalls.analyses.mock_lint import audit_mocks
from pytest_providercalls.cli import main

from ..libraries import LIBRARIES

STUBS = '''
import json
from importlib.util import find_spec

import httpx
import pytest
import requests
import responses

URL = "https://api.voipbin.net/v1.0/calls"
HEADERS = {"Authorization": "Bearer s3cret"}
GOOD, BAD = {"result": [], "next_page_token": ""}, {"calls": []}

def mock_transport(status, body):
    transport = httpx.MockTransport(lambda request: httpx.Response(status, json=body))
    with httpx.Client(transport=transport, headers=HEADERS) as client:
        client.get(URL)

def httpx2_transport(status, body):
    import httpx2

    transport = httpx2.MockTransport(lambda request: httpx2.Response(status, json=body))
    with httpx2.Client(transport=transport, headers=HEADERS) as client:
        client.get(URL)

def streamed(status, body):
    transport = httpx.MockTransport(lambda request: httpx.Response(status, json=body))
    with httpx.Client(transport=transport, headers=HEADERS) as client, client.stream("GET", URL) as response:
        response.read()

def asynchronous(status, body):
    import asyncio

    async def ask():
        transport = httpx.MockTransport(lambda request: httpx.Response(status, json=body))
        async with httpx.AsyncClient(transport=transport, headers=HEADERS) as client:
            await client.get(URL)

    asyncio.run(ask())

def with_respx(status, body):
    import respx

    with respx.mock:
        respx.get(URL).mock(httpx.Response(status, json=body))
        httpx.get(URL, headers=HEADERS)

def as_pytest_httpx_does(status, body):
    """Its seam is the transport's own method."""
    with pytest.MonkeyPatch.context() as patch:
        answer = httpx.Response(status, json=body)
        patch.setattr(httpx.HTTPTransport, "handle_request", lambda self, request: answer)
        httpx.get(URL, headers=HEADERS)

@responses.activate
def with_responses(status, body):
    responses.get(URL, json=body, status=status)
    requests.get(URL, headers=HEADERS)

LIBRARIES = [mock_transport, streamed, asynchronous, with_respx, as_pytest_httpx_does, with_responses]
if find_spec("httpx2"):
    LIBRARIES.append(httpx2_transport)

@pytest.fixture(params=LIBRARIES, ids=lambda function: function.__name__)
def stub(request):
    return request.param
'''
STUBBED = 5 + len(LIBRARIES)
COMPLAINT = "Page of Call: result: it is missing, and is always there (every edition)"


@pytest.fixture(autouse=True)
def stubs(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(STUBS)


def run(pytester: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(code)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", *options)
    assert "s3cret" not in result.stdout.str()
    return result


BOTH = """
    from conftest import BAD, GOOD

    def test_good(stub):
        stub(200, GOOD)

    def test_bad(stub):
        stub(200, BAD)
"""


def test_impossible_answers_are_listed_with_their_tests(pytester: pytest.Pytester) -> None:
    result = run(pytester, BOTH, "--providercalls-lint-mocks=list")
    result.assert_outcomes(passed=2 * STUBBED)
    result.stdout.fnmatch_lines(
        [
            f"impossible in every edition: {STUBBED} of the {2 * STUBBED} answers that stubs gave",
            "test_*.py::test_bad[[]mock_transport]",
            "  GET /v1.0/calls -> 200",
            f"    {COMPLAINT}",
        ]
    )
    assert "test_good[" not in result.stdout.str()


def test_their_tests_fail_when_that_is_asked_for(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nprovidercalls_lint_mocks = error\n")
    result = run(pytester, BOTH)
    result.assert_outcomes(passed=STUBBED, failed=STUBBED)
    result.stdout.fnmatch_lines(["a stub gives an answer that VoIPbin could not give, in no edition:"])


def test_the_findings_of_xdists_workers_come_together(pytester: pytest.Pytester) -> None:
    result = run(pytester, BOTH, "--providercalls-lint-mocks=list", "-n", "2")
    result.stdout.fnmatch_lines([f"impossible in every edition: {STUBBED} of the {2 * STUBBED} answers *"])


def test_a_test_that_fails_by_itself_says_so_besides(pytester: pytest.Pytester) -> None:
    code = """
        from conftest import BAD, mock_transport

        def test_it():
            mock_transport(200, BAD)
            raise KeyError("the client's own")
    """
    result = run(pytester, code, "--providercalls-lint-mocks=error")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*KeyError*", "*VoIPbin mocks*", f"*{COMPLAINT}"])


def test_the_fixture_fails_a_test(pytester: pytest.Pytester) -> None:
    code = """
        from conftest import BAD, GOOD

        def test_good(voipbin_mocks, stub):
            stub(200, GOOD)
            assert (voipbin_mocks.answers, voipbin_mocks.impossible) == (1, [])

        def test_bad(voipbin_mocks, stub):
            stub(200, BAD)

        def test_meant(voipbin_mocks, stub):
            stub(200, BAD)
            assert [one.exchange for one in voipbin_mocks.impossible] == ["GET /v1.0/calls -> 200"]
            voipbin_mocks.impossible.clear()
    """
    result = run(pytester, code)
    result.assert_outcomes(passed=3 * STUBBED, errors=STUBBED)
    result.stdout.fnmatch_lines(["a stub gives an answer*"])


def test_a_fixture_of_the_same_name_changes_nothing(pytester: pytest.Pytester) -> None:
    code = """
        import pytest
        from conftest import BAD, mock_transport

        @pytest.fixture
        def voipbin_mocks():
            return "mine"

        def test_it(voipbin_mocks):
            mock_transport(200, BAD)
    """
    run(pytester, code).assert_outcomes(passed=1)


def test_the_fakes_answers_are_nobodys_stubs(pytester: pytest.Pytester) -> None:
    code = """
        import httpx
        import pytest
        import requests

        URL = "https://api.voipbin.net/v1.0/calls"

        def test_in_process(voipbin, voipbin_mocks, voipbin_client):
            voipbin.faults.add("corrupt", times=None)
            voipbin_client.get("/calls")
            httpx.get(URL)
            assert voipbin_mocks.answers == 0

        @pytest.mark.respx(assert_all_called=False)
        def test_mounted(voipbin, voipbin_mocks, respx_mock):
            voipbin.mount(respx_mock)
            voipbin.faults.add("corrupt", times=None)
            httpx.get(URL)
            assert voipbin_mocks.answers == 0

        @pytest.mark.filterwarnings("default")
        def test_over_tls(voipbin_tls, voipbin, voipbin_mocks):
            voipbin.faults.add("corrupt", times=None)
            requests.get(URL)
            httpx.get(URL)
            assert (voipbin_mocks.answers, len(voipbin.requests)) == (0, 2)
    """
    run(pytester, code).assert_outcomes(passed=3)


def test_other_hosts_are_none_of_ours(pytester: pytest.Pytester) -> None:
    code = """
        import httpx

        def ask(host):
            transport = httpx.MockTransport(lambda request: httpx.Response(201))
            with httpx.Client(transport=transport) as client:
                client.get(f"https://{host}/v1.0/calls")

        def test_it(voipbin_mocks):
            ask("elsewhere.example")
            assert voipbin_mocks.answers == 0

        def test_one_that_is_guarded(voipbin_mocks):
            ask("api.staging.example")
            assert len(voipbin_mocks.impossible) == 1
            voipbin_mocks.impossible.clear()
    """
    pytester.makeini("[pytest]\nprovidercalls_guard_hosts = *.staging.example\n")
    run(pytester, code).assert_outcomes(passed=2)


def test_a_setting_that_does_not_exist_is_told(pytester: pytest.Pytester) -> None:
    result = run(pytester, BOTH, "--providercalls-lint-mocks=loud")
    result.stderr.fnmatch_lines(["*providercalls_lint_mocks is 'loud'; it can be `list` or `error`"])


@pytest.mark.parametrize(("which", "code"), [("good", 0), ("bad", 1)])
def test_the_command_exits_with_one_for_an_impossible_answer(pytester: pytest.Pytester, which: str, code: int) -> None:
    pytester.makepyfile(BOTH)
    words = ("lint-mocks", "--", "-p", "no:cacheprovider", "-q", "-k", which)
    result = pytester.run(sys.executable, "-m", "pytest_providercalls.cli", *words)
    assert result.ret == code


def test_the_command_has_a_page_of_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["lint-mocks", "--help"])
    assert "PYTEST ARGS" in capsys.readouterr().out


def test_nothing_is_left_behind() -> None:
    before = httpx.Client.send, httpx.AsyncClient.send, requests.Session.send
    with audit_mocks(lambda host: True), audit_mocks(lambda host: True):
        assert httpx.Client.send is not before[0]
    assert (httpx.Client.send, httpx.AsyncClient.send, requests.Session.send) == before


def test_a_body_that_streams_is_left_to_the_client() -> None:
    parts = iter([b"[", b"]"])
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=parts))
    client = httpx.Client(transport=transport)
    url = "https://api.voipbin.net/v1.0/calls"
    with audit_mocks(lambda host: True) as mocks, client, client.stream("GET", url) as response:
        assert response.read() == b"[]"
    assert mocks.response_count == 0


def test_what_somebody_else_has_put_in_its_place_stays() -> None:
    before = requests.Session.send
    with audit_mocks(lambda host: True):
        theirs = requests.Session.send = lambda self, request, **options: None  # type: ignore[assignment, method-assign]
    assert requests.Session.send is theirs
    requests.Session.send = before  # type: ignore[method-assign]


def test_a_library_that_a_suite_has_replaced_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = ModuleType("requests")
    monkeypatch.setitem(sys.modules, "requests", stub)
    # None is how a suite keeps a module from being imported at all.
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with audit_mocks(lambda host: True):
        pass
    assert vars(stub).keys() == vars(ModuleType("requests")).keys()


class Stubbed(requests.adapters.BaseAdapter):
    """Answers a list, where VoIPbin has an object."""

    def send(self, request: requests.PreparedRequest, *arguments: object, **options: object) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer.raw, answer.request = 200, BytesIO(b"[]"), request
        answer.url = str(request.url)
        return answer

    def close(self) -> None:
        """There is nothing to close."""


@pytest.mark.parametrize(
    ("options", "answers"),
    [({}, 1), ({"data": "text"}, 1), ({"data": b"bytes"}, 1), ({"data": iter([b"part"])}, 0), ({"stream": True}, 0)],
)
def test_of_requests_what_streams_is_left_alone_too(options: dict[str, Any], answers: int) -> None:
    with audit_mocks(lambda host: True) as mocks, requests.Session() as session:
        session.mount("https://", Stubbed())
        session.post("https://api.voipbin.net/v1.0/calls", **options)
    assert mocks.response_count == answers
