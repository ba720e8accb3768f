"""The httpx and httpx2 transports: requests arrive unchanged, and responses behave as on a real network."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import Clock
from pytest_providercalls.fake_server.transports.httpx import transport
from pytest_providercalls.fake_server.transports.wire_response import WireResponse

URL = "https://api.voipbin.net/v1.0/calls"
BIG = bytes(range(256)) * 16_384


class Stub:
    """Records requests, and responds with a given function."""

    def __init__(self, function: Callable[[Request], Response] = lambda _: Response(200)) -> None:
        self.function = function
        self.clock = Clock()
        self.seen: list[Request] = []

    def respond(self, request: Request, /) -> WireResponse:
        self.seen.append(request)
        return WireResponse(self.function(request))


class Sender:
    """A library, sync or async. Its responses have been read."""

    def __init__(self, library: Any, asynchronous: bool) -> None:
        self.library = library
        self.asynchronous = asynchronous

    def send(
        self, stub: Stub, method: str, url: str, *, client: Any = None, times: int = 1, **options: Any
    ) -> list[Any]:
        settings = {"transport": transport(stub, self.library), **(client or {})}
        if self.asynchronous:
            return asyncio.run(self._send_async(settings, method, url, times, options))
        with self.library.Client(**settings) as made:
            return [made.request(method, url, **options) for _ in range(times)]

    async def _send_async(self, settings: Any, method: str, url: str, times: int, options: Any) -> list[Any]:
        async with self.library.AsyncClient(**settings) as made:
            return [await made.request(method, url, **options) for _ in range(times)]

    def stream(self, stub: Stub, reading: str) -> list[bytes]:
        """Return the parts that a method such as `iter_bytes` or `iter_raw` yields."""
        if self.asynchronous:
            return asyncio.run(self._stream_async(stub, reading))
        with self.library.Client(transport=transport(stub, self.library)) as made, made.stream("GET", URL) as response:
            return list(getattr(response, reading)())

    async def _stream_async(self, stub: Stub, reading: str) -> list[bytes]:
        async with (
            self.library.AsyncClient(transport=transport(stub, self.library)) as made,
            made.stream("GET", URL) as response,
        ):
            return [part async for part in getattr(response, "a" + reading)()]

    def body(self, parts: list[bytes]) -> Any:
        """Return a streamed request body."""

        async def asynchronous() -> AsyncIterator[bytes]:
            for part in parts:
                yield part

        return asynchronous() if self.asynchronous else iter(parts)

    def hook(self, function: Callable[[Any], None]) -> Any:
        async def asynchronous(argument: Any) -> None:
            function(argument)

        return asynchronous if self.asynchronous else function


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def sender(request: pytest.FixtureRequest, library: Any) -> Sender:
    return Sender(library, request.param)


# requests


def test_the_request_arrives_unchanged(sender: Sender) -> None:
    stub = Stub()
    sender.send(stub, "POST", URL + "/a%2Fb c?q=%20x&q=é#part", content=b"{1}", headers={"X-One": "1"})
    [seen] = stub.seen
    assert (seen.method, seen.target) == ("POST", "/v1.0/calls/a%2Fb%20c?q=%20x&q=%C3%A9")
    assert (seen.header("host"), seen.header("x-one"), seen.header("content-length")) == ("api.voipbin.net", "1", "3")
    assert seen.body == b"{1}"


def test_headers_are_ordered_pairs_of_text_and_may_repeat(sender: Sender) -> None:
    stub = Stub()
    sender.send(stub, "GET", URL, headers=[("X-A", "1"), ("X-B", "2"), ("X-A", b"\xe9\xff")])
    headers = stub.seen[0].headers
    assert isinstance(headers, tuple)
    assert [pair for pair in headers if pair[0].startswith("X-")] == [("X-A", "1"), ("X-B", "2"), ("X-A", "\xe9\xff")]


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_any_method_arrives(sender: Sender, method: str) -> None:
    stub = Stub()
    sender.send(stub, method, URL)
    assert (stub.seen[0].method, stub.seen[0].body) == (method, b"")


def test_a_streamed_request_body_arrives_completely(sender: Sender) -> None:
    stub = Stub()
    sender.send(stub, "POST", URL, content=sender.body([b"one", b"", b"two"]))
    assert stub.seen[0].body == b"onetwo"
    assert stub.seen[0].header("transfer-encoding") == "chunked"


def test_forms_and_files_arrive(sender: Sender) -> None:
    stub = Stub()
    sender.send(stub, "POST", URL, data={"a": "b c"})
    assert stub.seen[0].body == b"a=b+c"
    if not sender.asynchronous:
        sender.send(stub, "POST", URL, files={"sound": ("a.wav", b"RIFF")})
        assert b"RIFF" in stub.seen[1].body


def test_large_bodies_work_in_both_directions(sender: Sender) -> None:
    stub = Stub(lambda request: Response(200, (), request.body))
    [response] = sender.send(stub, "POST", URL, content=BIG)
    assert stub.seen[0].body == response.content == BIG


# responses


def test_the_response_is_unchanged(sender: Sender) -> None:
    headers = (("Content-Type", "application/json"), ("X-A", "1"), ("X-A", "\xe9"))
    [response] = sender.send(Stub(lambda _: Response(418, headers, b'{"a": 1}')), "GET", URL)
    assert (response.status_code, response.json()) == (418, {"a": 1})
    assert response.headers.raw == [(b"Content-Type", b"application/json"), (b"X-A", b"1"), (b"X-A", b"\xe9")]
    assert (response.http_version, response.is_closed, str(response.request.url)) == ("HTTP/1.1", True, URL)


def test_the_response_has_an_elapsed_time(sender: Sender) -> None:
    """A response that counts as read has none."""
    [response] = sender.send(Stub(lambda _: Response(200, (), b"x")), "GET", URL)
    assert timedelta() <= response.elapsed < timedelta(minutes=1)
    assert response.num_bytes_downloaded == 1


@pytest.mark.parametrize("reading", ["iter_bytes", "iter_raw"])
@pytest.mark.parametrize("body", [b"", b"one\ntwo\n", BIG], ids=["empty", "small", "big"])
def test_a_response_can_be_streamed(sender: Sender, reading: str, body: bytes) -> None:
    assert b"".join(sender.stream(Stub(lambda _: Response(200, (), body)), reading)) == body


def test_lines_can_be_streamed(sender: Sender) -> None:
    assert sender.stream(Stub(lambda _: Response(200, (), b"one\ntwo\n")), "iter_lines") == ["one", "two"]


def test_a_compressed_response_is_decompressed_by_the_client(sender: Sender) -> None:
    packed = gzip.compress(b"plain")
    stub = Stub(lambda _: Response(200, (("Content-Encoding", "gzip"),), packed))
    assert sender.send(stub, "GET", URL)[0].content == b"plain"
    assert b"".join(sender.stream(stub, "iter_raw")) == packed


@pytest.mark.parametrize(("status", "phrase"), [(200, "OK"), (400, "Bad Request"), (599, "")])
def test_the_response_has_a_reason_phrase(sender: Sender, status: int, phrase: str) -> None:
    [response] = sender.send(Stub(lambda _: Response(status)), "GET", URL)
    assert (response.reason_phrase, response.extensions["reason_phrase"]) == (phrase, phrase.encode())


def test_extensions_of_a_response_are_its_own(sender: Sender) -> None:
    first, second = sender.send(Stub(), "GET", URL, times=2)
    first.extensions["mine"] = 1
    assert "mine" not in second.extensions


def test_head_keeps_the_content_length(sender: Sender) -> None:
    [response] = sender.send(Stub(lambda _: Response(200, (("Content-Length", "99"),))), "HEAD", URL)
    assert (response.headers["Content-Length"], response.content) == ("99", b"")


def test_all_cookies_are_stored_and_sent(sender: Sender) -> None:
    stub = Stub(lambda _: Response(200, (("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/; Secure"))))
    first, _ = sender.send(stub, "GET", URL, times=2)
    assert dict(first.cookies) == {"a": "1", "b": "2"}
    assert [request.header("cookie") for request in stub.seen] == [None, "a=1; b=2"]


def test_the_client_follows_redirects(sender: Sender) -> None:
    def redirect(request: Request) -> Response:
        if request.target.endswith("/"):
            return Response(307, (("Location", "/v1.0/calls"), ("Content-Length", "0")))
        return Response(200, (), request.body)

    stub = Stub(redirect)
    [followed] = sender.send(stub, "POST", URL + "/", content=b"x", client={"follow_redirects": True})
    assert (followed.content, [one.status_code for one in followed.history]) == (b"x", [307])
    assert [(one.method, one.target) for one in stub.seen] == [("POST", "/v1.0/calls/"), ("POST", "/v1.0/calls")]


def test_hooks_get_the_request_and_an_unread_response(sender: Sender) -> None:
    """As in production: a hook that forgets to read the response must fail here, too."""
    seen: list[Any] = []
    hooks = {
        "request": [sender.hook(lambda request: seen.append(request.method))],
        "response": [sender.hook(lambda response: seen.append(response.is_closed))],
    }
    sender.send(Stub(lambda _: Response(200, (), b"x")), "GET", URL, client={"event_hooks": hooks})
    assert seen == ["GET", False]


def test_exceptions_of_the_handler_reach_the_caller(sender: Sender) -> None:
    def fail(request: Request) -> Response:
        raise LookupError(request.target)

    with pytest.raises(LookupError, match="calls"):
        sender.send(Stub(fail), "GET", URL)


# the transport itself


def test_one_transport_works_for_both_clients(library: Any) -> None:
    stub = Stub()
    both = transport(stub, library)
    assert isinstance(both, library.BaseTransport)
    assert isinstance(both, library.AsyncBaseTransport)

    async def ask() -> None:
        async with library.AsyncClient(transport=both) as client:
            await client.get(URL)

    with library.Client(transport=both) as client:
        client.get(URL)
    asyncio.run(ask())
    assert len(stub.seen) == 2


def test_two_transports_have_their_own_handlers(library: Any) -> None:
    one, other = Stub(), Stub()
    with (
        library.Client(transport=transport(one, library)) as client,
        library.Client(transport=transport(other, library)),
    ):
        client.get(URL)
    assert (len(one.seen), len(other.seen)) == (1, 0)


def test_threads_can_share_a_client(library: Any) -> None:
    stub = Stub(lambda request: Response(200, (), request.body))
    wrong: list[bytes] = []

    def ask(client: Any, number: int) -> None:
        for turn in range(20):
            body = f"{number}-{turn}".encode()
            if (found := client.post(URL, content=body).content) != body:
                wrong.append(found)

    with library.Client(transport=transport(stub, library)) as client:
        threads = [threading.Thread(target=ask, args=(client, number)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (wrong, len(stub.seen)) == ([], 320)


def test_tasks_can_share_a_client(library: Any) -> None:
    stub = Stub(lambda request: Response(200, (), request.body))

    async def ask() -> list[bytes]:
        async with library.AsyncClient(transport=transport(stub, library)) as client:
            posts = [client.post(URL, content=str(number)) for number in range(50)]
            return [response.content for response in await asyncio.gather(*posts)]

    assert asyncio.run(ask()) == [str(number).encode() for number in range(50)]
