"""The clients: what carries out the steps, with httpx, sync and async."""

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
    """The client for code without an event loop. `sleep` is how it waits."""

    def __init__(self, token: str, sleep: Callable[[float], object] = time.sleep) -> None:
        self._http = httpx.Client(base_url=BASE_URL, headers={"Authorization": f"Bearer {token}"}, timeout=10)
        self._sleep = sleep

    def __enter__(self) -> Probe:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def place(self, provider_id: str, source: str, destinations: list[str], actions: list[Json] | None = None) -> Json:
        """Place one call to each destination; the record names the calls."""
        return self._run(steps.place(provider_id, source, destinations, actions))

    def records(self, provider_id: str | None = None, page_size: int = 100) -> list[Json]:
        """Every record there is, or a provider's."""
        return self._run(steps.records(provider_id, page_size))

    def watch(self, record: Json, patience: float = 60) -> dict[str, str]:
        """Wait until each call of a record has ended; gives each call's hangup_reason."""
        return self._run(steps.watch(record["call_ids"], patience))

    def _run(self, work: steps.Steps[T]) -> T:
        answer: steps.Answer = None
        while True:
            try:
                step = work.send(answer)
            except StopIteration as done:
                value: T = done.value
                return value
            if isinstance(step, steps.Pause):
                self._sleep(step.seconds)
                answer = None
            else:
                answer = self._ask(step)

    def _ask(self, ask: steps.Ask) -> httpx.Response | httpx.TransportError:
        try:
            return self._http.request(ask.method, ask.path, **ask.options)
        except httpx.TransportError as error:
            return error


class AsyncProbe:
    """The same for an event loop."""

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
        """Place one call to each destination; the record names the calls."""
        return await self._run(steps.place(provider_id, source, destinations, actions))

    async def records(self, provider_id: str | None = None, page_size: int = 100) -> list[Json]:
        """Every record there is, or a provider's."""
        return await self._run(steps.records(provider_id, page_size))

    async def watch(self, record: Json, patience: float = 60) -> dict[str, str]:
        """Wait until each call of a record has ended; gives each call's hangup_reason."""
        return await self._run(steps.watch(record["call_ids"], patience))

    async def _run(self, work: steps.Steps[T]) -> T:
        answer: steps.Answer = None
        while True:
            try:
                step = work.send(answer)
            except StopIteration as done:
                value: T = done.value
                return value
            if isinstance(step, steps.Pause):
                await self._sleep(step.seconds)
                answer = None
            else:
                answer = await self._ask(step)

    async def _ask(self, ask: steps.Ask) -> httpx.Response | httpx.TransportError:
        try:
            return await self._http.request(ask.method, ask.path, **ask.options)
        except httpx.TransportError as error:
            return error
