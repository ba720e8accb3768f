"""A fake that nobody asks: its time passes all the same, and its webhooks go."""

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


def comes_true(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


def test_real_time_passes() -> None:
    fake = FakeVoipbin(lifecycle="realtime")
    fake.carrier().rejects(403)
    with background_worker(fake):
        call = fake.calls[place(fake)]
        assert comes_true(lambda: call.status == "hangup")


def test_webhooks_are_delivered_though_their_cause_was_on_an_event_loop() -> None:
    fake, told = FakeVoipbin(), list[str]()
    fake.webhooks.send_to(lambda webhook: told.append(threading.current_thread().name), "https://client.example/hooks")

    async def on_a_loop() -> None:
        place(fake)

    asyncio.run(on_a_loop())
    assert told == []
    with background_worker(fake):
        assert comes_true(lambda: bool(told))
    assert set(told) == {"voipbin-heartbeat"}


def test_the_thread_ends() -> None:
    before = threading.active_count()
    with background_worker(FakeVoipbin()):
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
