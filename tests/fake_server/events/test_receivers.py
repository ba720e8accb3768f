"""Receivers of webhooks: functions, apps and servers, which may send requests to the fake."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .clients import HUNG_UP, Client, each_kind, receiving, served
from .inbox import LIFE, URI, place_call


@each_kind
def test_each_kind_receives_all_webhooks_of_a_call(fake: FakeVoipbin, kind: str) -> None:
    client = Client(fake, hangs_up=False)
    with receiving(kind, fake, client):
        place_call(fake)
        assert client.types == LIFE[:2]
        fake.clock.advance(1000)
    assert client.types == LIFE
    assert {one.status for one in fake.webhooks.deliveries} <= {200, 204}


@each_kind
def test_each_kind_can_hang_up_a_ringing_call(fake: FakeVoipbin, kind: str) -> None:
    client = Client(fake)
    with receiving(kind, fake, client):
        call = fake.calls[place_call(fake)]
        fake.clock.advance(1000)
    assert (call.status, call.hangup_reason, call.tm_progressing) == ("hangup", "cancel", None)
    assert client.types == HUNG_UP
    assert {(one.at - call.tm_create).total_seconds() // 1 for one in fake.webhooks.deliveries[2:]} == {2}


@each_kind
def test_each_kind_can_hang_up_during_a_poll(fake: FakeVoipbin, kind: str) -> None:
    """The poll releases the lock for the receiver."""
    api, client = ProbeClient(FakeTarget(fake)), Client(fake)
    with receiving(kind, fake, client):
        id = place_call(fake)
        statuses = [require_success(api.get(f"/calls/{id}"))["status"] for _ in range(3)]
    assert statuses == ["dialing", "hangup", "hangup"]


def test_poll_and_request_of_a_receiver_have_separate_rules(fake: FakeVoipbin) -> None:
    """The second call rings before the first is answered. The rules of the answer count for the poll."""
    api = ProbeClient(FakeTarget(fake))
    fake.webhooks.send_to(lambda webhook: api.get("/me").status, URI)
    first = place_call(fake)
    require_success(api.get(f"/calls/{first}"))
    require_success(api.get(f"/calls/{first}"))
    place_call(fake)
    assert require_success(api.get(f"/calls/{first}"))["status"] == "progressing"
    billed = [one.url for one in fake.requests if "BL-COST-01" in dict(one.rule_outcomes)]
    assert billed == [f"/v1.0/calls/{first}"]


def test_function_is_called_in_the_requesting_thread(fake: FakeVoipbin) -> None:
    client = Client(fake)
    with receiving("function", fake, client):
        place_call(fake)
        fake.clock.advance(1000)
    assert client.threads == {threading.get_ident()}


def test_async_function_receives_webhooks(fake: FakeVoipbin) -> None:
    client = Client(fake)

    async def receive(webhook: Any) -> int:
        await asyncio.sleep(0)
        client(webhook.body)
        return 201

    fake.webhooks.send_to(receive, URI)
    place_call(fake)
    fake.clock.advance(1000)
    assert client.types[-2:] == ["call_hangup", "activeflow_updated"]
    assert {one.status for one in fake.webhooks.deliveries} == {201}


def test_callable_object_receives_webhooks(fake: FakeVoipbin) -> None:
    class Receiver:
        def __init__(self) -> None:
            self.urls: list[str] = []

        async def __call__(self, webhook: Any) -> None:
            self.urls.append(webhook.url)

    receiver = Receiver()
    fake.webhooks.send_to(receiver, URI)
    fake.webhooks.mount("https://list.example", receiver.urls.append)
    place_call(fake)
    assert receiver.urls == [URI, URI]


@pytest.mark.parametrize("kind", ["ASGI", "WSGI"])
def test_exception_in_an_app_is_a_failed_attempt(fake: FakeVoipbin, kind: str) -> None:
    def broken(body: bytes) -> None:
        raise LookupError("no such call")

    with receiving(kind, fake, broken):  # type: ignore[arg-type]
        place_call(fake)
        fake.clock.advance(1.5)
    assert [one.error for one in fake.webhooks.deliveries] == ["LookupError: no such call"] * 4


@pytest.mark.parametrize(
    ("receiver", "message"),
    [
        (lambda a, b, c, d: None, "requires 4 arguments"),
        (7, "7 is not a receiver"),
    ],
    ids=["four arguments", "a number"],
)
def test_invalid_receiver_is_explained(receiver: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        FakeVoipbin().webhooks.mount(URI, receiver)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://198.51.100.1", "is not a receiver; expected scheme, host and port"),
        ("https://client.example", "is not a receiver"),
        ("http://127.0.0.1:1/hooks", "is not a receiver"),
        ("ftp://localhost", "is not a webhook URL"),
        ("nothing", "is not a webhook URL"),
        ("http://[::1/", "is not a URL"),
    ],
)
def test_server_on_another_machine_cannot_receive(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FakeVoipbin().webhooks.mount(URI, url)


def test_local_server_replaces_a_remote_host(fake: FakeVoipbin) -> None:
    client = Client(fake, hangs_up=False)
    with served(client) as url:
        fake.webhooks.send_to(url, URI)
        place_call(fake)
    assert client.types == LIFE[:2]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_local_server_is_reached_by_its_own_url(fake: FakeVoipbin, host: str) -> None:
    client = Client(fake, hangs_up=False)
    with served(client) as url:
        require_success(ProbeClient(FakeTarget(fake)).put("/customer", {"webhook_uri": url.replace("127.0.0.1", host)}))
        place_call(fake)
    assert client.types == LIFE[:2]
    assert {one.status for one in fake.webhooks.deliveries} == {204}


def test_stopped_server_is_retried(fake: FakeVoipbin) -> None:
    with served(lambda body: None) as url:
        fake.webhooks.send_to(f"{url}/hooks")
    place_call(fake)
    fake.clock.advance(1000)
    attempts = [one for one in fake.webhooks.deliveries if one.type == "call_created"]
    assert [one.attempt for one in attempts] == [1, 2, 3]
    assert all(one.error.startswith("ConnectError: ") for one in attempts)


def test_redirect_to_a_mounted_url_is_followed(fake: FakeVoipbin) -> None:
    client = Client(fake, hangs_up=False)
    fake.webhooks.mount("https://moved.example", lambda webhook: client(webhook.body))
    with served(lambda body: None, 307, "https://moved.example/hooks") as url:
        fake.webhooks.send_to(url, URI)
        place_call(fake)
    assert client.types == LIFE[:2]
    assert {one.status for one in fake.webhooks.deliveries} == {200}


def test_redirect_to_another_host_is_a_failure(fake: FakeVoipbin) -> None:
    with served(lambda body: None, 307, "https://unknown.example/?token=hunter2") as url:
        fake.webhooks.send_to(url, URI)
        place_call(fake)
        fake.clock.advance(1.5)
    assert [one.attempt for one in fake.webhooks.deliveries] == [1, 1, 2, 2]
    assert "no receiver is mounted at https://unknown.example," in fake.webhooks.deliveries[0].error
    assert "hunter2" not in fake.webhooks.summary()


def test_fourth_redirect_is_a_failure(fake: FakeVoipbin) -> None:
    seen: list[bytes] = []
    with served(seen.append, 307, URI) as url:
        fake.webhooks.send_to(url, URI)
        place_call(fake)
    assert len(seen) == 8
    assert fake.webhooks.deliveries[0].error.startswith("TooManyRedirects: ")
