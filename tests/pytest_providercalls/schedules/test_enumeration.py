"""Every schedule up to a number of switches."""

from __future__ import annotations

import asyncio
from itertools import count

import httpx
import pytest
from pytest_providercalls.fake_server import FakeVoipbin

from pytest_providercalls import fake_voipbin
from pytest_providercalls.schedules import Schedule, check_schedules

from .conftest import URL, sent


async def get(*names: str) -> None:
    async with httpx.AsyncClient(base_url=URL) as client:
        for name in names:
            await client.get(f"/{name}")


def run(schedule: Schedule, *tasks: tuple[str, ...]) -> FakeVoipbin:
    async def main() -> None:
        await asyncio.gather(*(get(*names) for names in tasks))

    with fake_voipbin() as voipbin:
        schedule.run(voipbin, main)
    return voipbin


@pytest.mark.parametrize(
    ("max_switches", "orders"),
    [
        (0, {"a1 a2 b1 b2"}),
        (1, {"a1 a2 b1 b2", "b1 b2 a1 a2", "a1 b1 b2 a2"}),
        (2, {"a1 a2 b1 b2", "b1 b2 a1 a2", "a1 b1 b2 a2", "b1 a1 a2 b2", "a1 b1 a2 b2"}),
        # All orders of two tasks with two requests.
        (3, {"a1 a2 b1 b2", "b1 b2 a1 a2", "a1 b1 b2 a2", "b1 a1 a2 b2", "a1 b1 a2 b2", "b1 a1 b2 a2"}),
    ],
)
def test_every_order_is_tried(max_switches: int, orders: set[str]) -> None:
    found: list[str] = []
    schedules: list[Schedule] = []

    def test(schedule: Schedule) -> None:
        schedules.append(schedule)
        found.append(" ".join(sent(run(schedule, ("a1", "a2"), ("b1", "b2")))))

    assert check_schedules(test, max_switches=max_switches) == len(set(schedules))
    assert set(found) == orders
    # The one without a switch runs twice, and those with fewer switches run first.
    assert len(schedules) == len(set(schedules)) + 1
    assert [len(one.switches) for one in schedules] == sorted(len(one.switches) for one in schedules)


def test_a_single_task_has_no_other_order() -> None:
    # One more per request and response, to see that no other task could run.
    assert check_schedules(lambda schedule: run(schedule, ("a1", "a2")) and None, max_switches=5) == 5


def test_a_result_that_depends_on_the_schedule_is_reported() -> None:
    with pytest.raises(
        AssertionError, match=r"the result depends on the schedule: \['a', 'b'\] without a switch, \['b', 'a'\] with S"
    ):
        check_schedules(lambda schedule: sent(run(schedule, ("a",), ("b",))))


def test_a_client_that_is_not_deterministic_is_reported() -> None:
    numbers = count()
    with pytest.raises(AssertionError, match="behaves differently when it runs again under the same schedule"):
        check_schedules(lambda schedule: run(schedule, (f"a{next(numbers)}",)) and None)


def test_too_many_schedules_are_reported() -> None:
    with pytest.raises(RuntimeError, match="more than 3 schedules with up to 2 switches, and none of these fails"):
        check_schedules(lambda schedule: run(schedule, ("a",), ("b",)) and None, max_schedules=3)


def test_a_function_without_a_client_is_reported() -> None:
    with pytest.raises(ValueError, match="call schedule.run"):
        check_schedules(lambda _: None)
