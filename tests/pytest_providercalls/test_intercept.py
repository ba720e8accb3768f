"""Every httpx and httpx2 client reaches the fake, whatever its own settings, and nothing stays patched."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import httpx
import pytest
import respx
from pytest_providercalls.fake_server import FakeVoipbin

from pytest_providercalls import optional_imports
from pytest_providercalls.fixtures import interception
from pytest_providercalls.fixtures.interception import Interception

from ..libraries import LIBRARIES

PING = "https://api.voipbin.net/ping"
CALLS = "https://api.voipbin.net/v1.0/calls"
PONG = {"message": "pong"}
libraries = pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
needs_httpx2 = pytest.mark.skipif("httpx2" not in LIBRARIES, reason="httpx2 needs Python 3.11")


class Passing(httpx.BaseTransport):
    """A transport of a client's own that wraps the library's, as retrying ones do."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.seen = 0

    def handle_request(self, request: Any) -> Any:
        self.seen += 1
        return self.inner.handle_request(request)


SETTINGS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "retries": lambda library: {"transport": library.HTTPTransport(retries=3)},
    "proxy": lambda library: {"proxy": "http://127.0.0.1:9"},
    "mounts": lambda library: {"mounts": {"https://": library.HTTPTransport(verify=False)}},
    "unverified": lambda library: {"verify": False},
    "no environment": lambda library: {"trust_env": False},
    "wrapped": lambda library: {"transport": Passing(library.HTTPTransport())},
    "base url": lambda library: {"base_url": "https://api.voipbin.net"},
}


@libraries
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_any_client_is_answered(voipbin: FakeVoipbin, library: Any, settings: Callable[[Any], dict[str, Any]]) -> None:
    with library.Client(**settings(library)) as client:
        assert client.get(PING).json() == PONG


@libraries
@pytest.mark.parametrize("url", [PING, "http://api.voipbin.net/ping", "https://API.voipbin.NET:8443/ping"])
def test_any_scheme_port_and_spelling(voipbin: FakeVoipbin, library: Any, url: str) -> None:
    assert library.get(url).json() == PONG


@libraries
def test_an_asynchronous_client_is_answered(voipbin: FakeVoipbin, library: Any) -> None:
    async def ask() -> Any:
        async with library.AsyncClient() as client:
            return (await client.get(PING)).json()

    assert asyncio.run(ask()) == PONG


def test_a_transport_that_extends_the_librarys_does_its_work(voipbin: FakeVoipbin) -> None:
    class Counting(httpx.HTTPTransport):
        seen = 0

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            Counting.seen += 1
            return super().handle_request(request)

    with httpx.Client(transport=Counting()) as client:
        assert client.get(PING).json() == PONG
    assert Counting.seen == 1


@libraries
def test_clients_made_before_and_after(library: Any) -> None:
    with library.Client() as before, Interception(FakeVoipbin()), library.Client() as after:
        assert before.get(PING).json() == after.get(PING).json() == PONG


@libraries
def test_a_body_that_is_streamed_is_read(voipbin: FakeVoipbin, library: Any) -> None:
    def body() -> Iterator[bytes]:
        yield b'{"username": "nobody",'
        yield b' "password": "x"}'

    async def parts() -> AsyncIterator[bytes]:
        for part in body():
            yield part

    async def post() -> Any:
        async with library.AsyncClient() as client:
            return await client.post("https://api.voipbin.net/auth/login", content=parts())

    for answer in (library.post("https://api.voipbin.net/auth/login", content=body()), asyncio.run(post())):
        assert (answer.status_code, answer.content) == (400, b"")
    assert voipbin.requests[0].request_body == b'{"username": "nobody", "password": "***"}'


@libraries
def test_cookies_redirects_hooks_and_streams_work(voipbin: FakeVoipbin, library: Any) -> None:
    seen: list[int] = []
    admin = voipbin.super_admin
    hooks = {"response": [lambda response: seen.append(response.status_code)]}
    with library.Client(follow_redirects=True, event_hooks=hooks) as client:
        login = {"username": admin.username, "password": admin.password}
        client.post("https://api.voipbin.net/auth/login", json=login).raise_for_status()
        assert client.get(CALLS + "/").json() == {"result": [], "next_page_token": ""}
        with client.stream("GET", CALLS) as response:
            assert b"".join(response.iter_bytes()).startswith(b'{"result"')
    assert seen == [200, 301, 200, 200]


def test_head_has_no_body(voipbin: FakeVoipbin) -> None:
    answer = httpx.head(CALLS)
    assert (answer.status_code, answer.content) == (404, b"")


@libraries
def test_other_hosts_go_their_way(voipbin: FakeVoipbin, library: Any) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"real")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            assert library.get(f"http://127.0.0.1:{server.server_port}/").text == "real"
        finally:
            server.shutdown()
            thread.join()
    assert voipbin.requests == []


def test_an_authors_own_stub_stays_in_charge(voipbin: FakeVoipbin) -> None:
    stub = httpx.MockTransport(lambda _: httpx.Response(418))
    with httpx.Client(transport=stub) as client:
        assert client.get(PING).status_code == 418


def test_the_innermost_answers_in_any_order_of_leaving() -> None:
    first, second = FakeVoipbin(), FakeVoipbin()
    outer, inner = Interception(first), Interception(second)
    outer.start()
    inner.start()
    httpx.get(PING)
    outer.stop()
    httpx.get(PING)
    inner.stop()
    inner.stop()
    assert (len(first.requests), len(second.requests)) == (0, 2)


@libraries
def test_nothing_stays_patched(library: Any) -> None:
    before = library.HTTPTransport.handle_request, library.AsyncHTTPTransport.handle_async_request
    with Interception(FakeVoipbin()), Interception(FakeVoipbin()):
        assert library.HTTPTransport.handle_request is not before[0]
    assert (library.HTTPTransport.handle_request, library.AsyncHTTPTransport.handle_async_request) == before


def test_threads_each_get_their_own_answers(voipbin: FakeVoipbin) -> None:
    found: dict[int, list[str]] = {}

    def ask(number: int) -> None:
        with httpx.Client() as client:
            answers = [client.get(PING, headers={"X-Request-Id": f"{number}-{turn}"}) for turn in range(20)]
        found[number] = [answer.headers["X-Request-Id"] for answer in answers]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [f"{number}-{turn}" for turn in range(20)] for number in range(16)}
    assert len(voipbin.requests) == 320


# what others do to the same methods


@libraries
def test_wrappers_and_extensions_of_asynchronous_transports_do_their_work(voipbin: FakeVoipbin, library: Any) -> None:
    seen: list[str] = []

    class Extending(library.AsyncHTTPTransport):  # type: ignore[name-defined,misc]
        async def handle_async_request(self, request: Any) -> Any:
            seen.append("extends")
            return await super().handle_async_request(request)

    class Wrapping(library.AsyncBaseTransport):  # type: ignore[name-defined,misc]
        async def handle_async_request(self, request: Any) -> Any:
            seen.append("wraps")
            return await Extending(retries=3).handle_async_request(request)

    async def ask() -> Any:
        async with library.AsyncClient(transport=Wrapping()) as client:
            return (await client.get(PING)).json()

    assert asyncio.run(ask()) == PONG
    assert seen == ["wraps", "extends"]


@libraries
def test_asynchronous_clients_made_before_with_a_proxy_or_mounts(library: Any) -> None:
    mounts = {"all://": library.AsyncHTTPTransport(proxy="http://127.0.0.1:9", verify=False)}

    async def ask() -> list[Any]:
        async with (
            library.AsyncClient(proxy="http://127.0.0.1:9") as proxied,
            library.AsyncClient(mounts=mounts) as other,
        ):
            with Interception(FakeVoipbin()):
                return [(await client.get(PING)).json() for client in (proxied, other)]

    assert asyncio.run(ask()) == [PONG, PONG]


@libraries
def test_an_answer_is_as_off_the_wire(voipbin: FakeVoipbin, library: Any) -> None:
    assert library.get(PING).elapsed.total_seconds() >= 0
    with library.Client() as client, client.stream("GET", PING) as response:
        with pytest.raises(library.ResponseNotRead):
            response.json()
        assert b"".join(response.iter_raw()) == b'{"message":"pong"}'


@pytest.mark.parametrize("host", ["staging.voipbin.net", "api.voipbin.net.example", "xapi.voipbin.net"])
def test_hosts_that_are_only_alike_go_their_way(voipbin: FakeVoipbin, host: str) -> None:
    transport = httpx.HTTPTransport(proxy="http://127.0.0.1:9")
    with httpx.Client(transport=transport) as client, pytest.raises(httpx.ConnectError):
        client.get(f"http://{host}/")
    assert voipbin.requests == []


def test_one_that_is_started_twice_leaves_its_newest_place_first() -> None:
    first, second = FakeVoipbin(), FakeVoipbin()
    outer, inner = Interception(first), Interception(second)
    with outer, inner:
        with outer:
            httpx.get(PING)
        httpx.get(PING)
    assert (len(first.requests), len(second.requests)) == (1, 1)


@needs_httpx2
def test_it_steps_aside_request_by_request_and_for_one_library() -> None:
    asked: list[str] = []
    fake = FakeVoipbin()

    def steps_aside(library: str) -> bool:
        asked.append(library)
        return library == "httpx"

    with respx.mock as router, Interception(fake, passthrough=steps_aside):
        router.get(PING).respond(204)
        assert httpx.get(PING).status_code == 204
        assert LIBRARIES["httpx2"].get(PING).json() == PONG
    assert (asked, len(fake.requests)) == (["httpx", "httpx2"], 1)


def test_a_method_that_is_a_mock_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = Mock()
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", theirs)
    with Interception(FakeVoipbin()):
        assert httpx.get(PING).json() == PONG
    assert vars(httpx.HTTPTransport)["handle_request"] is theirs


def test_a_patch_that_outlives_it_stays_and_leaves_no_layers() -> None:
    before = httpx.HTTPTransport.handle_request
    theirs = Mock()
    for _ in range(3):
        with pytest.MonkeyPatch.context() as patch:
            with Interception(FakeVoipbin()):
                patch.setattr(httpx.HTTPTransport, "handle_request", theirs)
            assert vars(httpx.HTTPTransport)["handle_request"] is theirs
    with Interception(FakeVoipbin()):
        pass
    assert httpx.HTTPTransport.handle_request is before


@pytest.mark.parametrize("stand_in", [None, ModuleType("httpx2"), Mock()], ids=["absent", "empty", "mock"])
def test_httpx2_may_be_absent_or_a_stub(monkeypatch: pytest.MonkeyPatch, stand_in: Any) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", stand_in)
    before = httpx.HTTPTransport.handle_request
    with Interception(FakeVoipbin()):
        assert httpx.get(PING).json() == PONG
    assert httpx.HTTPTransport.handle_request is before


def test_a_library_that_is_not_there_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sought: list[str] = []
    monkeypatch.setattr(interception, "_LIBRARIES", ("httpx", "no_such_library"))
    monkeypatch.setattr(optional_imports, "import_module", lambda name: sought.append(name) or import_module(name))
    for _ in range(2):
        with Interception(FakeVoipbin()):
            assert httpx.get(PING).json() == PONG
    assert sought == ["httpx", "no_such_library", "httpx"]


@needs_httpx2
def test_httpx2_in_the_place_of_httpx_is_patched_once() -> None:
    code = """
        import httpx2
        httpx2.alias_httpx()
        import httpx
        from pytest_providercalls.fake_server import FakeVoipbin
        from pytest_providercalls.fixtures.interception import Interception
        before = httpx.HTTPTransport.handle_request
        with Interception(FakeVoipbin()):
            assert httpx.get("https://api.voipbin.net/ping").json() == {"message": "pong"}
        assert httpx is httpx2 and httpx.HTTPTransport.handle_request is before
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, timeout=60)


def test_threads_may_start_and_stop_while_others_ask() -> None:
    before = httpx.HTTPTransport.handle_request
    outer = FakeVoipbin()
    failed: list[BaseException] = []

    def churn() -> None:
        try:
            with httpx.Client() as client:
                for _ in range(20):
                    with Interception(FakeVoipbin()):
                        assert client.get(PING).json() == PONG
        except BaseException as error:
            failed.append(error)

    with Interception(outer):
        threads = [threading.Thread(target=churn) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failed == []
    assert httpx.HTTPTransport.handle_request is before


# respx


def test_mounted_on_respx_the_router_sees_the_calls(voipbin: FakeVoipbin, respx_mock: respx.MockRouter) -> None:
    route = voipbin.mount(respx_mock)
    elsewhere = respx_mock.get("https://elsewhere.example/").respond(204)
    assert httpx.get(PING).json() == PONG
    assert httpx.get("https://elsewhere.example/").status_code == 204
    assert (route.call_count, elsewhere.call_count, len(voipbin.requests)) == (1, 1, 1)


def test_mounted_on_respx_an_asynchronous_client_is_answered(
    voipbin: FakeVoipbin, respx_mock: respx.MockRouter
) -> None:
    route = voipbin.mount(respx_mock)

    async def ask() -> Any:
        async with httpx.AsyncClient() as client:
            return (await client.get(PING)).json()

    assert asyncio.run(ask()) == PONG
    assert route.call_count == 1


@needs_httpx2
def test_respx_does_not_see_httpx2_and_the_fixture_still_does(
    voipbin: FakeVoipbin, respx_mock: respx.MockRouter
) -> None:
    route = voipbin.mount(respx_mock)
    assert LIBRARIES["httpx2"].get(PING).json() == PONG
    assert (route.call_count, len(voipbin.requests)) == (0, 1)


def test_it_mounts_without_the_fixture() -> None:
    fake = FakeVoipbin()
    with respx.mock as router:
        fake.mount(router)
        assert httpx.get(PING).json() == PONG
    assert len(fake.requests) == 1
