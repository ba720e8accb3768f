"""The fake compared with other tools in a pytest session: the cost of one request, of the fixture, and of a whole test.

`measure` runs the tests of this file, interleaved.
"""

from __future__ import annotations

import io
import json
import logging
import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, redirect_stdout
from itertools import count

import httpx
import pytest
import requests
import responses
from posting import ANSWER, ANSWER_HEADERS, BODY, HEADERS, PATH, POST, URL, headers_of, numbered, posting
from pytest_providercalls.contracts import Request
from pytest_providercalls.fake_server import Clock, FakeVoipbin
from pytest_providercalls.fake_server.transports.wire_response import WireResponse
from rounds import cost
from tables import Goal, Results, Table, compared, show

from pytest_providercalls.fixtures.interception import Interception

TURNS, TIMES = 25, 200
FIXTURE_TURNS = 100
"""The number of runs of each fixture, and of each whole test in a row and in turn with others."""
OWN_CLIENT_TURNS = 30
"""The number of runs of each test with a client of its own."""
ROW = 10
"""The number of tests in a row that use the same tool."""
Timed = Callable[[Callable[[], object]], None]


# one request


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


def test_core(timed: Timed) -> None:
    """FakeVoipbin.handle, without a client"""
    fake = FakeVoipbin()
    timed(lambda: fake.handle(POST))


def test_fixture(timed: Timed, voipbin: FakeVoipbin, client: httpx.Client) -> None:
    """the voipbin fixture"""
    timed(posting(client, headers=headers_of(voipbin)))


def test_fixture_new_bodies(timed: Timed, voipbin: FakeVoipbin, client: httpx.Client) -> None:
    """the voipbin fixture, all bodies different"""
    numbers, headers = count(), headers_of(voipbin)
    client.post(URL, headers=headers, content=numbered(next(numbers))).raise_for_status()
    timed(lambda: client.post(URL, headers=headers, content=numbered(next(numbers))).json())


def test_fixture_read(timed: Timed, voipbin: FakeVoipbin, client: httpx.Client) -> None:
    """the voipbin fixture, and the call is read"""
    headers = headers_of(voipbin)

    def place_and_read() -> object:
        (id,) = client.post(URL, headers=headers, content=BODY).json()["call_ids"]
        return voipbin.calls[id]

    timed(place_and_read)


def test_interception(timed: Timed, client: httpx.Client) -> None:
    """the fixture's interception, with a constant response"""

    class Constant:
        clock = Clock()

        def respond(self, _request: Request, /) -> WireResponse:
            return WireResponse(ANSWER)

    with Interception(Constant()):
        timed(posting(client))


def test_mock_transport(timed: Timed) -> None:
    """static httpx.MockTransport"""

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=ANSWER.body, headers=ANSWER_HEADERS)

    with httpx.Client(transport=httpx.MockTransport(respond)) as client:
        timed(posting(client))


def test_respx(timed: Timed, respx_mock: object, client: httpx.Client) -> None:
    """static respx"""
    respx_mock.post(URL).respond(200, content=ANSWER.body, headers=ANSWER_HEADERS)  # type: ignore[attr-defined]
    timed(posting(client))


@pytest.mark.httpx_mock(can_send_already_matched_responses=True)
def test_httpx_mock(timed: Timed, httpx_mock: object, client: httpx.Client) -> None:
    """static pytest-httpx"""
    httpx_mock.add_response(url=URL, content=ANSWER.body, headers=ANSWER_HEADERS)  # type: ignore[attr-defined]
    timed(posting(client))


def test_responses(timed: Timed) -> None:
    """static responses, with requests"""
    with responses.RequestsMock() as mock, requests.Session() as session:
        mock.post(URL, body=ANSWER.body, headers=ANSWER_HEADERS)
        timed(lambda: session.post(URL, headers=HEADERS, data=BODY).json())


def test_httpserver(timed: Timed, httpserver: object, client: httpx.Client) -> None:
    """static pytest-httpserver, over loopback"""
    server: object = httpserver
    server.expect_request(PATH).respond_with_data(ANSWER.body, headers=ANSWER_HEADERS)  # type: ignore[attr-defined]
    timed(posting(client, server.url_for(PATH)))  # type: ignore[attr-defined]


def test_moto(timed: Timed, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto: a stateful fake of another service, SQS send_message"""
    import boto3
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        sqs = boto3.client("sqs", region_name="us-east-1")
        queue = sqs.create_queue(QueueName="calls")["QueueUrl"]
        timed(lambda: sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"n": 1})))


# the fixture without a request


def test_only_nothing() -> None:
    """no fixture"""


def test_only_voipbin(voipbin: FakeVoipbin) -> None:
    """voipbin"""


def test_only_respx_mock(respx_mock: object) -> None:
    """respx_mock"""


def test_only_httpx_mock(httpx_mock: object) -> None:
    """httpx_mock"""


def test_only_httpserver(httpserver: object) -> None:
    """httpserver"""


# a test with one request, by a client that all tests share: to create one takes longer than the test, see below


@pytest.fixture(scope="session")
def shared_client() -> Iterator[httpx.Client]:
    with httpx.Client() as client:
        yield client


@pytest.fixture(scope="session")
def shared_session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def test_one_voipbin(voipbin: FakeVoipbin, shared_client: httpx.Client) -> None:
    """voipbin"""
    assert shared_client.post(URL, headers=headers_of(voipbin), content=BODY).json()["call_ids"]


def test_one_respx_mock(respx_mock: object, shared_client: httpx.Client) -> None:
    """respx"""
    respx_mock.post(URL).respond(200, content=ANSWER.body, headers=ANSWER_HEADERS)  # type: ignore[attr-defined]
    assert shared_client.post(URL, headers=HEADERS, content=BODY).json()["call_ids"]


def test_one_httpx_mock(httpx_mock: object, shared_client: httpx.Client) -> None:
    """pytest-httpx"""
    httpx_mock.add_response(url=URL, content=ANSWER.body, headers=ANSWER_HEADERS)  # type: ignore[attr-defined]
    assert shared_client.post(URL, headers=HEADERS, content=BODY).json()["call_ids"]


def test_one_responses(shared_session: requests.Session) -> None:
    """responses"""
    with responses.RequestsMock() as mock:
        mock.post(URL, body=ANSWER.body, headers=ANSWER_HEADERS)
        assert shared_session.post(URL, headers=HEADERS, data=BODY).json()["call_ids"]


# the same, by a client that the test creates


def test_own_voipbin(voipbin: FakeVoipbin) -> None:
    """voipbin"""
    with httpx.Client() as own:
        test_one_voipbin(voipbin, own)


def test_own_respx_mock(respx_mock: object) -> None:
    """respx"""
    with httpx.Client() as own:
        test_one_respx_mock(respx_mock, own)


def test_own_httpx_mock(httpx_mock: object) -> None:
    """pytest-httpx"""
    with httpx.Client() as own:
        test_one_httpx_mock(httpx_mock, own)


def test_own_responses() -> None:
    """responses"""
    with requests.Session() as own:
        test_one_responses(own)


_RUNS = {"test_only": FIXTURE_TURNS, "test_one": 2 * FIXTURE_TURNS, "test_own": OWN_CLIENT_TURNS}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    name = metafunc.function.__name__
    turns = next((runs for prefix, runs in _RUNS.items() if name.startswith(prefix)), TURNS)
    metafunc.fixturenames.append("turn")
    metafunc.parametrize("turn", range(turns))


def _is_whole(name: str) -> bool:
    """Return whether a test with one request is measured as a whole: in the first half of its turns in a row."""
    return name.startswith("test_one")


def _is_in_row(item: pytest.Function) -> bool:
    return _is_whole(item.originalname) and item.callspec.params["turn"] < FIXTURE_TURNS


def _position(item: pytest.Function) -> tuple[object, ...]:
    """Return what determines when a test runs: the requests first, then the rows, then what runs one by one.

    A test is faster after one that has used the same code. So each turn has another order. In a suite, the test before
    it has used the same code: hence the rows.
    """
    name, turn = item.originalname, item.callspec.params["turn"]
    if _is_in_row(item):
        phase, turn = 1, turn // ROW
    else:
        phase, turn = 2 * name.startswith(tuple(_RUNS)), turn % FIXTURE_TURNS
    return phase, turn, random.Random(f"{name} {turn}").random()


class Stopwatch:
    """A plugin that interleaves the tests and records their times by docstring."""

    def __init__(self) -> None:
        self.requests: defaultdict[str, list[float]] = defaultdict(list)
        self.phases: defaultdict[str, list[float]] = defaultdict(list)
        """The setups and teardowns of the fixtures without a request, in turns."""
        self.tests: defaultdict[str, list[float]] = defaultdict(list)
        """The setups, calls and teardowns of the tests with one request, each after one of the same tool."""
        self.mixed: defaultdict[str, list[float]] = defaultdict(list)
        """Those of the tests that run in turn with those of other tools."""
        self.own: defaultdict[str, list[float]] = defaultdict(list)
        """Those of the tests that create a client."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        items.sort(key=_position)

    @pytest.fixture
    def timed(self, request: pytest.FixtureRequest) -> Timed:
        return lambda call: self.requests[request.function.__doc__].append(cost(call, TIMES))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Function) -> Generator[None, object, object]:
        with self._timing(item):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Function) -> Generator[None, object, object]:
        with self._timing(item, is_call=True):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Function) -> Generator[None, object, object]:
        with self._timing(item):
            return (yield)

    @contextmanager
    def _timing(self, item: pytest.Function, *, is_call: bool = False) -> Iterator[None]:
        start = time.process_time()
        yield
        elapsed = (time.process_time() - start) * 1e6
        if item.originalname.startswith("test_only") and not is_call:
            self.phases[f"{item.function.__doc__}"].append(elapsed)
        if _is_whole(item.originalname):
            found = self.tests if _is_in_row(item) else self.mixed
            found[f"{item.function.__doc__}"].append(elapsed)
        if item.originalname.startswith("test_own"):
            self.own[f"{item.function.__doc__}"].append(elapsed)


def measure() -> Results:
    """Run the session and return the tables."""
    # Silence the access log of pytest-httpserver.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    watch = Stopwatch()
    # Ignore this project's settings.
    options = ["-c", os.devnull, f"--rootdir={os.path.dirname(__file__)}", "-qq", "--no-summary", "-pno:cacheprovider"]
    with redirect_stdout(io.StringIO()):
        failed = pytest.main([*options, __file__], plugins=[watch])
    if failed:
        raise SystemExit("a test of benchmarks/peers.py failed")
    costs = {name: statistics.median(found) for name, found in _as_defined(watch.requests)}
    tests = _whole_tests(watch.tests)
    whole = _tests(tests, _whole_tests(watch.mixed), _whole_tests(watch.own))
    tables = (_requests(costs), _fixtures(watch.phases), *whole)
    return Results(tables, (*_goals(costs), _fixture_goal(watch.phases), *_test_goals(tests)))


def _whole_tests(found: dict[str, list[float]]) -> dict[str, float]:
    """Return the medians of setup, call and teardown together."""
    return {
        name: statistics.median(map(sum, zip(*[iter(times)] * 3, strict=True))) for name, times in _as_defined(found)
    }


def _as_defined(found: dict[str, list[float]]) -> list[tuple[str, list[float]]]:
    """Return the times of tests in the order of this file: they ran in another one."""
    names = [test.__doc__ for name, test in globals().items() if name.startswith("test_")]
    return sorted(found.items(), key=lambda one: names.index(one[0]))


def _requests(costs: dict[str, float]) -> Table:
    note = f"with the response read; medians of {TURNS} interleaved rounds of {TIMES} requests"
    return compared("One POST /providercalls in process", costs, "static httpx.MockTransport", note)


def _fixtures(phases: dict[str, list[float]]) -> Table:
    totals = {name: _setup_and_teardown(times) for name, times in _as_defined(phases)}
    base = totals["no fixture"]
    rows = tuple((name, f"{total:,.0f} us", f"{total - base:,.0f} us") for name, total in totals.items())
    note = f"setup and teardown, medians of {FIXTURE_TURNS} runs; the server of httpserver is started once per session"
    return Table("Fixtures without a request", ("fixture", "setup and teardown", "without pytest itself"), rows, note)


def _tests(in_rows: dict[str, float], mixed: dict[str, float], own: dict[str, float]) -> Iterator[Table]:
    note = f"its setup, call and teardown, with a client that all tests share; medians of {FIXTURE_TURNS} runs"
    in_rows_note = f"{note} in interleaved rows of {ROW}, as in a suite"
    yield compared("A test with one POST", in_rows, "pytest-httpx", in_rows_note)
    yield compared("The same, after a test of another tool", mixed, "pytest-httpx", f"{note}, interleaved one by one")
    own_note = f"its setup, call and teardown; medians of {OWN_CLIENT_TURNS} runs, interleaved one by one"
    yield compared("The same, with a client of its own", own, "pytest-httpx", own_note)


def _test_goals(costs: dict[str, float]) -> Iterator[Goal]:
    for peer in ("pytest-httpx", "respx", "responses"):
        yield Goal(f"a test with one POST, compared with {peer}", 1.0, costs["voipbin"] / costs[peer], "times")


def _setup_and_teardown(times: list[float]) -> float:
    """Return the median of both together; setups and teardowns alternate in the list."""
    return statistics.median(times[::2]) + statistics.median(times[1::2])


def _goals(costs: dict[str, float]) -> Iterator[Goal]:
    ours, new_bodies = costs["the voipbin fixture"], costs["the voipbin fixture, all bodies different"]
    static, respx = costs["static httpx.MockTransport"], costs["static respx"]
    yield Goal("POST with voipbin, compared with a static MockTransport", 1.5, ours / static, "times")
    yield Goal("POST with voipbin, compared with static respx", 0.9, ours / respx, "times")
    yield Goal("the same, with all bodies different", 0.9, new_bodies / respx, "times")


def _fixture_goal(phases: dict[str, list[float]]) -> Goal:
    own = _setup_and_teardown(phases["voipbin"]) - _setup_and_teardown(phases["no fixture"])
    return Goal("setup and teardown of voipbin", 0.2, own / 1000, "ms")


if __name__ == "__main__":
    show(measure())
