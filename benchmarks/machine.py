"""Benchmark of ProviderCallMachine: steps per second in one process and in two, and what a step spends its time on."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import patch

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from pytest_providercalls.contracts import ProviderCallMachine
from pytest_providercalls.contracts.conformance.client_driver import ClientDriver
from tables import Results, Table, show

from pytest_providercalls.harnesses.conformance_harness import HarnessFactory
from pytest_providercalls.harnesses.stateful_harness import harness_pool

_EXAMPLES, _STEPS, _ROUNDS = 100, 50, 3


class DrawsOnly(RuleBasedStateMachine):
    """Draws as much as a step does, and does nothing: the share of Hypothesis itself."""

    @rule(one=st.sampled_from(range(9)), two=st.sampled_from(range(28)), three=st.sampled_from(range(4)))
    def run_step(self, one: int, two: int, three: int) -> None:
        """Do nothing."""


class Dialer(ProviderCallMachine):
    """A sync client with every operation."""

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
    """An async client with every operation."""

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
    """The result of one run: its steps, and its seconds of wall time, CPU time and CPU time in client operations."""

    steps: int
    wall: float
    cpu: float
    client_cpu: float


MACHINES: dict[str, type[RuleBasedStateMachine]] = {
    "draws only": DrawsOnly,
    "sync client": Dialer,
    "async client": AsyncDialer,
}


def run(name: str) -> Run:
    """Run examples of a machine, after a few to warm up."""
    # Of the request, a factory reads only the test to which the credentials belong.
    request: Any = SimpleNamespace(node=SimpleNamespace(nodeid=__file__))
    harness_factory: Any = HarnessFactory(request, "documented")
    with harness_pool(harness_factory), _timed_operations() as seconds:
        _run_examples(MACHINES[name], 5)
        seconds.clear()
        wall, cpu = time.perf_counter(), time.process_time()
        examples = _run_examples(MACHINES[name], _EXAMPLES)
        return Run(examples * _STEPS, time.perf_counter() - wall, time.process_time() - cpu, sum(seconds))


def _run_examples(machine: type[RuleBasedStateMachine], examples: int) -> int:
    """Run a machine, and return how many examples Hypothesis has run."""
    finished: list[None] = []

    class Counting(machine):  # type: ignore[misc, valid-type]
        def teardown(self) -> None:
            finished.append(None)
            super().teardown()

    requested = settings(
        max_examples=examples,
        stateful_step_count=_STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Counting, settings=requested)
    return len(finished)


@contextmanager
def _timed_operations() -> Iterator[list[float]]:
    """Yield the CPU seconds of each client operation, including the fake and the transport."""
    seconds: list[float] = []
    try_call = ClientDriver.try_call

    def timed(self: ClientDriver, operation: str, *arguments: Any) -> Any:
        start = time.process_time()
        result = try_call(self, operation, *arguments)
        seconds.append(time.process_time() - start)
        return result

    with patch.object(ClientDriver, "try_call", timed):
        yield seconds


def measure() -> Results:
    """Measure every machine, in one process and in two."""
    rows = []
    with ProcessPoolExecutor(2) as pool:
        for name in MACHINES:
            runs = [run(name) for _ in range(_ROUNDS)]
            single = statistics.median(one.steps / one.wall for one in runs)
            cost = statistics.median(one.cpu / one.steps for one in runs) * 1e6
            client = statistics.median(one.client_cpu / one.steps for one in runs) * 1e6
            pairs = [list(pool.map(run, [name] * 2)) for _ in range(_ROUNDS)]
            both = statistics.median(sum(one.steps / one.wall for one in pair) for pair in pairs)
            rows.append((name, f"{single:,.0f}", f"{both:,.0f}", f"{cost:,.0f} us", f"{client:,.0f} us"))
    columns = ("ProviderCallMachine", "steps per second", "two processes", "per step", "of which client")
    note = f"{_EXAMPLES} examples of {_STEPS} steps, medians of {_ROUNDS}; `draws only` is Hypothesis alone"
    return Results((Table("State machine steps", columns, tuple(rows), note),))


if __name__ == "__main__":
    show(measure())
