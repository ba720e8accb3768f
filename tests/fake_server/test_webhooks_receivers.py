"""Who receives webhooks: functions, apps and servers, which may ask the fake while it waits for them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import trio
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.transports.httpx import transport

URI = "https://client.example/hooks"
LIFE = [
    "activeflow_created",
    "call_created",
    "call_ringing",
    "call_progressing",
    "activeflow_updated",
    "activeflow_updated",
    "call_updated",
    "call_terminating",
    "call_hangup",
]
HUNG_UP = [*LIFE[:3], "call_canceling", "call_hangup", "activeflow_updated"]
"""The life of a call that is hung up when it rings."""


class Client:
    """A client that is told of its calls, and hangs up as soon as one rings."""

    def __init__(self, fake: FakeVoipbin, *, hangs_up: bool = True) -> None:
        self.types: list[str] = []
        self.threads: set[int] = set()
        self._api = ProbeClient(FakeTarget(fake))
        self._hangs_up = hangs_up

    def __call__(self, body: bytes) -> None:
        event = json.loads(body)
        self.types.append(event["type"])
        self.threads.add(threading.get_ident())
        if event["type"] == "call_ringing" and self._hangs_up:
            require_success(self._api.post(f"/calls/{event['data']['id']}/hangup"))


def asgi(client: Client) -> Any:
    """An ASGI app in which a client is told."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (scope["type"], scope["method"], scope["path"]) == ("http", "POST", "/hooks")
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        await asyncio.to_thread(client, body)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return app


def wsgi(client: Client) -> Any:
    """A WSGI app in which a client is told."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        assert (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", "/hooks")
        client(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        start_response("204 No Content", [])
        return []

    return app


@contextmanager
def served(client: Callable[[bytes], Any], status: int = 204, location: str = "") -> Iterator[str]:
    """A server on this machine in which a client is told; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            client(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if location:
                self.send_header("Location", location)
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def receiving(kind: str, fake: FakeVoipbin, client: Client) -> Iterator[None]:
    """A client that is told through a receiver of some kind."""
    if kind == "server":
        with served(client) as url:
            fake.webhooks.send_to(f"{url}/hooks")
            yield
        return
    receivers: dict[str, Any] = {
        "function": lambda webhook: client(webhook.body),
        "method": lambda webhook: client(webhook.body),
        "ASGI": asgi(client),
        "WSGI": wsgi(client),
    }
    fake.webhooks.send_to(receivers[kind], URI)
    yield


each_kind = pytest.mark.parametrize("kind", ["function", "ASGI", "WSGI", "server"])


def placed(fake: FakeVoipbin, **fields: Any) -> str:
    id: str = ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id, **fields)["call_ids"][0]
    return id


@each_kind
def test_each_kind_is_told_a_whole_life(fake: FakeVoipbin, kind: str) -> None:
    client = Client(fake, hangs_up=False)
    with receiving(kind, fake, client):
        placed(fake)
        assert client.types == LIFE[:2]
        fake.clock.advance(1000)
    assert client.types == LIFE
    assert {one.status for one in fake.webhooks.deliveries} <= {200, 204}


@each_kind
def test_each_kind_may_hang_up_when_it_rings(fake: FakeVoipbin, kind: str) -> None:
    client = Client(fake)
    with receiving(kind, fake, client):
        call = fake.calls[placed(fake)]
        fake.clock.advance(1000)
    assert (call.status, call.hangup_reason, call.tm_progressing) == ("hangup", "cancel", None)
    assert client.types == HUNG_UP
    assert {(one.at - call.tm_create).total_seconds() // 1 for one in fake.webhooks.deliveries[2:]} == {2}


@each_kind
def test_each_kind_may_hang_up_in_the_midst_of_a_poll(fake: FakeVoipbin, kind: str) -> None:
    """The poll's request has the lock, and lends it to the receiver."""
    api, client = ProbeClient(FakeTarget(fake)), Client(fake)
    with receiving(kind, fake, client):
        id = placed(fake)
        statuses = [require_success(api.get(f"/calls/{id}"))["status"] for _ in range(3)]
    assert statuses == ["dialing", "hangup", "hangup"]


def test_a_request_that_lets_a_receiver_ask_keeps_its_own_rules(fake: FakeVoipbin) -> None:
    """One call rings on the way to the other's answer; that answer's rules are the poll's, not the receiver's."""
    api = ProbeClient(FakeTarget(fake))
    fake.webhooks.send_to(lambda webhook: api.get("/me").status, URI)
    first = placed(fake)
    require_success(api.get(f"/calls/{first}"))
    require_success(api.get(f"/calls/{first}"))
    placed(fake)
    assert require_success(api.get(f"/calls/{first}"))["status"] == "progressing"
    billed = [one.url for one in fake.requests if "BL-COST-01" in dict(one.rule_outcomes)]
    assert billed == [f"/v1.0/calls/{first}"]


def test_a_function_is_called_in_the_thread_that_asks(fake: FakeVoipbin) -> None:
    client = Client(fake)
    with receiving("function", fake, client):
        placed(fake)
        fake.clock.advance(1000)
    assert client.threads == {threading.get_ident()}


def test_an_async_function_is_told(fake: FakeVoipbin) -> None:
    client = Client(fake)

    async def receive(webhook: Any) -> int:
        await asyncio.sleep(0)
        client(webhook.body)
        return 201

    fake.webhooks.send_to(receive, URI)
    placed(fake)
    fake.clock.advance(1000)
    assert client.types[-2:] == ["call_hangup", "activeflow_updated"]
    assert {one.status for one in fake.webhooks.deliveries} == {201}


def test_an_object_with_call_is_told(fake: FakeVoipbin) -> None:
    class Receiver:
        def __init__(self) -> None:
            self.urls: list[str] = []

        async def __call__(self, webhook: Any) -> None:
            self.urls.append(webhook.url)

    receiver = Receiver()
    fake.webhooks.send_to(receiver, URI)
    fake.webhooks.mount("https://list.example", receiver.urls.append)
    placed(fake)
    assert receiver.urls == [URI, URI]


@pytest.mark.parametrize("kind", ["ASGI", "WSGI"])
def test_an_app_that_raises_has_failed(fake: FakeVoipbin, kind: str) -> None:
    def broken(body: bytes) -> None:
        raise LookupError("no such call")

    with receiving(kind, fake, broken):  # type: ignore[arg-type]
        placed(fake)
        fake.clock.advance(1.5)
    assert [one.error for one in fake.webhooks.deliveries] == ["LookupError: no such call"] * 4


@pytest.mark.parametrize(
    ("receiver", "why"),
    [
        (lambda a, b, c, d: None, "wants 4 arguments"),
        (7, "receives no webhooks"),
    ],
    ids=["four", "a number"],
)
def test_what_cannot_receive_is_told(receiver: Any, why: str) -> None:
    with pytest.raises(TypeError, match=why):
        FakeVoipbin().webhooks.mount(URI, receiver)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://198.51.100.1", "cannot be a receiver: give scheme, host and port"),
        ("https://client.example", "cannot be a receiver"),
        ("http://127.0.0.1:1/hooks", "cannot be a receiver"),
        ("ftp://localhost", "is no URL of a webhook"),
        ("nothing", "is no URL of a webhook"),
        ("http://[::1/", "is no URL"),
    ],
)
def test_another_machine_cannot_receive(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        FakeVoipbin().webhooks.mount(URI, url)


# servers on this machine


def test_a_server_stands_in_for_a_host_far_away(fake: FakeVoipbin) -> None:
    client = Client(fake, hangs_up=False)
    with served(client) as url:
        fake.webhooks.send_to(url, URI)
        placed(fake)
    assert client.types == LIFE[:2]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_server_is_reached_by_its_own_url(fake: FakeVoipbin, host: str) -> None:
    client = Client(fake, hangs_up=False)
    with served(client) as url:
        require_success(ProbeClient(FakeTarget(fake)).put("/customer", {"webhook_uri": url.replace("127.0.0.1", host)}))
        placed(fake)
    assert client.types == LIFE[:2]
    assert {one.status for one in fake.webhooks.deliveries} == {204}


def test_a_server_that_is_not_there_is_tried_again(fake: FakeVoipbin) -> None:
    with served(lambda body: None) as url:
        fake.webhooks.send_to(f"{url}/hooks")
    placed(fake)
    fake.clock.advance(1000)
    tries = [one for one in fake.webhooks.deliveries if one.type == "call_created"]
    assert [one.attempt for one in tries] == [1, 2, 3]
    assert all(one.error.startswith("ConnectError: ") for one in tries)


def test_a_redirect_is_followed_to_where_a_receiver_is(fake: FakeVoipbin) -> None:
    client = Client(fake, hangs_up=False)
    fake.webhooks.mount("https://moved.example", lambda webhook: client(webhook.body))
    with served(lambda body: None, 307, "https://moved.example/hooks") as url:
        fake.webhooks.send_to(url, URI)
        placed(fake)
    assert client.types == LIFE[:2]
    assert {one.status for one in fake.webhooks.deliveries} == {200}


def test_a_redirect_to_elsewhere_is_a_failure(fake: FakeVoipbin) -> None:
    with served(lambda body: None, 307, "https://nobody.example/?token=hunter2") as url:
        fake.webhooks.send_to(url, URI)
        placed(fake)
        fake.clock.advance(1.5)
    assert [one.attempt for one in fake.webhooks.deliveries] == [1, 1, 2, 2]
    assert "no receiver is mounted at https://nobody.example," in fake.webhooks.deliveries[0].error
    assert "hunter2" not in fake.webhooks.summary()


def test_the_fourth_redirect_is_one_too_many(fake: FakeVoipbin) -> None:
    seen: list[bytes] = []
    with served(seen.append, 307, URI) as url:
        fake.webhooks.send_to(url, URI)
        placed(fake)
    assert len(seen) == 8
    assert fake.webhooks.deliveries[0].error.startswith("TooManyRedirects: ")


# who waits for whom


def test_a_thread_that_asks_meanwhile_does_not_wait_for_the_receiver(fake: FakeVoipbin) -> None:
    """The receiver waits for another thread, which asks the fake."""
    api, answers = ProbeClient(FakeTarget(fake)), []

    def receive(webhook: Any) -> None:
        asking = threading.Thread(target=lambda: answers.append(api.get("/calls").status))
        asking.start()
        asking.join(timeout=10)
        assert not asking.is_alive()

    fake.webhooks.send_to(receive, URI)
    placed(fake)
    fake.clock.advance(1000)
    assert answers == [200] * len(LIFE)
    assert all(one.delivered for one in fake.webhooks.deliveries)


def test_a_receiver_may_let_time_pass(fake: FakeVoipbin) -> None:
    types = []

    def receive(webhook: Any) -> None:
        types.append(webhook.json()["type"])
        fake.clock.advance(3)

    fake.webhooks.send_to(receive, URI)
    placed(fake)
    fake.clock.advance(1000)
    assert types == LIFE


def test_a_receiver_may_place_a_call_which_is_told_of_too(fake: FakeVoipbin) -> None:
    types, ids = [], []

    def receive(webhook: Any) -> None:
        event = webhook.json()
        types.append(event["type"])
        if event["type"] == "call_hangup" and len(fake.calls) < 3:
            ids.append(placed(fake))
            # Not from within this one.
            assert types[-1] == "call_hangup"

    fake.webhooks.send_to(receive, URI)
    placed(fake)
    fake.clock.advance(1000)
    assert types == LIFE * 3
    assert len(ids) == 2


def test_delivering_from_within_a_delivery_does_nothing(fake: FakeVoipbin) -> None:
    fake.webhooks.send_to(lambda webhook: fake.webhooks.deliver(), URI)
    placed(fake)
    assert [one.status for one in fake.webhooks.deliveries] == [200, 200]


def test_many_threads_lose_nothing(fake: FakeVoipbin) -> None:
    types: list[str] = []
    fake.webhooks.send_to(lambda webhook: types.append(webhook.json()["type"]), URI)
    api = ProbeClient(FakeTarget(fake))

    def work() -> None:
        for _ in range(5):
            require_success(api.post(f"/calls/{placed(fake)}/hangup"))
            fake.clock.advance(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fake.webhooks.deliver()
    assert sorted(types) == sorted(event.type for event in fake.events)
    assert [one.event for one in fake.webhooks.deliveries] == list(fake.events)
    assert len(types) >= 4 * 40


def test_one_thread_waits_until_another_has_delivered(fake: FakeVoipbin) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def receive(webhook: Any) -> None:
        begun.set()
        assert go_on.wait(10)

    fake.webhooks.send_to(receive, URI)
    asking = threading.Thread(target=placed, args=(fake,))
    asking.start()
    assert begun.wait(10)
    assert fake.webhooks.due
    threading.Timer(0.05, go_on.set).start()
    fake.webhooks.deliver()
    assert len(fake.webhooks.deliveries) == 2
    asking.join()


# event loops


def in_asyncio(main: Callable[[], Any]) -> Any:
    return asyncio.run(main())


def in_trio(main: Callable[[], Any]) -> Any:
    return trio.run(main)


each_loop = pytest.mark.parametrize("run", [in_asyncio, in_trio])


def app_on_the_loop(fake: FakeVoipbin, types: list[str], loops: list[object]) -> Any:
    """An ASGI app that asks the fake on the loop on which it is told, and hangs up when a call rings."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        event = json.loads((await receive())["body"])
        types.append(event["type"])
        loops.append(current())
        if event["type"] == "call_ringing":
            async with async_client(fake) as client:
                (await client.post(f"/calls/{event['data']['id']}/hangup")).raise_for_status()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    return app


def current() -> object:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return trio.lowlevel.current_task()


def async_client(fake: FakeVoipbin) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {fake.super_admin.token}"}
    return httpx.AsyncClient(base_url=fake.base_url, headers=headers, transport=transport(fake, httpx))


def body(fake: FakeVoipbin) -> dict[str, Any]:
    destinations = [{"type": "tel", "target": "+12025550143"}]
    return {"provider_id": fake.provider.id, "source": {"type": "tel", "target": "+1"}, "destinations": destinations}


@each_loop
def test_an_app_on_the_tests_own_loop_is_told_when_the_test_lets_it(fake: FakeVoipbin, run: Any) -> None:
    types: list[str] = []
    loops: list[object] = []
    fake.webhooks.send_to(app_on_the_loop(fake, types, loops), URI)

    async def main() -> None:
        async with async_client(fake) as client:
            (await client.post("/providercalls", json=body(fake))).raise_for_status()
            assert (types, fake.webhooks.pending, fake.webhooks.due) == ([], 2, True)
            await fake.webhooks.flush()
            assert types == LIFE[:2]
            await fake.webhooks.flush(1000)
            loops.append(current())

    run(main)
    (call,) = fake.calls.values()
    assert (call.hangup_reason, call.tm_progressing) == ("cancel", None)
    assert types == HUNG_UP
    assert len(set(map(id, loops))) == 1


@each_loop
def test_what_an_app_makes_happen_has_its_own_time_on_a_loop_too(fake: FakeVoipbin, run: Any) -> None:
    told: list[tuple[str, float]] = []

    async def receive(webhook: Any) -> None:
        event = webhook.json()
        told.append((event["type"], (fake.clock.now() - start).total_seconds()))
        if event["type"] == "call_hangup" and len(fake.calls) < 3:
            placed(fake)

    async def main() -> None:
        fake.webhooks.send_to(receive, URI)
        placed(fake)
        await fake.webhooks.flush(1000)

    start = fake.clock.now()
    run(main)
    assert [type for type, _ in told] == LIFE * 3
    assert [round(at) for type, at in told if type == "call_ringing"] == [2, 8, 14]
    assert not fake.webhooks.pending


@each_loop
def test_a_hang_up_has_its_end_told_of_at_once(fake: FakeVoipbin, run: Any) -> None:
    client = Client(fake)

    async def main() -> None:
        with receiving("function", fake, client):
            fake.calls[placed(fake)].ring()
            await fake.webhooks.flush()

    run(main)
    assert client.types == HUNG_UP


@each_loop
def test_where_a_loop_runs_nothing_is_delivered_unasked(fake: FakeVoipbin, run: Any) -> None:
    client = Client(fake)

    async def main() -> None:
        with receiving("function", fake, client):
            fake.calls[placed(fake)].ring()
            fake.clock.advance(1)
            assert client.types == []
            assert "`await voipbin.webhooks.settle()` delivers them" in fake.webhooks.summary()
            await fake.webhooks.flush()
            assert client.types[:3] == LIFE[:3]

    run(main)


@each_loop
@each_kind
def test_each_kind_is_told_on_a_loop(fake: FakeVoipbin, kind: str, run: Any) -> None:
    if (kind, run) == ("ASGI", in_trio):
        pytest.skip("that app works with asyncio")
    client = Client(fake)

    async def main() -> None:
        with receiving(kind, fake, client):
            placed(fake)
            before = fake.clock.now()
            await fake.webhooks.flush(1000)
            assert 1000 <= (fake.clock.now() - before).total_seconds() < 1001

    run(main)
    assert client.types == HUNG_UP
    assert all(one.delivered for one in fake.webhooks.deliveries)


def test_settling_from_within_a_delivery_does_not_wait(fake: FakeVoipbin) -> None:
    async def receive(webhook: Any) -> None:
        await fake.webhooks.flush()

    async def main() -> None:
        fake.webhooks.send_to(receive, URI)
        placed(fake)
        await fake.webhooks.flush()

    asyncio.run(main())
    assert [one.status for one in fake.webhooks.deliveries] == [200, 200]


def test_a_cancelled_delivery_leaves_the_others(fake: FakeVoipbin) -> None:
    async def receive(webhook: Any) -> None:
        if webhook.json()["type"] == "activeflow_created":
            await asyncio.Event().wait()

    async def main() -> None:
        fake.webhooks.send_to(receive, URI)
        placed(fake)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(fake.webhooks.flush(), 0.05)
        await fake.webhooks.flush()

    asyncio.run(main())
    assert [(one.type, one.status) for one in fake.webhooks.deliveries] == [
        ("activeflow_created", None),
        ("call_created", 200),
    ]
    assert fake.webhooks.deliveries[0].error.startswith("CancelledError")


def test_what_waited_for_a_loop_is_delivered_without_one(fake: FakeVoipbin) -> None:
    client = Client(fake)

    async def main() -> None:
        placed(fake)

    with receiving("function", fake, client):
        asyncio.run(main())
        assert client.types == []
        fake.clock.advance(0)
    assert client.types == LIFE[:2]


def test_another_thread_may_deliver_what_a_loops_thread_may_not(fake: FakeVoipbin) -> None:
    """As a server does that answers on its loop: the receiver asks that server."""
    client = Client(fake)

    async def main() -> None:
        placed(fake)
        fake.clock.advance(3)
        assert fake.webhooks.due
        await asyncio.to_thread(fake.webhooks.deliver)

    with receiving("function", fake, client):
        asyncio.run(main())
    assert client.types[:4] == ["activeflow_created", "call_created", "call_ringing", "call_canceling"]
    assert threading.get_ident() not in client.threads
