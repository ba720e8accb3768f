"""Ten clients with one race each. Each scenario fails under some schedules only, and never without a switch."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import NamedTuple

import httpx
from pytest_providercalls.fake_server import FakeVoipbin

from pytest_providercalls.schedules import Schedule, Switch

from .clients import NUMBER, OTHER, AsyncClient, Client, work_in_two_threads

Scenario = Callable[[Schedule, FakeVoipbin], None]


class ChecksThenDials(AsyncClient):
    async def dial(self) -> None:
        if not await self.has_called():
            await self.place()


def check_then_dial(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    async def main() -> None:
        async with ChecksThenDials(voipbin) as client:
            await asyncio.gather(client.dial(), client.dial())

    schedule.run(voipbin, main)
    voipbin.assert_placed(1)


class CountsRetries(AsyncClient):
    """Reads its counter before a request, and writes it afterwards."""

    retries = 0

    async def dial(self, number: str) -> None:
        while True:
            retries = self.retries
            try:
                await self.place(number)
                return
            except httpx.HTTPStatusError:
                self.retries = retries + 1


def lost_update(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    voipbin.faults.add("error", path="/providercalls", times=2, status=503)

    async def main() -> int:
        async with CountsRetries(voipbin) as client:
            await asyncio.gather(client.dial(NUMBER), client.dial(OTHER))
            return client.retries

    assert schedule.run(voipbin, main) == 2, "a retry was not counted"


class HangsUpTwice(AsyncClient):
    async def hang_up(self, call: str) -> None:
        if (await self.send("GET", f"/calls/{call}"))["status"] != "hangup":
            await self.send("POST", f"/calls/{call}/hangup")


def double_hangup(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    async def main() -> None:
        async with HangsUpTwice(voipbin) as client:
            (call,) = (await client.place())["call_ids"]
            await asyncio.gather(client.hang_up(call), client.hang_up(call))

    schedule.run(voipbin, main)
    assert [one.url for one in voipbin.requests if one.method == "POST"][2:] == [], "the call was hung up twice"


class RefreshesItsToken(AsyncClient):
    token = ""

    async def me(self) -> None:
        if not self.token:
            admin = self.voipbin.super_admin
            credentials = {"username": admin.username, "password": admin.password}
            url = "https://api.voipbin.net/auth/login"
            self.token = (await self.http.post(url, json=credentials)).raise_for_status().json()["token"]
        await self.send("GET", "/me", headers={"Authorization": f"Bearer {self.token}"})


def token_refresh(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    async def main() -> None:
        async with RefreshesItsToken(voipbin) as client:
            await asyncio.gather(client.me(), client.me(), client.me())

    schedule.run(voipbin, main)
    assert sum(one.url.startswith("/auth/login") for one in voipbin.requests) == 1, "the client logged in twice"


class PagesByOffset(AsyncClient):
    """Takes the rows after those it has, from a page that grows; a new record shifts them."""

    async def list_records(self) -> list[str]:
        found: list[str] = []
        while rows := (await self.rows("/providercalls", page_size=len(found) + 1))[len(found) :]:
            found += [row["id"] for row in rows]
        return found


def page_while_adding(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    async def main() -> list[str]:
        async with PagesByOffset(voipbin) as client:
            await client.place()
            found, _ = await asyncio.gather(client.list_records(), client.place(OTHER))
            assert isinstance(found, list)
            return found

    found = schedule.run(voipbin, main)
    assert len(found) == len(set(found)), "a record was listed twice"


class TakesTheNewestRecord(AsyncClient):
    """Believes that the newest record is its own."""

    async def dial(self, number: str) -> str:
        await self.place(number)
        (newest,) = await self.rows("/calls", page_size=1)
        target: str = newest["destination"]["target"]
        return target


def newest_is_mine(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    async def main() -> tuple[str, str]:
        async with TakesTheNewestRecord(voipbin) as client:
            return await asyncio.gather(client.dial(NUMBER), client.dial(OTHER))

    assert schedule.run(voipbin, main) == [NUMBER, OTHER], "a task took the record of another one"


class NamesCallsLater(AsyncClient):
    """Stores the name of a call only when the response arrives, though others see the call before."""

    def __init__(self, voipbin: FakeVoipbin) -> None:
        super().__init__(voipbin)
        self.names: dict[str, str] = {}

    async def dial(self, number: str, name: str) -> None:
        for call in (await self.place(number))["call_ids"]:
            self.names[call] = name

    async def watch(self) -> list[str]:
        return [self.names[row["id"]] for row in await self.rows("/calls")]


def response_in_transit(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    async def main() -> None:
        async with NamesCallsLater(voipbin) as client:
            await asyncio.gather(client.dial(NUMBER, "first"), client.watch())

    schedule.run(voipbin, main)


class UpdatesInTwoSteps(AsyncClient):
    """Marks a provider while it changes it, and reads mark and detail in two requests: both may be torn apart."""

    async def write(self, name: str, detail: str) -> None:
        provider = self.voipbin.provider
        fields = {"type": provider.type, "hostname": provider.hostname, "name": name, "detail": detail}
        await self.send("PUT", f"/providers/{provider.id}", json=fields)

    async def update(self) -> None:
        await self.write("being updated", "old")
        await self.write("complete", "new")

    async def read(self) -> tuple[str, str]:
        path = f"/providers/{self.voipbin.provider.id}"
        return (await self.send("GET", path))["name"], (await self.send("GET", path))["detail"]


def torn_read(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    async def main() -> object:
        async with UpdatesInTwoSteps(voipbin) as client:
            _, fields = await asyncio.gather(client.update(), client.read())
            return fields

    assert schedule.run(voipbin, main) != ("being updated", "new"), "mark and detail do not belong together"


class DialsFromAQueue(Client):
    """Looks at the first number, dials it, and then removes it."""

    def __init__(self, voipbin: FakeVoipbin) -> None:
        super().__init__(voipbin)
        self.numbers = [NUMBER, OTHER]

    def work(self) -> None:
        while self.numbers:
            self.place(self.numbers[0])
            del self.numbers[:1]


def queue_of_threads(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    work_in_two_threads(DialsFromAQueue, schedule, voipbin)


class SpendsTwice(Client):
    """Checks its budget, dials, and then books the cost."""

    spent = 0

    def dial(self, number: str) -> None:
        if self.spent < 1:
            self.place(number)
            self.spent += 1


def budget_of_threads(schedule: Schedule, voipbin: FakeVoipbin) -> None:
    def main() -> None:
        client = SpendsTwice(voipbin)
        threads = [threading.Thread(target=client.dial, args=(number,)) for number in (NUMBER, OTHER)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    schedule.run_threads(voipbin, main)
    voipbin.assert_placed(1)


class Race(NamedTuple):
    """A scenario, its failure message, and the simplest schedule under which it fails."""

    scenario: Scenario
    message: str
    schedule: Schedule


_FIRST = Schedule(Switch(1, 1))
_FIRST_RESPONSE = Schedule(Switch(1, 1, "after"))
_SECOND_RESPONSE = Schedule(Switch(2, 1, "after"))
RACES = {
    "check_then_dial": Race(check_then_dial, "expected 1 call, but 2 were placed", _FIRST_RESPONSE),
    "lost_update": Race(lost_update, "a retry was not counted", _FIRST_RESPONSE),
    "double_hangup": Race(double_hangup, "hung up twice", _SECOND_RESPONSE),
    "token_refresh": Race(token_refresh, "logged in twice", _FIRST),
    "page_while_adding": Race(page_while_adding, "listed twice", _SECOND_RESPONSE),
    "newest_is_mine": Race(newest_is_mine, "took the record of another one", _FIRST_RESPONSE),
    "response_in_transit": Race(response_in_transit, "-", _FIRST_RESPONSE),
    "torn_read": Race(
        torn_read, "do not belong together", Schedule(*_FIRST_RESPONSE.switches, *_SECOND_RESPONSE.switches)
    ),
    "queue_of_threads": Race(queue_of_threads, r"expected 1 call to \+\d+, but 2 were placed", _FIRST),
    "budget_of_threads": Race(budget_of_threads, "expected 1 call, but 2 were placed", _FIRST),
}
