"""Two correct clients, sync and async. Every other client differs from the sync one in a single mistake."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Any

import httpx

Json = dict[str, Any]
ENDED = "hangup"
TRIES = 3
TIMEOUT = 10.0
TLS = ssl.create_default_context()
"""One context for all clients, because creating it takes longest."""


class DialerError(Exception):
    """The base of the client's errors."""


class Refused(DialerError):
    """VoIPbin refused a request with `status`."""

    def __init__(self, status: int) -> None:
        super().__init__(f"VoIPbin returned {status}")
        self.status = status


class OutcomeUnknown(DialerError):
    """No response arrived: the call may have been placed."""


class Dialer:
    """The sync client."""

    poll_seconds = 2.0
    default_retry_delay = 1.0

    def __init__(self, base_url: str, token: str) -> None:
        self.http = httpx.Client(
            base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT, verify=TLS
        )

    def close(self) -> None:
        self.http.close()

    def place(self, body: Json) -> Json:
        return self.request("POST", "/providercalls", json=body)

    def get_record(self, id: str) -> Json:
        return self.request("GET", f"/providercalls/{id}")

    def list_records(self) -> list[Json]:
        found: list[Json] = []
        query: Json = {"page_size": 100}
        while (page := self.request("GET", "/providercalls", params=query))["result"]:
            found += page["result"]
            query["page_token"] = page["next_page_token"]
        return found

    def get_call(self, id: str) -> Json:
        return self.request("GET", f"/calls/{id}")

    def wait_until_done(self, record: Json) -> dict[str, str]:
        return {id: self.wait_for(id) for id in record["call_ids"]}

    def wait_for(self, call_id: str) -> str:
        while (call := self.get_call(call_id))["status"] != ENDED:
            time.sleep(self.poll_seconds)
        return call.get("hangup_reason") or "unknown"

    def delete_record(self, id: str) -> Json:
        return self.request("DELETE", f"/providercalls/{id}")

    def hang_up(self, id: str) -> Json:
        return self.request("POST", f"/calls/{id}/hangup")

    def request(self, method: str, path: str, **options: Any) -> Json:
        for _ in range(TRIES):
            response = self.send(method, path, **options)
            if response.status_code != 429:
                break
            time.sleep(self.retry_delay(response))
        if response.status_code != 200:
            raise self.error_for(response)
        return self.parse(response)

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self.http.request(method, path, **options)
        except httpx.TransportError as error:
            raise OutcomeUnknown(f"no response to {method} {path}") from error

    def retry_delay(self, response: httpx.Response) -> float:
        return float(response.headers.get("Retry-After", self.default_retry_delay))

    def error_for(self, response: httpx.Response) -> Exception:
        return Refused(response.status_code)

    def parse(self, response: httpx.Response) -> Any:
        try:
            return response.json()
        except ValueError as error:
            raise OutcomeUnknown("the response could not be parsed") from error


class AsyncDialer:
    """The async client."""

    poll_seconds = 2.0
    default_retry_delay = 1.0

    def __init__(self, base_url: str, token: str) -> None:
        self.http = httpx.AsyncClient(
            base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT, verify=TLS
        )

    async def __aenter__(self) -> AsyncDialer:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def place(self, body: Json) -> Json:
        return await self.request("POST", "/providercalls", json=body)

    async def get_record(self, id: str) -> Json:
        return await self.request("GET", f"/providercalls/{id}")

    async def list_records(self) -> Any:
        query: Json = {"page_size": 100}
        while (page := await self.request("GET", "/providercalls", params=query))["result"]:
            for record in page["result"]:
                yield record
            query["page_token"] = page["next_page_token"]

    async def get_call(self, id: str) -> Json:
        return await self.request("GET", f"/calls/{id}")

    async def wait_until_done(self, record: Json) -> list[str]:
        return list(await asyncio.gather(*map(self.wait_for, record["call_ids"])))

    async def wait_for(self, call_id: str) -> str:
        while (call := await self.get_call(call_id))["status"] != ENDED:
            await asyncio.sleep(self.poll_seconds)
        return call.get("hangup_reason") or "unknown"

    async def delete_record(self, id: str) -> Json:
        return await self.request("DELETE", f"/providercalls/{id}")

    async def hang_up(self, id: str) -> Json:
        return await self.request("POST", f"/calls/{id}/hangup")

    async def request(self, method: str, path: str, **options: Any) -> Json:
        for _ in range(TRIES):
            try:
                response = await self.http.request(method, path, **options)
            except httpx.TransportError as error:
                raise OutcomeUnknown(f"no response to {method} {path}") from error
            if response.status_code != 429:
                break
            await asyncio.sleep(float(response.headers.get("Retry-After", self.default_retry_delay)))
        if response.status_code != 200:
            raise Refused(response.status_code)
        body: Json = response.json()
        return body
