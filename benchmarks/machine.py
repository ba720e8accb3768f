"""How many steps a ProviderCallMachine takes in a second, in one process and in two, and what a step is spent on."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from pytest_providercalls.contracts import ProviderCallMachine
from pytest_providercalls.contracts.conformance.client_driver import ClientDriver
from tables import Found, Table, show

from pytest_providercalls.harnesses.conformance_harness import HarnessFactory
from pytest_providercalls.harnesses.stateful_harness import harness_pool

_EXAMPLES, _STEPS, _ROUNDS = 100, 50, 3


class DrawsOnly(RuleBasedStateMachine):
    """Draws as much as a step does, and does nothing: what is Hypothesis's own."""

    @rule(one=st.sampled_from(range(9)), two=st.sampled_from(range(28)), three=st.sampled_from(range(4)))
    def take(self, one: int, two: int, three: int) -> None:
        """One step."""


class Dialer(ProviderCallMachine):
    """A client with every operation."""

    def make_client(self, base_url: str, token: str) -> httpx.Client:
        return httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=10)

    def place(self, client: httpx.Client, body: Any) -> Any:
        return _read(client.post("/providercalls", json=body))

    def get_record(self, client: httpx.Client, id: str) -> Any:
        return _read(client.get(f"/providercalls/{id}"))

    def list_records(self, client: httpx.Client) -> Iterator[Any]:
        query: dict[str, str] = {}
        while (page := _read(client.get("/providercalls", params=query)))["result"]:
            yield from page["result"]
            query["page_token"] = page["next_page_token"]

    def get_call(self, client: httpx.Client, id: str) -> Any:
        return _read(client.get(f"/calls/{id}"))

    def wait_until_done(self, client: httpx.Client, record: Any) -> None:
        for id in record["call_ids"]:
            while self.get_call(client, id)["status"] != "hangup":
                time.sleep(2)

    def delete_record(self, client: httpx.Client, id: str) -> Any:
        return _read(client.delete(f"/providercalls/{id}"))


class AsyncDialer(ProviderCallMachine):
    """A client for an event loop, with every operation."""

    def make_client(self, base_url: str, token: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=10)

    async def place(self, client: httpx.AsyncClient, body: Any) -> Any:
        return _read(await client.post("/providercalls", json=body))

    async def get_record(self, client: httpx.AsyncClient, id: str) -> Any:
        return _read(await client.get(f"/providercalls/{id}"))

    async def list_records(self, client: httpx.AsyncClient) -> list[Any]:
        rows: list[Any] = []
        query: dict[str, str] = {}
        while (page := _read(await client.get("/providercalls", params=query)))["result"]:
            rows += page["result"]
            query["page_token"] = page["next_page_token"]
        return rows

    async def get_call(self, client: httpx.AsyncClient, id: str) -> Any:
        return _read(await client.get(f"/calls/{id}"))

    async def wait_until_done(self, client: httpx.AsyncClient, record: Any) -> None:
        for id in record["call_ids"]:
            while (await self.get_call(client, id))["status"] != "hangup":
                await asyncio.sleep(2)

    async def delete_record(self, client: httpx.AsyncClient, id: str) -> Any:
        return _read(await client.delete(f"/providercalls/{id}"))


def _read(response: httpx.Response) -> Any:
    return response.raise_for_status().json()


class Run(NamedTuple):
    """What a run came to: its steps, and seconds by the wall, of the processor, and of that while the client acted."""

    steps: int
    wall: float
    cpu: float
    acting: float


MACHINES: dict[str, type[RuleBasedStateMachine]] = {
    "draws only": DrawsOnly,
    "sync client": Dialer,
    "async client": AsyncDialer,
}


def run(name: str) -> Run:
    """Some examples of a machine, once it is warm."""
    stages: Any = HarnessFactory(None, "documented")  # type: ignore[arg-type]
    with harness_pool(stages), _watched() as seconds:
        _play(MACHINES[name], 5)
        seconds.clear()
        wall, cpu = time.perf_counter(), time.process_time()
        examples = _play(MACHINES[name], _EXAMPLES)
        return Run(examples * _STEPS, time.perf_counter() - wall, time.process_time() - cpu, sum(seconds))


def _play(machine: type[RuleBasedStateMachine], examples: int) -> int:
    played: list[None] = []

    class Counting(machine):  # type: ignore[misc, valid-type]
        def teardown(self) -> None:
            played.append(None)
            super().teardown()

    asked = settings(
        max_examples=examples,
        stateful_step_count=_STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Counting, settings=asked)
    return len(played)


@contextmanager
def _watched() -> Iterator[list[float]]:
    """The seconds of the processor that clients take, the fake and the transport included."""
    seconds: list[float] = []
    attempt = ClientDriver.try_call

    def timed(self: ClientDriver, operation: str, *arguments: Any) -> Any:
        start = time.process_time()
        outcome = attempt(self, operation, *arguments)
        seconds.append(time.process_time() - start)
        return outcome

    with patch.object(ClientDriver, "attempt", timed):
        yield seconds


def measure() -> Found:
    """Every machine, alone and two at a time."""
    rows = []
    with ProcessPoolExecutor(2) as two:
        for name in MACHINES:
            runs = [run(name) for _ in range(_ROUNDS)]
            alone = statistics.median(one.steps / one.wall for one in runs)
            cost = statistics.median(one.cpu / one.steps for one in runs) * 1e6
            acting = statistics.median(one.acting / one.steps for one in runs) * 1e6
            pairs = [list(two.map(run, [name] * 2)) for _ in range(_ROUNDS)]
            both = statistics.median(sum(one.steps / one.wall for one in pair) for pair in pairs)
            rows.append((name, f"{alone:,.0f}", f"{both:,.0f}", f"{cost:,.0f} us", f"{acting:,.0f} us"))
    columns = ("ProviderCallMachine", "steps a second", "of two processes", "a step", "of which the client's")
    note = f"{_EXAMPLES} examples of {_STEPS} steps, medians of {_ROUNDS}; `draws only` is Hypothesis's own part"
    return Found((Table("The machine's steps", columns, tuple(rows), note),))


if __name__ == "__main__":
    show(measure())
