"""What the clients of the races share: a sync and an async client, and the requests that they send."""

from __future__ import annotations

import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from pytest_providercalls.fake_server import FakeVoipbin

from pytest_providercalls.schedules import Schedule

Json = dict[str, Any]
NUMBER = "+12025550143"
OTHER = "+12025550182"
_TLS = ssl.create_default_context()
"""One context for all sync clients. Outside a run, creating one takes longer than an example."""


def _options(voipbin: FakeVoipbin) -> Json:
    return {"base_url": voipbin.base_url, "headers": {"Authorization": f"Bearer {voipbin.super_admin.token}"}}


def body(voipbin: FakeVoipbin, number: str) -> Json:
    source = {"type": "tel", "target": "+12025550100"}
    return {
        "provider_id": voipbin.provider.id,
        "source": source,
        "destinations": [{"type": "tel", "target": number}],
    }


class AsyncClient:
    """An async client, used with `async with`."""

    def __init__(self, voipbin: FakeVoipbin) -> None:
        self.voipbin = voipbin
        self.http = httpx.AsyncClient(**_options(voipbin))

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def send(self, method: str, path: str, **options: Any) -> Any:
        return (await self.http.request(method, path, **options)).raise_for_status().json()

    async def rows(self, path: str, **query: Any) -> list[Json]:
        rows: list[Json] = (await self.send("GET", path, params=query))["result"]
        return rows

    async def place(self, number: str = NUMBER) -> Json:
        record: Json = await self.send("POST", "/providercalls", json=body(self.voipbin, number))
        return record

    async def has_called(self, number: str = NUMBER) -> bool:
        return any(row["destination"]["target"] == number for row in await self.rows("/calls"))


class Client:
    """A sync client for several threads."""

    def __init__(self, voipbin: FakeVoipbin) -> None:
        self.voipbin = voipbin
        self.http = httpx.Client(**_options(voipbin), verify=_TLS)

    def send(self, method: str, path: str, **options: Any) -> Any:
        return self.http.request(method, path, **options).raise_for_status().json()

    def place(self, number: str = NUMBER) -> Json:
        record: Json = self.send("POST", "/providercalls", json=body(self.voipbin, number))
        return record

    def has_called(self, number: str = NUMBER) -> bool:
        return any(row["destination"]["target"] == number for row in self.send("GET", "/calls")["result"])


def work_in_two_threads(client_type: Any, schedule: Schedule, voipbin: FakeVoipbin) -> None:
    """Let two threads of a pool share the work of one client, which calls each of two numbers once."""

    def main() -> None:
        client = client_type(voipbin)
        with ThreadPoolExecutor(2) as pool:
            for job in [pool.submit(client.work), pool.submit(client.work)]:
                job.result()

    schedule.run_threads(voipbin, main)
    voipbin.assert_placed(1, destination=NUMBER)
    voipbin.assert_placed(1, destination=OTHER)
