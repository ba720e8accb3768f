"""Webhooks that were not delivered: forgotten in an event loop, or sent to a server that does not respond in time."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import HTTPServer, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.events import receivers
from pytest_providercalls.fake_server.transports.httpx import transport

from .clients import served
from .inbox import CREATED, URI, Inbox, place_call


@pytest.fixture
def fake() -> FakeVoipbin:
    return FakeVoipbin()


async def place_in_loop(fake: FakeVoipbin) -> None:
    place_call(fake)


def test_reports_do_not_deliver_webhooks_that_a_test_has_forgotten(fake: FakeVoipbin, inbox: Inbox) -> None:
    asyncio.run(place_in_loop(fake))
    for report in (fake.transcript, fake.webhooks.summary, fake.untriggered, lambda: repr(fake)):
        report()
        assert (inbox.types, fake.webhooks.pending) == ([], 2)
    assert "webhooks: 0 delivered, 0 failed attempts, 2 pending (inside an event loop, " in fake.transcript()
    assert "  not delivered: activeflow_created, call_created" in fake.transcript()
    fake.webhooks.deliver()
    assert inbox.types == CREATED
    assert "not delivered" not in fake.transcript()


def test_delayed_webhooks_are_listed_with_their_time(fake: FakeVoipbin, inbox: Inbox) -> None:
    fake.webhooks.faults.add("delay", "call_created", seconds=30)
    place_call(fake)
    assert fake.webhooks.summary().splitlines() == [
        "webhooks: 1 delivered, 0 failed attempts, 1 pending",
        "  not delivered: call_created (in 30 s)",
    ]


def test_many_undelivered_webhooks_are_counted(fake: FakeVoipbin, inbox: Inbox) -> None:
    async def place() -> None:
        for _ in range(4):
            place_call(fake)

    asyncio.run(place())
    assert fake.webhooks.summary().endswith("activeflow_created, and 3 more")


def app_that_dials(fake: FakeVoipbin, server_type: type[HTTPServer]) -> AbstractContextManager[str]:
    """Run an app that places a call in its handler. Provide its URL."""

    def handle(body: bytes) -> None:
        if "dial" in json.loads(body):
            place_call(fake)

    return served(handle, server_type=server_type)


@pytest.fixture
def short_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(receivers._OPTIONS, "timeout", httpx.Timeout(0.05, connect=10))


@pytest.mark.usefixtures("short_timeouts")
def test_an_app_with_one_thread_that_dials_is_told_why_it_stalls(
    fake: FakeVoipbin, caplog: pytest.LogCaptureFixture
) -> None:
    with app_that_dials(fake, HTTPServer) as url, caplog.at_level(logging.WARNING):
        fake.webhooks.send_to(f"{url}/hooks")
        httpx.post(url, json={"dial": True}, timeout=60).raise_for_status()
    failed = [one for one in fake.webhooks.deliveries if not one.delivered]
    assert [one.type for one in failed] == CREATED
    for one in failed:
        assert one.error.startswith(
            f"{url.partition('//')[2]} did not respond within 0.05 s of real time. A server with"
        )
        assert one.error in fake.transcript()
        assert one.error in caplog.text
    assert "2 failed attempts" in fake.webhooks.summary()


@pytest.mark.usefixtures("short_timeouts")
def test_an_async_delivery_that_times_out_says_so(fake: FakeVoipbin) -> None:
    with silent_server() as url:
        fake.webhooks.send_to(f"{url}/hooks")

        async def place() -> None:
            place_call(fake)
            await fake.webhooks.flush()

        asyncio.run(place())
    assert {one.error.partition(" of real")[0].partition(" ")[2] for one in fake.webhooks.deliveries} == {
        "did not respond within 0.05 s"
    }


@contextmanager
def silent_server() -> Iterator[str]:
    """Listen, and never respond. Yield the URL."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_an_app_with_threads_can_dial(fake: FakeVoipbin) -> None:
    with app_that_dials(fake, ThreadingHTTPServer) as url:
        fake.webhooks.send_to(f"{url}/hooks")
        httpx.post(url, json={"dial": True}).raise_for_status()
    assert [one.delivered for one in fake.webhooks.deliveries] == [True, True]


def test_a_timeout_of_the_receivers_own_client_keeps_its_message(fake: FakeVoipbin) -> None:
    def receiver(webhook: Any) -> None:
        fake.faults.add("timeout", path="/me")
        httpx.Client(transport=transport(fake, httpx), base_url=fake.base_url).get("/me")

    fake.webhooks.send_to(receiver, URI)
    place_call(fake)
    assert {one.error.partition(":")[0] for one in fake.webhooks.deliveries} == {"ReadTimeout"}
