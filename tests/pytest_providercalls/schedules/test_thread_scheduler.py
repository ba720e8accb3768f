"""Schedules of threads."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.httpx import transport

from pytest_providercalls.schedules import Deadlock, EndlessRun, Schedule, Switch, thread_activity, thread_scheduler

from .conftest import URL, sent

Get = Callable[..., Callable[[], list[int]]]


@pytest.fixture
def get(fake: FakeVoipbin) -> Iterator[Get]:
    """Return a function that sends requests, one per name."""
    with httpx.Client(transport=transport(fake, httpx), base_url=URL) as client:

        def sender(*names: str) -> Callable[[], list[int]]:
            return lambda: [client.get(f"/{name}").status_code for name in names]

        yield sender


@pytest.mark.parametrize(
    ("switches", "order"),
    [
        ((), "a1 a2 b1 b2"),
        ((Switch(1, 1),), "b1 b2 a1 a2"),
        ((Switch(1, 1, "after"),), "a1 b1 b2 a2"),
        ((Switch(1, 2),), "a1 b1 b2 a2"),
        ((Switch(1, 2), Switch(2, 2)), "a1 b1 a2 b2"),
        ((Switch(1, 1), Switch(1, 2)), "b1 a1 a2 b2"),
        ((Switch(3, 1), Switch(1, 3)), "a1 a2 b1 b2"),
    ],
)
def test_the_order_of_requests(fake: FakeVoipbin, get: Get, switches: tuple[Switch, ...], order: str) -> None:
    results = Schedule(*switches).run_threads(fake, get("a1", "a2"), get("b1", "b2"))
    assert results == [[404, 404], [404, 404]]
    assert sent(fake) == order.split()


def test_a_thread_that_waits_for_a_lock_lets_its_owner_continue(fake: FakeVoipbin, get: Get) -> None:
    lock = threading.Lock()

    def locked(*names: str) -> Callable[[], None]:
        def run() -> None:
            with lock:
                get(*names)()

        return run

    for _ in range(5):
        Schedule(Switch(1, 2), Switch(2, 2)).run_threads(fake, locked("a1", "a2"), locked("b1", "b2"), get("c1", "c2"))
    assert sent(fake) == ["a1", "c1", "a2", "b1", "b2", "c2"] * 5


def test_a_thread_that_was_woken_does_not_run_beside_another(fake: FakeVoipbin, get: Get) -> None:
    ready = threading.Event()
    steps: list[str] = []

    def waiter() -> None:
        ready.wait()
        steps.append(" woken")
        get("w")()

    def waker() -> None:
        get("a")()
        ready.set()
        end = time.thread_time() + 0.02
        # The interpreter lets other threads run every 5 ms.
        while time.thread_time() < end:
            steps.append("")
        steps.append(" end")
        get("b")()

    Schedule().run_threads(fake, waiter, waker)
    assert "".join(steps) == " end woken"
    assert sent(fake) == ["a", "b", "w"]


def test_a_thread_that_computes_keeps_its_turn(fake: FakeVoipbin, get: Get) -> None:
    def busy() -> None:
        end = time.thread_time() + 0.05
        while time.thread_time() < end:
            pass
        get("a")()

    Schedule().run_threads(fake, busy, get("b"))
    assert sent(fake) == ["a", "b"]


def test_threads_of_the_client_are_scheduled(fake: FakeVoipbin, get: Get) -> None:
    def main() -> list[list[int]]:
        with ThreadPoolExecutor(2) as pool:
            return [job.result() for job in [pool.submit(get("a1", "a2")), pool.submit(get("b1", "b2"))]]

    assert Schedule(Switch(1, 2)).run_threads(fake, main) == [[[404, 404], [404, 404]]]
    assert sent(fake) == ["a1", "b1", "b2", "a2"]


def test_queues_pass_the_turn(fake: FakeVoipbin, get: Get) -> None:
    numbers: queue.Queue[str] = queue.Queue(maxsize=1)

    def producer() -> None:
        for name in ("a", "b", "c", ""):
            numbers.put(name)

    def consumer() -> None:
        while name := numbers.get():
            get(name)()

    Schedule(Switch(1, 2)).run_threads(fake, consumer, producer)
    assert sent(fake) == ["a", "b", "c"]


def test_other_threads_are_left_alone(fake: FakeVoipbin, get: Get) -> None:
    stop = threading.Event()

    def background() -> None:
        while not stop.wait(0.001):
            get("background")()

    thread = threading.Thread(target=background)
    thread.start()
    try:
        Schedule(Switch(1, 1)).run_threads(fake, get("a"), get("b"))
    finally:
        stop.set()
        thread.join()
    assert [name for name in sent(fake) if name != "background"] == ["b", "a"]


# time


def test_sleeps_are_virtual(fake: FakeVoipbin, get: Get) -> None:
    def sleeper(name: str, seconds: float) -> Callable[[], float]:
        def run() -> float:
            before = time.monotonic()
            time.sleep(seconds)
            get(name)()
            return time.monotonic() - before

        return run

    started = time.perf_counter()
    late, early = Schedule().run_threads(fake, sleeper("late", 3600), sleeper("early", 60))
    assert sent(fake) == ["early", "late"]
    assert 3600 <= late < 3610 and 60 <= early < 70
    assert time.perf_counter() - started < 60


def test_a_switched_thread_continues_before_time_advances(fake: FakeVoipbin, get: Get) -> None:
    def sleeper() -> None:
        time.sleep(0.001)
        get("late")()

    Schedule(Switch(1, 1)).run_threads(fake, get("a"), sleeper)
    assert sent(fake) == ["a", "late"]


def test_a_delayed_response_lets_other_threads_run(fake: FakeVoipbin, get: Get) -> None:
    fake.faults.add("delay", path="*/a1", seconds=2)
    Schedule().run_threads(fake, get("a1", "a2"), get("b"))
    assert sent(fake) == ["a1", "b", "a2"]


def test_a_loop_that_sleeps_for_no_time_lets_others_run(fake: FakeVoipbin, get: Get) -> None:
    done: list[int] = []

    def spinner() -> None:
        while not done:
            time.sleep(0)

    Schedule().run_threads(fake, spinner, lambda: done.extend(get("a")()))
    assert done == [404]


def test_timed_waits_use_real_time(fake: FakeVoipbin, get: Get) -> None:
    def waiter() -> bool:
        return threading.Event().wait(0.05)

    assert Schedule().run_threads(fake, waiter, get("a")) == [False, [404]]


# runs that fail


def test_an_exception_is_raised_after_all_threads_have_ended(fake: FakeVoipbin, get: Get) -> None:
    def failing() -> None:
        get("a")()
        raise LookupError("of the client")

    with pytest.raises(LookupError) as caught:
        Schedule().run_threads(fake, failing, get("b"))
    assert sent(fake) == ["a", "b"]
    if sys.version_info >= (3, 11):
        (report,) = caught.value.__notes__
        assert "thread 1 (failing)  -> VoIPbin  GET /v1.0/a: 404" in report


def test_a_deadlock_is_reported(fake: FakeVoipbin, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    # Elsewhere than on Linux the system does not tell that a wait has no end.
    monkeypatch.setattr(thread_scheduler, "_TIMED_WAIT_SECONDS", 0.5)
    first, second = threading.Lock(), threading.Lock()

    def take(one: threading.Lock, other: threading.Lock, name: str) -> Callable[[], None]:
        def taker() -> None:
            with one:
                get(name)()
                other.acquire()

        return taker

    with pytest.raises(Deadlock, match=r"(?s)every thread waits.*taker at .*test_thread_scheduler.py:\d+") as caught:
        Schedule(Switch(1, 1)).run_threads(fake, take(first, second, "a"), take(second, first, "b"))
    # The threads end, because nothing else refers to the locks.
    for lock in (first, second):
        lock.release()
    assert caught.value


def test_endless_sleeps_are_stopped(fake: FakeVoipbin) -> None:
    stop: list[int] = []

    def endless() -> None:
        while not stop:
            time.sleep(3600 if not stop else 0)

    with pytest.raises(EndlessRun, match="after a virtual day"):
        try:
            Schedule().run_threads(fake, endless)
        finally:
            stop.append(1)


def test_nothing_is_left_behind(fake: FakeVoipbin, get: Get) -> None:
    functions = [time.sleep, time.monotonic, threading.Thread.start]
    threads = threading.active_count()
    Schedule(Switch(1, 1)).run_threads(fake, get("a"), get("b"))
    assert [time.sleep, time.monotonic, threading.Thread.start] == functions
    assert threading.active_count() == threads
    assert fake.clock.scheduler is None and sys.getprofile() is None


def test_a_wrong_observation_stops_nothing(fake: FakeVoipbin, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    # As on a machine so busy that a running thread seems to wait, at any moment.
    monkeypatch.setattr(thread_activity.Activity, "waits", lambda self: True)

    def main() -> list[list[int]]:
        with ThreadPoolExecutor(4) as pool:
            return [job.result() for job in [pool.submit(get("a", "b")) for _ in range(4)]]

    for _ in range(10):
        assert Schedule(Switch(1, 2)).run_threads(fake, main) == [[[404, 404]] * 4]
