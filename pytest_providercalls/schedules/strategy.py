"""The Hypothesis strategy for schedules."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .schedule import Schedule
from .switch import WHEN, Switch

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def schedules(*, max_switches: int = 16, max_tasks: int = 3, max_requests: int = 8) -> SearchStrategy[Schedule]:
    """Generate schedules with up to `max_switches` switches, at the first `max_requests` requests of each task.

    They shrink to the fewest switches, at the earliest requests of the first tasks; the simplest one has no switch.
    """
    from hypothesis import strategies

    # Early requests occur more often. A switch before a request, and one after the request before, have consecutive
    # numbers: they often do the same, and Hypothesis then chooses the first.
    switches = [
        Switch(task, nth, when)
        for part in (1, 2, 4, 4)
        for task in range(1, max_tasks + 1)
        for nth in range(1, max_requests // part + 1)
        for when in WHEN
    ]
    switch = strategies.sampled_from(switches)
    # Few switches leave other tasks alone; many find a race that needs two of them. Both shrink in the same way.
    few, many = (strategies.lists(switch, min_size=size, max_size=max_switches) for size in (0, max_switches // 2))
    return (few | many).map(_schedule)


def _schedule(switches: list[Switch]) -> Schedule:
    _prepare()
    return Schedule(*switches)


@cache
def _prepare() -> None:
    """Do what only the first example needs, before its deadline starts: import the fake, and load CAs."""
    from ..deferred_trust import deferred_trust
    from ..fake_server import core  # noqa: F401
    from ..fixtures.interception import Interception  # noqa: F401

    with deferred_trust():
        import httpx

        httpx.Client().close()
    from . import task_scheduler, thread_scheduler  # noqa: F401
