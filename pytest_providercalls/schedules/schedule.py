"""A schedule: the requests at which a client's tasks or threads switch."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from .switch import WHEN, Switch, format_schedule

if TYPE_CHECKING:
    from ..fake_server.core import FakeVoipbin

_Result = TypeVar("_Result")


class Schedule:
    """An order in which a client's tasks or threads run: a task runs until it waits or ends, except at the `switches`.

    Without a switch, a request and its response are one step. Tasks start, and continue, in the order of asyncio. A
    task that has switched continues when all other tasks wait, before time advances. A switch that is given twice stops
    the task twice.
    """

    def __init__(self, *switches: Switch) -> None:
        self.switches = tuple(sorted(switches, key=lambda one: (one.task, one.nth, WHEN.index(one.when))))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schedule) and self.switches == other.switches

    def __hash__(self) -> int:
        return hash(self.switches)

    def __repr__(self) -> str:
        return format_schedule(self.switches)

    def run(
        self, voipbin: FakeVoipbin, main: Callable[..., Coroutine[Any, Any, _Result]], /, *arguments: Any
    ) -> _Result:
        """Run a coroutine function with an event loop of its own, in virtual time, and return its result.

        The fake's clock drives the loop, `time.sleep` and the clocks of the process. The client must be an asyncio
        client of httpx or httpx2. A failure shows a ladder of all requests.

        Raises Deadlock if all tasks wait for each other, EndlessRun if the client never ends, VirtualTimeConflict if
        the test uses `voipbin_time` too, and RuntimeError inside a running event loop.
        """
        from .task_scheduler import run_tasks

        return run_tasks(self.switches, voipbin, main, arguments)

    def run_threads(self, voipbin: FakeVoipbin, /, *functions: Callable[[], Any]) -> list[Any]:
        """Run each function in a thread of its own, one thread at a time, and return their results.

        Threads that the functions start are scheduled too. A thread that waits for another one, for example for a lock,
        lets the others run. If a function raises an exception, it is raised again after all threads have ended.

        Raises Deadlock if no thread can continue, EndlessRun if the client never ends, and VirtualTimeConflict if the
        test uses `voipbin_time` too.
        """
        from .thread_scheduler import run_threads

        return run_threads(self.switches, voipbin, functions)
