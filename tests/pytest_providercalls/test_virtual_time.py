"""The fixture voipbin_time: clients that sleep, poll and time out, without waiting."""

from __future__ import annotations

import asyncio
import selectors
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import anyio
import httpx
import pytest
import tenacity
import trio
from pytest_providercalls.fake_server import Clock, FakeVoipbin

from pytest_providercalls.fixtures.virtual_time import virtual_time

BODY = {
    "source": {"type": "tel", "target": "+12025550100"},
    "destinations": [{"type": "tel", "target": "+12025550182"}],
}
REAL = time.perf_counter


@pytest.fixture(autouse=True)
def _nothing_waits() -> Iterator[None]:
    """Each of these tests sleeps for minutes; none may take a second of real time for each."""
    start = REAL()
    yield
    assert REAL() - start < 5


def place(fake: FakeVoipbin, client: httpx.Client) -> str:
    answer = client.post("/providercalls", json={"provider_id": fake.provider.id, **BODY})
    id: str = answer.json()["call_ids"][0]
    return id


@pytest.mark.providercalls(lifecycle="manual")
def test_a_client_polls_through_a_minute_without_an_answer(
    voipbin: FakeVoipbin, voipbin_client: httpx.Client, voipbin_time: Clock
) -> None:
    id = place(voipbin, voipbin_client)
    polls = 0
    while (call := voipbin_client.get(f"/calls/{id}").json())["status"] != "hangup":
        time.sleep(2)
        polls += 1
    assert (polls, call["hangup_reason"]) == (30, "dialout")


def test_the_systems_clocks_move_too(voipbin_time: Clock) -> None:
    before = voipbin_time.now(), time.monotonic(), time.time()
    time.sleep(100)
    voipbin_time.advance(20)
    assert voipbin_time.now() - before[0] == timedelta(seconds=120)
    assert time.monotonic() - before[1] == pytest.approx(120, abs=2)
    assert time.time() - before[2] == pytest.approx(120, abs=2)


def test_clocks_never_run_backwards(voipbin: FakeVoipbin, voipbin_time: Clock) -> None:
    snapshot = voipbin.snapshot()
    time.sleep(100)
    before = time.monotonic()
    voipbin.restore(snapshot)
    assert time.monotonic() >= before


def test_a_negative_sleep_is_an_error_as_ever(voipbin_time: Clock) -> None:
    with pytest.raises(ValueError, match="must be non-negative"):
        time.sleep(-1)


def test_asyncio(voipbin_time: Clock) -> None:
    async def nap(seconds: float, done: list[float]) -> None:
        await asyncio.sleep(seconds)
        done.append(seconds)

    async def main() -> tuple[list[float], float]:
        done: list[float] = []
        start = asyncio.get_running_loop().time()
        await asyncio.gather(nap(300, done), nap(100, done), nap(200, done))
        return done, asyncio.get_running_loop().time() - start

    start = voipbin_time.now()
    done, passed = asyncio.run(main())
    assert done == [100, 200, 300]
    assert passed == pytest.approx(300, abs=2)
    assert (voipbin_time.now() - start).total_seconds() == pytest.approx(300, abs=2)


def test_time_outs_of_asyncio(voipbin_time: Clock) -> None:
    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.sleep(3600), timeout=60)
        assert await asyncio.wait_for(asyncio.sleep(60, "in time"), timeout=3600) == "in time"

    start = voipbin_time.now()
    asyncio.run(main())
    assert (voipbin_time.now() - start).total_seconds() == pytest.approx(120, abs=2)


def test_the_loops_of_windows(voipbin: FakeVoipbin, monkeypatch: pytest.MonkeyPatch) -> None:
    class Proactor:
        def __init__(self) -> None:
            self.asked: list[float | None] = []

        def select(self, timeout: float | None = None) -> list[str]:
            self.asked.append(timeout)
            return []

    async def main() -> list[float | None]:
        proactor = Proactor()
        proactor.select(60)
        proactor.select(None)
        return proactor.asked

    monkeypatch.setattr(asyncio, "IocpProactor", Proactor, raising=False)
    start = voipbin.clock.now()
    with virtual_time(voipbin.clock):
        assert asyncio.run(main()) == [0, None]
    assert (voipbin.clock.now() - start).total_seconds() == pytest.approx(60, abs=1)


def test_trio(voipbin_time: Clock) -> None:
    async def nap(seconds: float, done: list[float]) -> None:
        await trio.sleep(seconds)
        done.append(seconds)

    async def main() -> tuple[list[float], float]:
        done: list[float] = []
        start = trio.current_time()
        async with trio.open_nursery() as nursery:
            for seconds in (300, 100, 200):
                nursery.start_soon(nap, seconds, done)
        return done, trio.current_time() - start

    start = voipbin_time.now()
    done, passed = trio.run(main)
    assert done == [100, 200, 300]
    assert passed == pytest.approx(300, abs=2)
    assert (voipbin_time.now() - start).total_seconds() == pytest.approx(300, abs=2)


def test_what_has_come_already_is_in_time_for_trio(voipbin_time: Clock) -> None:
    async def main() -> bytes:
        ours, theirs = trio.socket.socketpair()
        with ours, theirs:
            await theirs.send(b"first")
            with trio.fail_after(60):
                first = await ours.recv(5)
                await trio.sleep(10)
                await theirs.send(b"second")
                return first + await ours.recv(6)

    assert trio.run(main) == b"firstsecond"


def test_trio_within_trios_own_fixtures(alone: pytest.Pytester) -> None:
    """A loop that runs before the clock is there, as an asynchronous fixture makes it."""
    alone.makepyfile(
        """
        import anyio, pytest

        @pytest.fixture
        def anyio_backend():
            return "trio"

        @pytest.fixture
        async def early(anyio_backend):
            yield anyio.current_time()

        async def test_it(early, voipbin_time):
            before, start = voipbin_time.now(), anyio.current_time()
            with anyio.move_on_after(3600) as scope:
                await anyio.sleep_forever()
            assert scope.cancelled_caught
            assert (voipbin_time.now() - before).total_seconds() == pytest.approx(3600, abs=2)
            assert anyio.current_time() - start == pytest.approx(3600, abs=2)
        """
    )
    alone.makeini("[pytest]\nanyio_mode = auto\n")
    alone.runpytest_inprocess("-p", "anyio").assert_outcomes(passed=1)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_anyio(voipbin_time: Clock, backend: str) -> None:
    async def main() -> bool:
        with anyio.move_on_after(30) as scope:
            await anyio.sleep(3600)
        return scope.cancelled_caught

    start = voipbin_time.now()
    assert anyio.run(main, backend=backend)
    assert (voipbin_time.now() - start).total_seconds() == pytest.approx(30, abs=2)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_tenacity(voipbin_time: Clock, asynchronous: bool) -> None:
    attempts: list[float] = []
    retry = tenacity.retry(wait=tenacity.wait_fixed(60), stop=tenacity.stop_after_delay(600))

    def fail() -> None:
        attempts.append(time.monotonic())
        raise OSError

    async def afail() -> None:
        fail()

    with pytest.raises(tenacity.RetryError):
        asyncio.run(retry(afail)()) if asynchronous else retry(fail)()
    assert len(attempts) == 11


def test_a_sleep_that_was_imported_by_name(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(client="from time import sleep\n\ndef wait():\n    sleep(1000)\n")
    pytester.makepyfile(
        """
        import client, time

        def test_it(voipbin_time):
            before = voipbin_time.now()
            client.wait()
            assert (voipbin_time.now() - before).total_seconds() == 1000

        def test_after():
            assert client.sleep is time.sleep
        """
    )
    pytester.runpytest_inprocess("-p", "no:randomly").assert_outcomes(passed=2)


def test_threads(voipbin_time: Clock) -> None:
    start = voipbin_time.now()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(time.sleep, [10] * 4))
    assert (voipbin_time.now() - start).total_seconds() == pytest.approx(40, abs=0.1)


def test_everything_is_put_back(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import selectors, time, trio

        async def clock():
            return vars(type(trio.lowlevel.current_clock())).copy()

        BEFORE = time.sleep, time.monotonic, time.time, selectors.DefaultSelector.select, trio.run(clock)

        def test_with(voipbin_time):
            time.sleep(1000)

        def test_after():
            now = time.sleep, time.monotonic, time.time, selectors.DefaultSelector.select, trio.run(clock)
            assert now == BEFORE
        """
    )
    pytester.runpytest_inprocess("-p", "no:randomly").assert_outcomes(passed=2)
    assert selectors.DefaultSelector.select.__name__ == "select"


def test_what_is_ready_comes_before_time_passes(voipbin_time: Clock) -> None:
    async def read() -> bytes:
        loop, got = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
        here, there = socket.socketpair()
        with here, there:
            loop.call_later(60, got.cancel)
            loop.add_reader(here, lambda: got.done() or got.set_result(here.recv(9)))
            there.send(b"at once")
            try:
                data: bytes = await got
            finally:
                loop.remove_reader(here)
        return data

    before = voipbin_time.now()
    assert asyncio.run(read()) == b"at once"
    assert voipbin_time.now() == before


def test_trio_need_not_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_providercalls.fixtures.virtual_time.imported", lambda name: None)
    clock = Clock()
    start = clock.now()
    with virtual_time(clock):
        time.sleep(60)
    assert clock.now() - start == timedelta(seconds=60)
