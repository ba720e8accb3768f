"""The Hypothesis strategy for schedules."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .schedule import WHEN, Schedule, Switch

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def schedules(*, max_switches: int = 12, max_tasks: int = 4, max_requests: int = 8) -> SearchStrategy[Schedule]:
    """Generate schedules with up to `max_switches` switches, at the first `max_requests` requests of each task.

    They shrink to the fewest switches, at the earliest requests of the first tasks; the simplest one has no switch.
    """
    from hypothesis import strategies

    switches = strategies.builds(
        Switch,
        task=strategies.integers(1, max_tasks),
        nth=strategies.integers(1, max_requests),
        when=strategies.sampled_from(WHEN),
    )
    return strategies.lists(switches, max_size=max_switches).map(_schedule)


def _schedule(switches: list[Switch]) -> Schedule:
    _prepare()
    return Schedule(*switches)


@cache
def _prepare() -> None:
    """Do what only the first example needs, before its deadline starts: import the fake, and create a TLS context."""
    from ..fake_server import core  # noqa: F401
    from ..fixtures.interception import Interception  # noqa: F401
    from ..fixtures.tls_contexts import shared_tls_contexts

    with shared_tls_contexts():
        import httpx

        httpx.Client().close()
    from . import task_scheduler, thread_scheduler  # noqa: F401
