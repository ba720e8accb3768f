"""What one POST /providercalls costs: the core alone, through the `voipbin` fixture, and static mocks beside it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count

import httpx
import requests
import responses
import respx
from pytest_httpserver import HTTPServer
from pytest_providercalls.contracts import Request
from pytest_providercalls.fake_server import FakeVoipbin
from rounds import compare, show

from pytest_providercalls.intercept import Interception

PATH = "/v1.0/providercalls"
URL = "https://api.voipbin.net" + PATH
FAKE = FakeVoipbin()
BODY = json.dumps(
    {
        "provider_id": FAKE.provider.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}],
        "anonymous": "auto",
    }
).encode()
HEADERS = {"Authorization": f"Bearer {FAKE.super_admin.token}", "Content-Type": "application/json"}
POST = Request("POST", PATH, tuple(HEADERS.items()), BODY)
ANSWER = FAKE.handle(POST)
ANSWER_HEADERS = dict(ANSWER.headers)

Call = Callable[[], object]


@contextmanager
def core() -> Iterator[Call]:
    fake = _fresh()
    yield lambda: fake.handle(POST)


@contextmanager
def through_fixture() -> Iterator[Call]:
    with httpx.Client() as client, Interception(_fresh()):
        yield _post(client)


@contextmanager
def through_fixture_anew() -> Iterator[Call]:
    """No two bodies alike: the fake has each to read, where a static mock reads none."""
    numbers = count(1_000_000)
    with httpx.Client() as client, Interception(_fresh()):
        yield lambda: _post(client, body=BODY.replace(b"2025550143", b"212%d" % next(numbers)))()


@contextmanager
def static_mock_transport() -> Iterator[Call]:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=ANSWER.body, headers=ANSWER_HEADERS)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        yield _post(client)


@contextmanager
def static_respx() -> Iterator[Call]:
    with respx.mock as router, httpx.Client() as client:
        router.post(URL).respond(200, content=ANSWER.body, headers=ANSWER_HEADERS)
        yield _post(client)


@contextmanager
def static_responses() -> Iterator[Call]:
    with responses.RequestsMock() as mock, requests.Session() as session:
        mock.post(URL, body=ANSWER.body, headers=ANSWER_HEADERS)
        yield lambda: session.post(URL, headers=HEADERS, data=BODY).json()


@contextmanager
def static_httpserver() -> Iterator[Call]:
    with HTTPServer() as server, httpx.Client() as client:
        server.expect_request(PATH).respond_with_data(ANSWER.body, headers=ANSWER_HEADERS)
        yield _post(client, server.url_for(PATH))


def _fresh() -> FakeVoipbin:
    """A fake of the same seed: the token and the provider of POST are good there too."""
    return FakeVoipbin()


def _post(client: httpx.Client, url: str = URL, body: bytes = BODY) -> Call:
    return lambda: client.post(url, headers=HEADERS, content=body).json()


@contextmanager
def page(records: int) -> Iterator[Call]:
    fake = _fresh()
    for _ in range(records):
        fake.add_provider()
    get = Request("GET", "/v1.0/providers", POST.headers)
    yield lambda: fake.handle(get)


@contextmanager
def new_fake() -> Iterator[Call]:
    yield _fresh


def main() -> None:
    # pytest-httpserver's access log.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    contenders = {
        "FakeVoipbin.handle": core,
        "the voipbin fixture": through_fixture,
        "the voipbin fixture, ever new bodies": through_fixture_anew,
        "httpx.MockTransport": static_mock_transport,
        "respx": static_respx,
        "responses": static_responses,
        "pytest-httpserver": static_httpserver,
    }
    title = "One POST /providercalls, answered and read; the last four give the same answer, recorded"
    show(title, compare(contenders), "httpx.MockTransport")
    pages = {f"a page of 100 out of {count}": partial(page, count) for count in (100, 1_000, 10_000)}
    show("Lists", compare(pages, rounds=5, times=50), "a page of 100 out of 100")
    show("A test's own fake", compare({"FakeVoipbin()": new_fake}, rounds=5, times=50), "FakeVoipbin()")


if __name__ == "__main__":
    main()
