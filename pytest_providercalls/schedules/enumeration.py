"""Every schedule up to a number of switches, without Hypothesis: those with the fewest switches first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..exception_notes import add_text
from .schedule import Schedule

if TYPE_CHECKING:
    from .recorder import Recorder


def check_schedules(test: Callable[[Schedule], object], *, max_switches: int = 2, max_schedules: int = 10_000) -> int:
    """Call a function with every schedule of up to `max_switches` switches, and return the number of schedules.

    The function creates a fresh fake, runs the client with `schedule.run` or `schedule.run_threads`, and checks the
    outcome. So the first failure has the fewest switches; it shows a ladder of all requests.

    Raises AssertionError if the function returns different results under two schedules, or if it behaves differently
    when it runs again under the same one; and RuntimeError if there are more than `max_schedules` schedules.
    """
    expected, first = _call(test, Schedule())
    again, second = _call(test, Schedule())
    if [run.steps_as_text() for run in first] != [run.steps_as_text() for run in second] or again != expected:
        raise _with_reports(
            AssertionError(
                "the client behaves differently when it runs again under the same schedule. Look for random numbers,"
                " sets, real time, and state that outlives a run, such as a fake that is not fresh"
            ),
            [*first, *second],
        )
    queue = deque(_extensions(Schedule(), first) if max_switches else ())
    count = 1
    while queue:
        schedule = queue.popleft()
        if count >= max_schedules:
            raise RuntimeError(
                f"there are more than {max_schedules} schedules with up to {max_switches} switches, and none of these"
                " fails. Let the client send fewer requests, lower `max_switches`, or raise `max_schedules`"
            )
        count += 1
        result, runs = _call(test, schedule)
        if result != expected:
            message = f"the result depends on the schedule: {expected!r} without a switch, {result!r} with {schedule}"
            raise _with_reports(AssertionError(message), [*first, *runs])
        if len(schedule.switches) < max_switches:
            queue.extend(_extensions(schedule, runs))
    return count


def _call(test: Callable[[Schedule], object], schedule: Schedule) -> tuple[object, list[Recorder]]:
    with _recorded() as runs:
        try:
            result = test(schedule)
        except BaseException as error:
            _with_reports(error, runs)
            raise
    if not runs:
        raise ValueError("the function ran no client: call schedule.run(voipbin, main) in it")
    return result, runs


@contextmanager
def _recorded() -> Iterator[list[Recorder]]:
    """Provide a list of the runs inside the block."""
    from .report import RUNS

    runs: list[Recorder] = []
    token = RUNS.set(runs)
    try:
        yield runs
    finally:
        RUNS.reset(token)


def _with_reports(error: BaseException, runs: list[Recorder]) -> BaseException:
    from .report import Report

    for run in runs:
        add_text(error, str(Report(run)))
    return error


def _extensions(schedule: Schedule, runs: list[Recorder]) -> Iterator[Schedule]:
    """Yield the schedule with one more switch, at each point that its runs reached after the last one."""
    points = [point for run in runs for point in run.next_points()]
    for point in dict.fromkeys(points):
        yield Schedule(*schedule.switches, point)
