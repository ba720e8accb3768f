"""Schedules of asyncio tasks."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from typing import Any

import httpx
import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.httpx import transport

from pytest_providercalls import fake_voipbin
from pytest_providercalls.fixtures.virtual_time import VirtualTimeConflict, virtual_time
from pytest_providercalls.schedules import Deadlock, EndlessRun, Schedule, Switch, recorder

from .conftest import URL, sent


async def get(*names: str) -> list[int]:
    async with httpx.AsyncClient(base_url=URL) as client:
        return [(await client.get(f"/{name}")).status_code for name in names]


async def two() -> list[list[int]]:
    return await asyncio.gather(get("a1", "a2"), get("b1", "b2"))


@pytest.mark.parametrize(
    ("switches", "order"),
    [
        ((), "a1 a2 b1 b2"),
        ((Switch(1, 1),), "b1 b2 a1 a2"),
        ((Switch(1, 1, "after"),), "a1 b1 b2 a2"),
        ((Switch(1, 2),), "a1 b1 b2 a2"),
        ((Switch(1, 2, "after"),), "a1 a2 b1 b2"),
        ((Switch(2, 1),), "a1 a2 b1 b2"),
        ((Switch(1, 2), Switch(2, 2)), "a1 b1 a2 b2"),
        ((Switch(1, 1), Switch(1, 2)), "b1 a1 a2 b2"),
        # Given twice, it stops both tasks before the first request, so the first one continues.
        ((Switch(1, 1), Switch(1, 1)), "a1 a2 b1 b2"),
        # Neither of them is ever sent.
        ((Switch(3, 1), Switch(1, 3)), "a1 a2 b1 b2"),
    ],
)
def test_the_order_of_requests(fake: FakeVoipbin, switches: tuple[Switch, ...], order: str) -> None:
    assert Schedule(*switches).run(fake, two) == [[404, 404], [404, 404]]
    assert sent(fake) == order.split()


def test_a_switch_after_a_request_delays_its_response(fake: FakeVoipbin) -> None:
    events: list[str] = []

    async def task(name: str) -> None:
        await get(name)
        events.append(name)

    async def main() -> None:
        await asyncio.gather(task("a"), task("b"))

    Schedule(Switch(1, 1, "after")).run(fake, main)
    assert (sent(fake), events) == (["a", "b"], ["b", "a"])


def test_the_same_schedule_gives_the_same_history() -> None:
    histories = []
    for _ in range(2):
        with fake_voipbin() as voipbin:
            Schedule(Switch(1, 2), Switch(2, 1, "after")).run(voipbin, two)
            histories.append([(one.at, one.url) for one in voipbin.requests])
    assert histories[0] == histories[1]


def test_arguments_and_result(fake: FakeVoipbin) -> None:
    async def main(number: int, text: str) -> tuple[int, str]:
        return number, text

    assert Schedule().run(fake, main, 7, "seven") == (7, "seven")


def test_an_exception_shows_the_ladder(fake: FakeVoipbin) -> None:
    async def main() -> None:
        await asyncio.create_task(get("a"), name="first")
        raise LookupError("of the client")

    with pytest.raises(LookupError) as caught:
        Schedule().run(fake, main)
    if sys.version_info >= (3, 11):
        (report,) = caught.value.__notes__
        assert "task 1 (first) -> VoIPbin  GET /v1.0/a: 404" in report


def test_httpx2_is_scheduled_too(fake: FakeVoipbin) -> None:
    httpx2 = pytest.importorskip("httpx2")

    async def one(name: str) -> None:
        async with httpx2.AsyncClient() as client:
            await client.get(f"{URL}/{name}")

    async def main() -> None:
        await asyncio.gather(one("a"), one("b"))

    Schedule(Switch(1, 1)).run(fake, main)
    assert sent(fake) == ["b", "a"]


def test_the_transport_of_a_fake_without_interception_is_scheduled() -> None:
    voipbin = FakeVoipbin()

    async def main() -> None:
        async with httpx.AsyncClient(transport=transport(voipbin, httpx)) as client:
            await asyncio.gather(client.get(f"{URL}/a"), client.get(f"{URL}/b"))

    Schedule(Switch(1, 1)).run(voipbin, main)
    assert sent(voipbin) == ["b", "a"]


def test_a_cancelled_task_that_has_switched(fake: FakeVoipbin) -> None:
    async def main() -> None:
        task = asyncio.create_task(get("a"))
        await asyncio.sleep(0)
        task.cancel()
        await get("b")

    Schedule(Switch(1, 1)).run(fake, main)
    assert sent(fake) == ["b"]


# time


def test_time_is_virtual(fake: FakeVoipbin) -> None:
    started = time.perf_counter()

    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        begin = loop.time(), time.monotonic(), time.time()
        await asyncio.sleep(30)
        time.sleep(30)
        return [now - before for now, before in zip((loop.time(), time.monotonic(), time.time()), begin, strict=True)]

    elapsed = Schedule().run(fake, main)
    assert all(60 <= one < 61 for one in elapsed), elapsed
    assert time.perf_counter() - started < 30


def test_a_task_that_has_switched_continues_before_time_advances(fake: FakeVoipbin) -> None:
    async def sleeper() -> None:
        await asyncio.sleep(0.001)
        await get("late")

    async def main() -> None:
        await asyncio.gather(get("a"), sleeper())

    Schedule(Switch(1, 1)).run(fake, main)
    assert sent(fake) == ["a", "late"]


def test_real_work_takes_no_virtual_time(fake: FakeVoipbin) -> None:
    async def main() -> list[str]:
        woken: list[str] = []

        async def sleeper(name: str, work: float, seconds: float) -> None:
            end = time.thread_time() + work
            while time.thread_time() < end:
                pass
            await asyncio.sleep(seconds)
            woken.append(name)

        await asyncio.gather(sleeper("second", 0, 0.002), sleeper("first", 0.01, 0.001))
        return woken

    assert Schedule().run(fake, main) == ["first", "second"]


def test_timeouts_of_the_client_apply(fake: FakeVoipbin) -> None:
    fake.faults.add("delay", path="*/a", seconds=8)

    async def main() -> str:
        try:
            await asyncio.wait_for(get("a"), 3)
        except asyncio.TimeoutError:
            return "timeout"
        return "response"

    start = fake.clock.now()
    assert Schedule().run(fake, main) == "timeout"
    assert 3 <= (fake.clock.now() - start).total_seconds() < 3.1


def test_a_delayed_response_lets_other_tasks_run(fake: FakeVoipbin) -> None:
    fake.faults.add("delay", path="*/a1", seconds=2)
    Schedule().run(fake, two)
    assert sent(fake) == ["a1", "b1", "b2", "a2"]


def test_jobs_in_threads_end_before_time_advances(fake: FakeVoipbin) -> None:
    def job() -> float:
        before = time.monotonic()
        time.sleep(5)
        threading.Event().wait(0.05)
        return time.monotonic() - before

    async def main() -> tuple[float, bool]:
        late = asyncio.create_task(asyncio.sleep(100))
        return await asyncio.to_thread(job), late.done()

    elapsed, late = Schedule().run(fake, main)
    assert 5 <= elapsed < 7
    assert not late


def test_a_thread_of_the_client_may_wake_the_loop(fake: FakeVoipbin) -> None:
    async def main() -> str:
        loop = asyncio.get_running_loop()
        woken = loop.create_future()

        def wake() -> None:
            threading.Event().wait(0.02)
            loop.call_soon_threadsafe(woken.set_result, "woken")

        threading.Thread(target=wake).start()
        result: str = await woken
        return result

    assert Schedule().run(fake, main) == "woken"


def test_a_sync_client_in_a_coroutine_never_switches(fake: FakeVoipbin) -> None:
    async def one(name: str) -> None:
        with httpx.Client() as client:
            client.get(f"{URL}/{name}")
            await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(one("a"), one("b"))

    Schedule(Switch(1, 1)).run(fake, main)
    assert sent(fake) == ["a", "b"]


# runs that cannot end


def test_a_deadlock_is_reported(fake: FakeVoipbin) -> None:
    async def main() -> None:
        first, second = asyncio.Lock(), asyncio.Lock()

        async def take(one: asyncio.Lock, other: asyncio.Lock) -> None:
            async with one:
                await get("a")
                async with other:
                    pass

        async with httpx.AsyncClient():
            await asyncio.gather(take(first, second), take(second, first))

    Schedule().run(fake, main)
    with pytest.raises(Deadlock, match=r"(?s)every task waits.*take at .*test_task_scheduler.py:\d+"):
        Schedule(Switch(1, 1)).run(fake, main)


def test_endless_sleeps_are_stopped(fake: FakeVoipbin) -> None:
    async def main() -> None:
        while True:
            await asyncio.sleep(60)

    with pytest.raises(EndlessRun, match="after a virtual day"):
        Schedule().run(fake, main)


def test_endless_requests_are_stopped(fake: FakeVoipbin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "_MAX_REQUESTS", 20)

    async def main() -> None:
        while True:
            await get("a")

    with pytest.raises(EndlessRun, match=r"task 1 \(main\) was stopped after 20 requests"):
        Schedule().run(fake, main)
    assert len(fake.requests) == 20


# what it refuses, and leaves behind


def test_a_function_is_no_coroutine_function(fake: FakeVoipbin) -> None:
    with pytest.raises(TypeError, match="run functions with Schedule.run_threads"):
        Schedule().run(fake, lambda: None)  # type: ignore[arg-type,return-value]


def test_it_cannot_run_in_a_loop(fake: FakeVoipbin) -> None:
    async def main() -> None:
        Schedule().run(fake, two)

    with pytest.raises(RuntimeError, match="make the test a plain function"):
        asyncio.run(main())


def test_it_cannot_run_in_virtual_time(fake: FakeVoipbin) -> None:
    with (
        virtual_time(fake.clock),
        pytest.raises(VirtualTimeConflict, match="Remove `voipbin_time`"),
    ):
        Schedule().run(fake, two)


def test_it_cannot_run_in_real_time() -> None:
    with pytest.raises(ValueError, match="cannot be 'realtime'"):
        Schedule().run(FakeVoipbin(lifecycle="realtime"), two)


def test_nothing_is_left_behind(fake: FakeVoipbin) -> None:
    functions = [time.sleep, time.monotonic, threading.Thread.start]

    async def main() -> Any:
        asyncio.get_running_loop().call_later(100, print)
        forgotten = asyncio.create_task(get("never"))
        await get("a")
        return forgotten

    forgotten = Schedule(Switch(1, 1)).run(fake, main)
    assert [time.sleep, time.monotonic, threading.Thread.start] == functions
    assert fake.clock.scheduler is None and not fake.clock.drives_event_loops
    assert forgotten.done()
    assert asyncio._get_running_loop() is None


def test_a_loop_in_another_thread_never_switches(fake: FakeVoipbin) -> None:
    async def main() -> None:
        await asyncio.to_thread(asyncio.run, two())

    Schedule(Switch(1, 1)).run(fake, main)
    assert sent(fake) == ["a1", "a2", "b1", "b2"]
