"""The sync and the async client: they run the steps with httpx."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx

from . import steps

T = TypeVar("T")
Json = dict[str, Any]
BASE_URL = "https://api.voipbin.net/v1.0"


class Probe:
    """The sync client. `sleep` is the function with which it waits."""

    def __init__(self, token: str, sleep: Callable[[float], object] = time.sleep) -> None:
        self._http = httpx.Client(base_url=BASE_URL, headers={"Authorization": f"Bearer {token}"}, timeout=10)
        self._sleep = sleep

    def __enter__(self) -> Probe:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def place(self, provider_id: str, source: str, destinations: list[str], actions: list[Json] | None = None) -> Json:
        """Place one call to each destination. The returned record contains the ids of the calls."""
        return self._run(steps.place(provider_id, source, destinations, actions))

    def records(self, provider_id: str | None = None, page_size: int = 100) -> list[Json]:
        """Return every record, or those of one provider."""
        return self._run(steps.records(provider_id, page_size))

    def watch(self, record: Json, timeout: float = 60) -> dict[str, str]:
        """Wait until every call of a record has ended. Return each call's hangup_reason."""
        return self._run(steps.watch(record["call_ids"], timeout))

    def _run(self, work: steps.Steps[T]) -> T:
        result: steps.Result = None
        while True:
            try:
                step = work.send(result)
            except StopIteration as done:
                value: T = done.value
                return value
            if isinstance(step, steps.Pause):
                self._sleep(step.seconds)
                result = None
            else:
                result = self._send(step)

    def _send(self, request: steps.Request) -> httpx.Response | httpx.TransportError:
        try:
            return self._http.request(request.method, request.path, **request.options)
        except httpx.TransportError as error:
            return error


class AsyncProbe:
    """The async client."""

    def __init__(self, token: str, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self._http = httpx.AsyncClient(base_url=BASE_URL, headers={"Authorization": f"Bearer {token}"}, timeout=10)
        self._sleep = sleep

    async def __aenter__(self) -> AsyncProbe:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def place(
        self, provider_id: str, source: str, destinations: list[str], actions: list[Json] | None = None
    ) -> Json:
        """Place one call to each destination. The returned record contains the ids of the calls."""
        return await self._run(steps.place(provider_id, source, destinations, actions))

    async def records(self, provider_id: str | None = None, page_size: int = 100) -> list[Json]:
        """Return every record, or those of one provider."""
        return await self._run(steps.records(provider_id, page_size))

    async def watch(self, record: Json, timeout: float = 60) -> dict[str, str]:
        """Wait until every call of a record has ended. Return each call's hangup_reason."""
        return await self._run(steps.watch(record["call_ids"], timeout))

    async def _run(self, work: steps.Steps[T]) -> T:
        result: steps.Result = None
        while True:
            try:
                step = work.send(result)
            except StopIteration as done:
                value: T = done.value
                return value
            if isinstance(step, steps.Pause):
                await self._sleep(step.seconds)
                result = None
            else:
                result = await self._send(step)

    async def _send(self, request: steps.Request) -> httpx.Response | httpx.TransportError:
        try:
            return await self._http.request(request.method, request.path, **request.options)
        except httpx.TransportError as error:
            return error
