"""The ASGI transport: requests and responses are passed on unchanged, byte by byte."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server.transports import asgi
from pytest_providercalls.fake_server.transports.asgi import Application
from pytest_providercalls.fake_server.transports.wire_response import WireResponse

SCOPE = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "query_string": b"", "headers": []}
DISCONNECT = {"type": "http.disconnect"}


class Echo:
    """Responds with the body of the request."""

    def __init__(self) -> None:
        self.seen: list[Request] = []

    def respond(self, request: Request, /) -> WireResponse:
        self.seen.append(request)
        headers = (("X-A", "\u00e9"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
        return WireResponse(Response(201, headers, request.body))


def body_message(body: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def exchange(handler: Echo, scope: dict[str, Any], messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    waiting, out = iter(messages), []

    async def receive() -> Any:
        return next(waiting)

    async def send(message: Any) -> None:
        out.append(message)

    asyncio.run(Application(handler)({**SCOPE, **scope}, receive, send))
    return out


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=5))
def test_a_body_in_parts_is_joined(parts: list[bytes]) -> None:
    echo = Echo()
    messages = [body_message(part, more=True) for part in parts[:-1]] + [body_message(parts[-1])]
    start, body = exchange(echo, {"method": "POST"}, messages)
    assert echo.seen == [Request("POST", "/", (), b"".join(parts), "http")]
    assert body["body"] == b"".join(parts)
    assert start["status"] == 201


@pytest.mark.parametrize(
    ("path", "query", "target"),
    [
        (b"/v1.0/calls", b"", "/v1.0/calls"),
        (b"/v1.0/calls", b"token=a%20b&x", "/v1.0/calls?token=a%20b&x"),
        (b"/v1.0/calls/a%2Fb", b"q=%ff", "/v1.0/calls/a%2Fb?q=%ff"),
        (b"/caf\xe9", b"\xe9", "/caf\u00e9?\u00e9"),
    ],
)
def test_the_target_is_the_raw_one(path: bytes, query: bytes, target: str) -> None:
    echo = Echo()
    exchange(echo, {"raw_path": path, "query_string": query, "path": "/decoded"}, [body_message(b"")])
    assert echo.seen[0].target == target


@given(st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), max_size=5))
def test_headers_are_kept_in_order_and_to_the_byte(headers: list[tuple[bytes, bytes]]) -> None:
    echo = Echo()
    exchange(echo, {"headers": headers}, [body_message(b"")])
    given = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in echo.seen[0].headers]
    assert given == headers


def test_response_headers_are_unchanged() -> None:
    start, _ = exchange(Echo(), {}, [body_message(b"")])
    assert start["headers"] == [(b"X-A", b"\xe9"), (b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2")]


def test_a_request_without_its_complete_body_is_ignored() -> None:
    echo = Echo()
    assert exchange(echo, {}, [body_message(b"half", more=True), DISCONNECT]) == []
    assert echo.seen == []


def test_a_body_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "MAX_BODY_SIZE", 10)
    monkeypatch.setattr(asgi, "MAX_DISCARDED_SIZE", 20)
    echo = Echo()
    endless = itertools.repeat(body_message(b"three", more=True), 1000)
    start, _ = exchange(echo, {}, endless)
    assert (start["status"], (b"Connection", b"close") in start["headers"], echo.seen) == (413, True, [])
    assert len(list(endless)) == 995
    rest = iter([body_message(b"three", more=True)] * 2 + [body_message(b"end!")])
    assert (exchange(echo, {}, rest)[0]["status"], list(rest)) == (413, []), "the client can finish sending"
    assert exchange(echo, {}, [body_message(b"0123456789")])[0]["status"] == 201


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_other_scopes_are_not_supported(kind: str) -> None:
    with pytest.raises(ValueError, match=kind):
        exchange(Echo(), {"type": kind}, [])
