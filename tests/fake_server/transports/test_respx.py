"""The respx transport: one route, which serves the fake and records its calls like any route."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import respx
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import Clock
from pytest_providercalls.fake_server.transports.respx import mount
from pytest_providercalls.fake_server.transports.wire_response import WireResponse

URL = "https://api.voipbin.net/v1.0/calls"


class Echo:
    """Responds with the request."""

    def __init__(self) -> None:
        self.seen: list[Request] = []
        self.clock = Clock()

    def respond(self, request: Request, /) -> WireResponse:
        self.seen.append(request)
        response = f"{request.method} {request.target} ".encode() + request.body
        return WireResponse(Response(201, (("X-A", "1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")), response))


def send(asynchronous: bool, method: str, url: str, **options: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient() as client:
            return await client.request(method, url, **options)

    return asyncio.run(ask()) if asynchronous else httpx.request(method, url, **options)


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.mark.parametrize("using", ["httpcore", "httpx"])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "BREW"])
def test_any_method_and_path_is_served(echo: Echo, using: str, asynchronous: bool, method: str) -> None:
    with respx.mock(using=using) as router:
        route = mount(echo, router)
        response = send(asynchronous, method, "https://api.voipbin.net/any/%2F?q=%20", content=b"body")
    assert (response.status_code, response.text) == (201, f"{method} /any/%2F?q=%20 body")
    assert dict(response.cookies) == {"a": "1", "b": "2"}
    assert route.call_count == 1


@pytest.mark.parametrize("using", ["httpcore", "httpx"])
@pytest.mark.parametrize("host", ["api.voipbin.net.", "API.VOIPBIN.NET", "Api.voipbin.net."])
def test_any_spelling_of_the_host_is_served(echo: Echo, using: str, host: str) -> None:
    with respx.mock(using=using) as router:
        mount(echo, router)
        assert send(False, "GET", f"https://{host}/ping").status_code == 201


def test_other_hosts_are_not_served(echo: Echo) -> None:
    with respx.mock(assert_all_called=False) as router:
        mount(echo, router)
        for host in ("voipbin.net", "api.voipbin.net.example", "api.voipbin.net.."):
            with pytest.raises((respx.models.AllMockedAssertionError, httpx.InvalidURL)):
                send(False, "GET", f"https://{host}/ping")


@pytest.mark.parametrize("using", ["httpcore", "httpx"])
def test_streamed_request_bodies_arrive(echo: Echo, using: str) -> None:
    async def parts() -> Any:
        yield b"one"
        yield b"two"

    with respx.mock(using=using) as router:
        mount(echo, router)
        send(False, "POST", URL, content=iter([b"one", b"two"]))
        send(True, "POST", URL, content=parts())
    assert [request.body for request in echo.seen] == [b"onetwo", b"onetwo"]


def test_the_fixtures_router_records_calls_as_usual(echo: Echo, respx_mock: respx.MockRouter) -> None:
    route = mount(echo, respx_mock)
    httpx.get(URL)
    httpx.post(URL, content=b"{1}")
    assert route.call_count == respx_mock.calls.call_count == 2
    assert route.calls.last.request.content == b"{1}"
    assert route.calls.last.response.status_code == 201


def test_a_response_can_be_streamed_and_timed(echo: Echo, respx_mock: respx.MockRouter) -> None:
    mount(echo, respx_mock)
    with httpx.Client() as client, client.stream("GET", URL) as response:
        assert b"".join(response.iter_raw()) == b"GET /v1.0/calls "
    assert response.elapsed.total_seconds() >= 0


def test_other_routes_of_the_router_still_work(echo: Echo, respx_mock: respx.MockRouter) -> None:
    mount(echo, respx_mock)
    elsewhere = respx_mock.get("https://elsewhere.example/").respond(204)
    assert httpx.get("https://elsewhere.example/").status_code == 204
    assert httpx.get("https://api.voipbin.net:443/").status_code == 201
    assert (elsewhere.call_count, len(echo.seen)) == (1, 1)


def test_an_existing_route_takes_precedence(echo: Echo, respx_mock: respx.MockRouter) -> None:
    respx_mock.get(URL).respond(503)
    mount(echo, respx_mock)
    assert httpx.get(URL).status_code == 503
    assert httpx.post(URL).status_code == 201


def test_another_host_can_be_served(echo: Echo, respx_mock: respx.MockRouter) -> None:
    mount(echo, respx_mock, "staging.example")
    assert httpx.get("https://staging.example/x").text == "GET /x "


@pytest.mark.parametrize("base", ["https://api.voipbin.net/v1.0", "https://elsewhere.example/x"])
def test_the_base_url_of_the_router_is_ignored(echo: Echo, base: str) -> None:
    with respx.mock(base_url=base) as router:
        mount(echo, router)
        assert httpx.get("https://api.voipbin.net/ping").text == "GET /ping "


def test_an_uncalled_mount_counts_like_any_route(echo: Echo) -> None:
    with pytest.raises(AssertionError, match="some routes were not called"), respx.mock() as router:
        mount(echo, router)
    with respx.mock(assert_all_called=False) as router:
        mount(echo, router)


@pytest.mark.respx(assert_all_called=False)
def test_the_marker_allows_an_uncalled_mount(echo: Echo, respx_mock: respx.MockRouter) -> None:
    mount(echo, respx_mock)
