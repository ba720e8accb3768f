"""A served fake without requests: real time still passes, and webhooks are delivered."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable

from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.background import background_worker


def place(fake: FakeVoipbin) -> str:
    body = {
        "provider_id": fake.provider.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}],
    }
    request = Request("POST", f"/v1.0/providercalls?token={fake.super_admin.token}", body=json.dumps(body).encode())
    id: str = fake.handle(request).json()["call_ids"][0]
    return id


def becomes_true(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_real_time_passes() -> None:
    fake = FakeVoipbin(lifecycle="realtime")
    fake.carrier().rejects(403)
    with background_worker(fake):
        call = fake.calls[place(fake)]
        assert becomes_true(lambda: call.status == "hangup")


def test_webhooks_of_a_request_on_an_event_loop_are_delivered() -> None:
    fake, threads = FakeVoipbin(), list[str]()
    fake.webhooks.send_to(
        lambda webhook: threads.append(threading.current_thread().name), "https://client.example/hooks"
    )

    async def place_on_a_loop() -> None:
        place(fake)

    asyncio.run(place_on_a_loop())
    assert threads == []
    with background_worker(fake):
        assert becomes_true(lambda: bool(threads))
    assert set(threads) == {"voipbin-background"}


def test_the_thread_ends() -> None:
    before = threading.active_count()
    with background_worker(FakeVoipbin()):
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
