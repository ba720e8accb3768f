"""A fake and its control API behind one port: which of them responds, live events, and the end of a test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import ControlClient, FakeVoipbin, Webhook
from pytest_providercalls.fake_server.control import event_stream, models, views
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.asgi_app import FakeApp
from pytest_providercalls.fake_server.control.controlled_fake import ControlledFake
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer
from pytest_providercalls.fake_server.transports.wire_response import WireResponse


class EndedTest:
    """Responds after the test has ended."""

    def respond(self, request: Request, /) -> WireResponse:
        return WireResponse(Response(503, (("Content-Length", "4"),), b"gone"))


@pytest.fixture
def app() -> FakeApp:
    fake = FakeVoipbin(lifecycle="manual")
    return FakeApp(fake, lambda: ControlApi(fake))


@pytest.fixture
def url(server: LoopbackServer, app: FakeApp) -> Iterator[str]:
    listener = server.serve(app)
    yield listener.url
    listener.close()


def place(url: str, control: ControlClient) -> str:
    info = control.info()
    body = {
        "provider_id": info.providers["carrier"],
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}],
    }
    token = info.identities["super_admin"].token
    id: str = httpx.post(f"{url}/v1.0/providercalls", json=body, params={"token": token}).json()["call_ids"][0]
    return id


def test_each_path_has_its_own_response(url: str) -> None:
    assert httpx.get(f"{url}/_fake/clock").json()["lifecycle"] == "manual"
    assert httpx.get(f"{url}/_fakery").status_code == httpx.get(f"{url}/nothing").status_code == 404
    assert httpx.get(f"{url}/_fakery").json()["error"]["reason"] == "ROUTE_NOT_FOUND", "VoIPbin's own response"
    assert httpx.get(f"{url}/ping").status_code == 200
    assert httpx.head(f"{url}/_fake/clock").content == b""


def test_each_change_is_an_event(url: str) -> None:
    with ControlClient(url) as control:
        overviews = control.watch()
        assert next(overviews).calls == ()
        id = place(url, control)
        for transition, status in ((control.ring, "ringing"), (control.answer, "progressing")):
            transition(id)
            assert next(one for one in overviews if one.calls and one.calls[0].status == status)
        control.advance(3600)
        assert next(one for one in overviews if one.calls[0].status == "hangup").clock.now >= control.clock().now
        control.add_fault("drop", method="GET")
        assert next(one for one in overviews if one.faults).faults[0].fault == {
            "kind": "drop",
            "when": "after",
            "method": "GET",
        }
        overviews.close()  # type: ignore[attr-defined]


def test_no_overview_is_built_while_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    controlled, polls, overview = ControlledFake(FakeVoipbin()), iter(range(101)), views.overview
    built: list[int] = []

    def counted(controlled: ControlledFake) -> models.Overview:
        built.append(len(controlled.fake.requests))
        return overview(controlled)

    async def receive() -> Any:
        await asyncio.sleep(60)

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    def is_open() -> bool:
        poll = next(polls)
        if poll == 55:
            controlled.fake.handle(Request("GET", "/ping"))
        return poll < 100

    monkeypatch.setattr(views, "overview", counted)
    monkeypatch.setattr(event_stream, "_POLL_SECONDS", 0)
    asyncio.run(event_stream.stream(controlled, receive, send, is_open))
    # Immediately, once more, and then every tenth time. The request is noticed immediately, too.
    assert built == [0] * 7 + [1] * 6
    assert len([one for one in sent if b"data:" in one.get("body", b"")]) == 2


def test_streams_share_the_overview(monkeypatch: pytest.MonkeyPatch) -> None:
    controlled, overview, built = ControlledFake(FakeVoipbin()), views.overview, list[int]()

    def counted(controlled: ControlledFake) -> models.Overview:
        built.append(len(controlled.fake.requests))
        return overview(controlled)

    sent: list[Any] = []

    async def follow() -> None:
        polls = iter(range(100))

        async def receive() -> Any:
            await asyncio.sleep(60)

        async def send(message: Any) -> None:
            sent.append(message)

        await event_stream.stream(controlled, receive, send, lambda: next(polls) < 50)

    async def follow_all() -> None:
        streams = [asyncio.create_task(follow()) for _ in range(20)]
        await asyncio.sleep(0)
        controlled.fake.handle(Request("GET", "/ping"))
        await asyncio.gather(*streams)

    monkeypatch.setattr(views, "overview", counted)
    monkeypatch.setattr(event_stream, "_POLL_SECONDS", 0)
    asyncio.run(follow_all())
    # Each stream has once forced an overview, when it began. Later ones are for all.
    assert len(built) <= 20 + 1 + 2 * 50 / 10
    assert len([one for one in sent if b"data:" in one.get("body", b"")]) == 2 * 20


def test_a_stream_needs_an_allowed_origin(url: str) -> None:
    assert httpx.get(f"{url}/_fake/stream", headers={"Host": "evil.example"}).status_code == 403
    assert httpx.post(f"{url}/_fake/stream").status_code == 404
    with httpx.stream("GET", f"{url}/_fake/stream") as response:
        assert (response.headers["Content-Type"], response.headers["Cache-Control"]) == (
            "text/event-stream",
            "no-store",
        )


def test_when_a_test_has_ended_streams_end_and_nothing_is_reachable(
    server: LoopbackServer, app: FakeApp, url: str
) -> None:
    with ControlClient(url) as control:
        overviews = control.watch()
        next(overviews)
        server.run_between_requests(lambda: app.close(EndedTest()))
        assert list(overviews) == []
    for path in ("/_fake/info", "/_fake/stream", "/v1.0/calls"):
        assert httpx.get(f"{url}{path}").text == "gone"


def test_webhooks_are_delivered_before_an_operation_returns(server: LoopbackServer) -> None:
    fake = FakeVoipbin(lifecycle="manual")
    received: list[Webhook] = []
    fake.webhooks.send_to(received.append, "https://client.example/hooks")
    listener = server.serve(FakeApp(fake, lambda: ControlApi(fake)))
    with ControlClient(listener.url) as control:
        id = place(listener.url, control)
        control.ring(id)
        assert received[-1].json()["type"] == "call_ringing"
        control.advance(61)
        assert "call_hangup" in [one.json()["type"] for one in received]
    listener.close()


def test_no_thread_leaks() -> None:
    before = set(threading.enumerate())
    fake = FakeVoipbin()
    with (
        LoopbackServer() as server,
        ControlClient(server.serve(FakeApp(fake, lambda: ControlApi(fake))).url) as control,
    ):
        control.info()
        next(control.watch())
    assert set(threading.enumerate()) <= before
