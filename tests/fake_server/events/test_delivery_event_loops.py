"""Deliveries inside an event loop of asyncio or trio."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import trio
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.httpx import transport

from .clients import HUNG_UP, Client, each_kind, receiving
from .inbox import LIFE, URI, place_call


def in_asyncio(main: Callable[[], Any]) -> Any:
    return asyncio.run(main())


def in_trio(main: Callable[[], Any]) -> Any:
    return trio.run(main)


each_loop = pytest.mark.parametrize("run", [in_asyncio, in_trio])


def app_on_the_loop(fake: FakeVoipbin, types: list[str], tasks: list[object]) -> Any:
    """Return an ASGI app that hangs up a ringing call on the loop on which it receives the webhook."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        event = json.loads((await receive())["body"])
        types.append(event["type"])
        tasks.append(current_task())
        if event["type"] == "call_ringing":
            async with async_client(fake) as client:
                (await client.post(f"/calls/{event['data']['id']}/hangup")).raise_for_status()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    return app


def current_task() -> object:
    """Return the running task of asyncio or trio."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return trio.lowlevel.current_task()


def async_client(fake: FakeVoipbin) -> httpx.AsyncClient:
    """Return a client of the fake, as super-admin."""
    headers = {"Authorization": f"Bearer {fake.super_admin.token}"}
    return httpx.AsyncClient(base_url=fake.base_url, headers=headers, transport=transport(fake, httpx))


def body(fake: FakeVoipbin) -> dict[str, Any]:
    """Return the body of a POST /providercalls."""
    destinations = [{"type": "tel", "target": "+12025550143"}]
    return {"provider_id": fake.provider.id, "source": {"type": "tel", "target": "+1"}, "destinations": destinations}


@each_loop
def test_app_on_the_loop_of_the_test_receives_webhooks_on_flush(fake: FakeVoipbin, run: Any) -> None:
    types: list[str] = []
    tasks: list[object] = []
    fake.webhooks.send_to(app_on_the_loop(fake, types, tasks), URI)

    async def main() -> None:
        async with async_client(fake) as client:
            (await client.post("/providercalls", json=body(fake))).raise_for_status()
            assert (types, fake.webhooks.pending, fake.webhooks.due) == ([], 2, True)
            await fake.webhooks.flush()
            assert types == LIFE[:2]
            await fake.webhooks.flush(1000)
            tasks.append(current_task())

    run(main)
    (call,) = fake.calls.values()
    assert (call.hangup_reason, call.tm_progressing) == ("cancel", None)
    assert types == HUNG_UP
    assert len(set(map(id, tasks))) == 1


@each_loop
def test_calls_placed_by_a_receiver_on_a_loop_have_their_own_time(fake: FakeVoipbin, run: Any) -> None:
    received: list[tuple[str, float]] = []

    async def receive(webhook: Any) -> None:
        event = webhook.json()
        received.append((event["type"], (fake.clock.now() - start).total_seconds()))
        if event["type"] == "call_hangup" and len(fake.calls) < 3:
            place_call(fake)

    async def main() -> None:
        fake.webhooks.send_to(receive, URI)
        place_call(fake)
        await fake.webhooks.flush(1000)

    start = fake.clock.now()
    run(main)
    assert [type for type, _ in received] == LIFE * 3
    assert [round(at) for type, at in received if type == "call_ringing"] == [2, 8, 14]
    assert not fake.webhooks.pending


@each_loop
def test_flush_delivers_webhooks_caused_by_a_receiver(fake: FakeVoipbin, run: Any) -> None:
    client = Client(fake)

    async def main() -> None:
        with receiving("function", fake, client):
            fake.calls[place_call(fake)].ring()
            await fake.webhooks.flush()

    run(main)
    assert client.types == HUNG_UP


@each_loop
def test_nothing_is_delivered_inside_a_loop_without_flush(fake: FakeVoipbin, run: Any) -> None:
    client = Client(fake)

    async def main() -> None:
        with receiving("function", fake, client):
            fake.calls[place_call(fake)].ring()
            fake.clock.advance(1)
            assert client.types == []
            assert "deliver them with `await voipbin.webhooks.flush()`" in fake.webhooks.summary()
            await fake.webhooks.flush()
            assert client.types[:3] == LIFE[:3]

    run(main)


@each_loop
@each_kind
def test_each_kind_receives_webhooks_on_a_loop(fake: FakeVoipbin, kind: str, run: Any) -> None:
    if (kind, run) == ("ASGI", in_trio):
        pytest.skip("the app requires asyncio")
    client = Client(fake)

    async def main() -> None:
        with receiving(kind, fake, client):
            place_call(fake)
            before = fake.clock.now()
            await fake.webhooks.flush(1000)
            assert 1000 <= (fake.clock.now() - before).total_seconds() < 1001

    run(main)
    assert client.types == HUNG_UP
    assert all(one.delivered for one in fake.webhooks.deliveries)


def test_nested_flush_does_not_wait(fake: FakeVoipbin) -> None:
    async def receive(webhook: Any) -> None:
        await fake.webhooks.flush()

    async def main() -> None:
        fake.webhooks.send_to(receive, URI)
        place_call(fake)
        await fake.webhooks.flush()

    asyncio.run(main())
    assert [one.status for one in fake.webhooks.deliveries] == [200, 200]


def test_cancelled_delivery_leaves_the_others_queued(fake: FakeVoipbin) -> None:
    async def receive(webhook: Any) -> None:
        if webhook.json()["type"] == "activeflow_created":
            await asyncio.Event().wait()

    async def main() -> None:
        fake.webhooks.send_to(receive, URI)
        place_call(fake)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(fake.webhooks.flush(), 0.05)
        await fake.webhooks.flush()

    asyncio.run(main())
    assert [(one.type, one.status) for one in fake.webhooks.deliveries] == [
        ("activeflow_created", None),
        ("call_created", 200),
    ]
    assert fake.webhooks.deliveries[0].error.startswith("CancelledError")


def test_webhooks_queued_inside_a_loop_are_delivered_after_it(fake: FakeVoipbin) -> None:
    client = Client(fake)

    async def main() -> None:
        place_call(fake)

    with receiving("function", fake, client):
        asyncio.run(main())
        assert client.types == []
        fake.clock.advance(0)
    assert client.types == LIFE[:2]


def test_another_thread_can_deliver_during_a_loop(fake: FakeVoipbin) -> None:
    """A server that handles requests on its loop does so. Its receivers send requests to it."""
    client = Client(fake)

    async def main() -> None:
        place_call(fake)
        fake.clock.advance(3)
        assert fake.webhooks.due
        await asyncio.to_thread(fake.webhooks.deliver)

    with receiving("function", fake, client):
        asyncio.run(main())
    assert client.types[:4] == [*LIFE[:3], "call_canceling"]
    assert threading.get_ident() not in client.threads
