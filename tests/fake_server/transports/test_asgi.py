"""The ASGI skin: what a server hands over becomes a Request, to the byte, and the Response goes out as it is."""

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
GONE = {"type": "http.disconnect"}


class Echo:
    """Answers with what it was sent."""

    def __init__(self) -> None:
        self.seen: list[Request] = []

    def deliver(self, request: Request, /) -> WireResponse:
        self.seen.append(request)
        headers = (("X-A", "\u00e9"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
        return WireResponse(Response(201, headers, request.body))


def sent(body: bytes, more: bool = False) -> dict[str, Any]:
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
def test_a_body_in_parts_is_one_body(parts: list[bytes]) -> None:
    echo = Echo()
    messages = [sent(part, more=True) for part in parts[:-1]] + [sent(parts[-1])]
    start, body = exchange(echo, {"method": "POST"}, messages)
    assert echo.seen == [Request("POST", "/", (), b"".join(parts))]
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
    exchange(echo, {"raw_path": path, "query_string": query, "path": "/decoded"}, [sent(b"")])
    assert echo.seen[0].target == target


@given(st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), max_size=5))
def test_headers_are_kept_in_order_and_to_the_byte(headers: list[tuple[bytes, bytes]]) -> None:
    echo = Echo()
    exchange(echo, {"headers": headers}, [sent(b"")])
    given = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in echo.seen[0].headers]
    assert given == headers


def test_the_answers_headers_go_out_as_they_are() -> None:
    start, _ = exchange(Echo(), {}, [sent(b"")])
    assert start["headers"] == [(b"X-A", b"\xe9"), (b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2")]


def test_a_client_that_goes_away_before_its_body_has_asked_nothing() -> None:
    echo = Echo()
    assert exchange(echo, {}, [sent(b"half", more=True), GONE]) == []
    assert echo.seen == []


def test_a_body_without_end_is_refused_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "LARGEST", 10)
    echo = Echo()
    endless = itertools.repeat(sent(b"three", more=True), 1000)
    start, _ = exchange(echo, {}, endless)
    assert (start["status"], (b"Connection", b"close") in start["headers"], echo.seen) == (413, True, [])
    assert len(list(endless)) == 997
    assert exchange(echo, {}, [sent(b"0123456789")])[0]["status"] == 201


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_other_scopes_are_not_spoken(kind: str) -> None:
    with pytest.raises(ValueError, match=kind):
        exchange(Echo(), {"type": kind}, [])
