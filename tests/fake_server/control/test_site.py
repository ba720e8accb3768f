"""A fake and its control API behind one port: which of them answers, live events, and the end of a test."""

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
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer
from pytest_providercalls.fake_server.transports.wire_response import WireResponse


class Gone:
    """Answers when the fake has gone."""

    def deliver(self, request: Request, /) -> WireResponse:
        return WireResponse(Response(503, (("Content-Length", "4"),), b"gone"))


@pytest.fixture
def site() -> FakeApp:
    fake = FakeVoipbin(lifecycle="manual")
    return FakeApp(fake, lambda: ControlApi(fake))


@pytest.fixture
def url(server: LoopbackServer, site: FakeApp) -> Iterator[str]:
    listener = server.serve(site)
    yield listener.url
    listener.close()


def placed(url: str, control: ControlClient) -> str:
    world = control.info()
    body = {
        "provider_id": world.providers["carrier"],
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}],
    }
    token = world.identities["super_admin"].token
    id: str = httpx.post(f"{url}/v1.0/providercalls", json=body, params={"token": token}).json()["call_ids"][0]
    return id


def test_each_path_has_its_own_answer(url: str) -> None:
    assert httpx.get(f"{url}/_fake/clock").json()["lifecycle"] == "manual"
    assert httpx.get(f"{url}/_fakery").status_code == httpx.get(f"{url}/nothing").status_code == 404
    assert httpx.get(f"{url}/_fakery").json()["error"]["reason"] == "ROUTE_NOT_FOUND", "VoIPbin's own answer"
    assert httpx.get(f"{url}/ping").status_code == 200
    assert httpx.head(f"{url}/_fake/clock").content == b""


def test_each_change_is_an_event(url: str) -> None:
    with ControlClient(url) as control:
        overviews = control.watch()
        assert next(overviews).calls == ()
        id = placed(url, control)
        for move, status in ((control.ring, "ringing"), (control.answer, "progressing")):
            move(id)
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


def test_nobody_looks_while_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    control, looks, overview = ControlApi(FakeVoipbin()), iter(range(101)), views.overview
    made: list[int] = []

    def counted(fake: FakeVoipbin, snapshots: list[models.Snapshot]) -> models.Overview:
        made.append(len(fake.requests))
        return overview(fake, snapshots)

    async def receive() -> Any:
        await asyncio.sleep(60)

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    def is_open() -> bool:
        look = next(looks)
        if look == 55:
            control.fake.handle(Request("GET", "/ping"))
        return look < 100

    monkeypatch.setattr(views, "overview", counted)
    monkeypatch.setattr(event_stream, "_SECONDS", 0)
    asyncio.run(event_stream.stream(control, receive, send, is_open))
    # At once, once more, and then every tenth time; the request is seen at once, too.
    assert made == [0] * 7 + [1] * 6
    assert len([one for one in sent if b"data:" in one.get("body", b"")]) == 2


def test_a_stream_is_only_for_those_who_are_let_in(url: str) -> None:
    assert httpx.get(f"{url}/_fake/stream", headers={"Host": "evil.example"}).status_code == 403
    assert httpx.post(f"{url}/_fake/stream").status_code == 404
    with httpx.stream("GET", f"{url}/_fake/stream") as answer:
        assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("text/event-stream", "no-store")


def test_when_a_test_has_ended_streams_end_and_nothing_is_in_reach(
    server: LoopbackServer, site: FakeApp, url: str
) -> None:
    with ControlClient(url) as control:
        overviews = control.watch()
        next(overviews)
        server.run_between_requests(lambda: site.close(Gone()))
        assert list(overviews) == []
    for path in ("/_fake/world", "/_fake/stream", "/v1.0/calls"):
        assert httpx.get(f"{url}{path}").text == "gone"


def test_webhooks_have_been_delivered_when_an_operation_is_answered(server: LoopbackServer) -> None:
    fake = FakeVoipbin(lifecycle="manual")
    got: list[Webhook] = []
    fake.webhooks.send_to(got.append, "https://client.example/hooks")
    listener = server.serve(FakeApp(fake, lambda: ControlApi(fake)))
    with ControlClient(listener.url) as control:
        id = placed(listener.url, control)
        control.ring(id)
        assert got[-1].json()["type"] == "call_ringing"
        control.advance(61)
        assert "call_hangup" in [one.json()["type"] for one in got]
    listener.close()


def test_no_thread_is_left() -> None:
    before = set(threading.enumerate())
    fake = FakeVoipbin()
    with (
        LoopbackServer() as server,
        ControlClient(server.serve(FakeApp(fake, lambda: ControlApi(fake))).url) as control,
    ):
        control.info()
        next(control.watch())
    assert set(threading.enumerate()) <= before
