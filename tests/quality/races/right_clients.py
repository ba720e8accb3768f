"""Five clients whose tasks or threads share state correctly. No schedule changes the outcome of a scenario."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable

import httpx
from pytest_providercalls.fake_server import FakeVoipbin

from pytest_providercalls.schedules import Schedule

from .clients import NUMBER, OTHER, AsyncClient, Client, work_in_two_threads

_MODULE_LOCK = threading.Lock()
"""A lock that exists before any schedule, as many clients have one."""


class ChecksAndDialsWithLock(AsyncClient):
    def __init__(self, voipbin: FakeVoipbin) -> None:
        super().__init__(voipbin)
        self.lock = asyncio.Lock()

    async def dial(self, number: str) -> None:
        async with self.lock:
            if not await self.has_called(number):
                await self.place(number)


def checks_and_dials_with_lock(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    async def main() -> None:
        async with ChecksAndDialsWithLock(voipbin) as client:
            await asyncio.gather(*map(client.dial, (NUMBER, OTHER, NUMBER)))

    schedule.run(voipbin, main)
    voipbin.assert_placed(1, destination=NUMBER)
    voipbin.assert_placed(1, destination=OTHER)


class RefreshesOnce(AsyncClient):
    def __init__(self, voipbin: FakeVoipbin) -> None:
        super().__init__(voipbin)
        self.lock = asyncio.Lock()
        self.token = ""

    async def me(self) -> None:
        if not self.token:
            async with self.lock:
                if not self.token:
                    await self.log_in()
        await self.send("GET", "/me", headers={"Authorization": f"Bearer {self.token}"})

    async def log_in(self) -> None:
        admin = self.voipbin.super_admin
        credentials = {"username": admin.username, "password": admin.password}
        response = await self.http.post("https://api.voipbin.net/auth/login", json=credentials)
        self.token = response.raise_for_status().json()["token"]


def refreshes_once(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    async def main() -> None:
        async with RefreshesOnce(voipbin) as client:
            await asyncio.gather(client.me(), client.me(), client.me())

    schedule.run(voipbin, main)
    assert sum(one.url.startswith("/auth/login") for one in voipbin.requests) == 1


class CountsRetries(AsyncClient):
    """Reads and writes its counter in one step, and backs off in between."""

    retries = 0

    async def dial(self, number: str) -> None:
        while True:
            try:
                await self.place(number)
                return
            except httpx.HTTPStatusError:
                self.retries += 1
                await asyncio.sleep(2)


def counts_retries(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    voipbin.faults.add("error", path="/providercalls", times=2, status=503)

    async def main() -> int:
        async with CountsRetries(voipbin) as client:
            await asyncio.gather(client.dial(NUMBER), client.dial(OTHER))
            return client.retries

    assert schedule.run(voipbin, main) == 2
    voipbin.assert_placed(2)


class HangsUpOnce(Client):
    def hang_up(self, call: str) -> None:
        with _MODULE_LOCK:
            if self.send("GET", f"/calls/{call}")["status"] != "hangup":
                self.send("POST", f"/calls/{call}/hangup")


def hangs_up_once(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    client = HangsUpOnce(voipbin)
    (call,) = client.place()["call_ids"]
    schedule.run_threads(voipbin, lambda: client.hang_up(call), lambda: client.hang_up(call))
    assert [one.url for one in voipbin.requests if one.method == "POST"][2:] == []


class DialsFromAQueue(Client):
    def __init__(self, voipbin: FakeVoipbin) -> None:
        super().__init__(voipbin)
        self.numbers: queue.Queue[str] = queue.Queue()
        for number in (NUMBER, OTHER):
            self.numbers.put(number)

    def work(self) -> None:
        while True:
            try:
                number = self.numbers.get_nowait()
            except queue.Empty:
                return
            self.place(number)


def dials_from_a_queue(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    work_in_two_threads(DialsFromAQueue, schedule, voipbin)


RIGHT_CLIENTS: dict[str, Callable[[Schedule, FakeVoipbin], None]] = {
    "checks_and_dials_with_lock": checks_and_dials_with_lock,
    "refreshes_once": refreshes_once,
    "counts_retries": counts_retries,
    "hangs_up_once": hangs_up_once,
    "dials_from_a_queue": dials_from_a_queue,
}
