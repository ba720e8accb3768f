"""Mocked responses of every library are validated; impossible ones are listed, or fail their tests."""

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

from ...libraries import LIBRARIES

MOCK_TRANSPORT = """
import httpx
import pytest

URL = "https://api.voipbin.net/v1.0/calls"
HEADERS = {"Authorization": "Bearer s3cret"}
GOOD, BAD = {"result": [], "next_page_token": ""}, {"calls": []}

def mock_transport(status, body):
    transport = httpx.MockTransport(lambda request: httpx.Response(status, json=body))
    with httpx.Client(transport=transport, headers=HEADERS) as client:
        client.get(URL)

LIBRARIES = [mock_transport]
"""
EVERY_LIBRARY = f'''{MOCK_TRANSPORT}
from importlib.util import find_spec

import requests
import responses

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

    async def get():
        transport = httpx.MockTransport(lambda request: httpx.Response(status, json=body))
        async with httpx.AsyncClient(transport=transport, headers=HEADERS) as client:
            await client.get(URL)

    asyncio.run(get())

def with_respx(status, body):
    import respx

    with respx.mock:
        respx.get(URL).mock(httpx.Response(status, json=body))
        httpx.get(URL, headers=HEADERS)

def as_pytest_httpx_does(status, body):
    """pytest-httpx patches a method of the transport."""
    with pytest.MonkeyPatch.context() as patch:
        response = httpx.Response(status, json=body)
        patch.setattr(httpx.HTTPTransport, "handle_request", lambda self, request: response)
        httpx.get(URL, headers=HEADERS)

@responses.activate
def with_responses(status, body):
    responses.get(URL, json=body, status=status)
    requests.get(URL, headers=HEADERS)

LIBRARIES += [streamed, asynchronous, with_respx, as_pytest_httpx_does, with_responses]
if find_spec("httpx2"):
    LIBRARIES.append(httpx2_transport)
'''
FIXTURE = """
@pytest.fixture(params=LIBRARIES, ids=lambda function: function.__name__)
def mock(request):
    return request.param
"""
MOCKS = 5 + len(LIBRARIES)
VIOLATION = "Page of Call: result: this field is missing, but it is always present (every edition)"


def write(bare_pytester: pytest.Pytester, code: str, conftest: str = MOCK_TRANSPORT) -> None:
    bare_pytester.makeconftest(conftest + FIXTURE)
    bare_pytester.makepyfile(code)


def run(bare_pytester: pytest.Pytester, code: str, *options: str, conftest: str = MOCK_TRANSPORT) -> pytest.RunResult:
    write(bare_pytester, code, conftest)
    result = bare_pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", *options)
    assert "s3cret" not in result.stdout.str()
    return result


BOTH = """
    from conftest import BAD, GOOD

    def test_good(mock):
        mock(200, GOOD)

    def test_bad(mock):
        mock(200, BAD)
"""


def test_impossible_responses_are_listed_with_their_tests(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, BOTH, "--providercalls-lint-mocks=list", conftest=EVERY_LIBRARY)
    result.assert_outcomes(passed=2 * MOCKS)
    result.stdout.fnmatch_lines(
        [
            f"{MOCKS} of {2 * MOCKS} mocked responses are impossible in every edition",
            "test_*.py::test_bad[[]mock_transport]",
            "  GET /v1.0/calls -> 200",
            f"    {VIOLATION}",
        ]
    )
    assert "test_good[" not in result.stdout.str()


def test_impossible_responses_can_fail_their_tests(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makeini("[pytest]\nprovidercalls_lint_mocks = error\n")
    result = run(bare_pytester, BOTH, conftest=EVERY_LIBRARY)
    result.assert_outcomes(passed=MOCKS, failed=MOCKS)
    result.stdout.fnmatch_lines(["a mocked response is impossible in every edition:"])


def test_results_of_xdist_workers_are_added(bare_pytester: pytest.Pytester) -> None:
    """One worker has the possible response, and the other the impossible one."""
    result = run(bare_pytester, BOTH, "--providercalls-lint-mocks=list", "-p", "xdist", "-n", "2")
    result.stdout.fnmatch_lines(["1 of 2 mocked responses *"])


def test_a_failing_test_also_shows_impossible_responses(bare_pytester: pytest.Pytester) -> None:
    code = """
        from conftest import BAD, mock_transport

        def test_it():
            mock_transport(200, BAD)
            raise KeyError("another reason")
    """
    result = run(bare_pytester, code, "--providercalls-lint-mocks=error")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*KeyError*", "*VoIPbin mocks*", f"*{VIOLATION}"])


def test_the_fixture_fails_a_test(bare_pytester: pytest.Pytester) -> None:
    code = """
        from conftest import BAD, GOOD

        def test_good(voipbin_mocks, mock):
            mock(200, GOOD)
            assert (voipbin_mocks.response_count, voipbin_mocks.impossible_responses) == (1, [])

        def test_bad(voipbin_mocks, mock):
            mock(200, BAD)

        def test_deliberate(voipbin_mocks, mock):
            mock(200, BAD)
            assert [one.exchange for one in voipbin_mocks.impossible_responses] == ["GET /v1.0/calls -> 200"]
            voipbin_mocks.impossible_responses.clear()
    """
    result = run(bare_pytester, code, conftest=EVERY_LIBRARY)
    result.assert_outcomes(passed=3 * MOCKS, errors=MOCKS)
    result.stdout.fnmatch_lines(["a mocked response is impossible*"])


def test_a_fixture_of_the_same_name_changes_nothing(bare_pytester: pytest.Pytester) -> None:
    code = """
        import pytest
        from conftest import BAD, mock_transport

        @pytest.fixture
        def voipbin_mocks():
            return "mine"

        def test_it(voipbin_mocks):
            mock_transport(200, BAD)
    """
    run(bare_pytester, code).assert_outcomes(passed=1)


def test_responses_of_the_fake_are_not_mocked(bare_pytester: pytest.Pytester) -> None:
    code = """
        import httpx
        import pytest
        import requests

        URL = "https://api.voipbin.net/v1.0/calls"

        def test_in_process(voipbin, voipbin_mocks, voipbin_client):
            voipbin.faults.add("corrupt", times=None)
            voipbin_client.get("/calls")
            httpx.get(URL)
            assert voipbin_mocks.response_count == 0

        @pytest.mark.respx(assert_all_called=False)
        def test_mounted(voipbin, voipbin_mocks, respx_mock):
            voipbin.mount(respx_mock)
            voipbin.faults.add("corrupt", times=None)
            httpx.get(URL)
            assert voipbin_mocks.response_count == 0

        @pytest.mark.filterwarnings("default")
        def test_over_tls(voipbin_tls, voipbin, voipbin_mocks):
            voipbin.faults.add("corrupt", times=None)
            requests.get(URL)
            httpx.get(URL)
            assert (voipbin_mocks.response_count, len(voipbin.requests)) == (0, 2)
    """
    run(bare_pytester, code, "-p", "respx").assert_outcomes(passed=3)


def test_other_hosts_are_ignored(bare_pytester: pytest.Pytester) -> None:
    code = """
        import httpx

        def get(host):
            transport = httpx.MockTransport(lambda request: httpx.Response(201))
            with httpx.Client(transport=transport) as client:
                client.get(f"https://{host}/v1.0/calls")

        def test_it(voipbin_mocks):
            get("elsewhere.example")
            assert voipbin_mocks.response_count == 0

        def test_guarded_host(voipbin_mocks):
            get("api.staging.example")
            assert len(voipbin_mocks.impossible_responses) == 1
            voipbin_mocks.impossible_responses.clear()
    """
    bare_pytester.makeini("[pytest]\nprovidercalls_guard_hosts = *.staging.example\n")
    run(bare_pytester, code).assert_outcomes(passed=2)


def test_an_unknown_setting_is_a_usage_error(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, BOTH, "--providercalls-lint-mocks=loud")
    result.stderr.fnmatch_lines(["*providercalls_lint_mocks: expected `list` or `error`, got 'loud'"])


@pytest.mark.parametrize(("which", "code"), [("good", 0), ("bad", 1)])
def test_the_command_exits_with_1_for_an_impossible_response(
    bare_pytester: pytest.Pytester, which: str, code: int
) -> None:
    write(bare_pytester, BOTH)
    words = ("lint-mocks", "--", "-p", "no:cacheprovider", "-q", "-k", which)
    result = bare_pytester.run(sys.executable, "-m", "pytest_providercalls.cli", *words)
    assert result.ret == code


def test_the_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["lint-mocks", "--help"])
    assert "PYTEST ARGS" in capsys.readouterr().out


def test_nothing_stays_patched() -> None:
    before = httpx.Client.send, httpx.AsyncClient.send, requests.Session.send
    with audit_mocks(lambda host: True), audit_mocks(lambda host: True):
        assert httpx.Client.send is not before[0]
    assert (httpx.Client.send, httpx.AsyncClient.send, requests.Session.send) == before


def test_a_streamed_body_is_left_to_the_client() -> None:
    parts = iter([b"[", b"]"])
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=parts))
    client = httpx.Client(transport=transport)
    url = "https://api.voipbin.net/v1.0/calls"
    with audit_mocks(lambda host: True) as audit, client, client.stream("GET", url) as response:
        assert response.read() == b"[]"
    assert audit.response_count == 0


def test_a_later_patch_by_other_code_is_kept() -> None:
    before = requests.Session.send
    with audit_mocks(lambda host: True):
        theirs = requests.Session.send = lambda self, request, **options: None  # type: ignore[assignment, method-assign]
    assert requests.Session.send is theirs
    requests.Session.send = before  # type: ignore[method-assign]


def test_a_library_that_a_suite_has_replaced_is_not_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = ModuleType("requests")
    monkeypatch.setitem(sys.modules, "requests", stub)
    # None prevents the import of a module.
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with audit_mocks(lambda host: True):
        pass
    assert vars(stub).keys() == vars(ModuleType("requests")).keys()


class MockAdapter(requests.adapters.BaseAdapter):
    """Responds with a list, where VoIPbin sends an object."""

    def send(self, request: requests.PreparedRequest, *arguments: object, **options: object) -> requests.Response:
        response = requests.Response()
        response.status_code, response.raw, response.request = 200, BytesIO(b"[]"), request
        response.url = str(request.url)
        return response

    def close(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("options", "count"),
    [({}, 1), ({"data": "text"}, 1), ({"data": b"bytes"}, 1), ({"data": iter([b"part"])}, 0), ({"stream": True}, 0)],
)
def test_streamed_bodies_of_requests_are_ignored_too(options: dict[str, Any], count: int) -> None:
    with audit_mocks(lambda host: True) as audit, requests.Session() as session:
        session.mount("https://", MockAdapter())
        session.post("https://api.voipbin.net/v1.0/calls", **options)
    assert audit.response_count == count
