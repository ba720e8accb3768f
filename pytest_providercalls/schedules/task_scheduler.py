"""Schedules of asyncio tasks: an event loop in virtual time, in which tasks switch at the requests of a schedule."""

from __future__ import annotations

import asyncio
import inspect
import math
import re
import selectors
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar
from unittest.mock import patch

from .exceptions import Deadlock
from .recorder import Actor, Recorder
from .report import publish
from .switch import Switch, When

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..contracts.http import Request
    from ..fake_server.core import FakeVoipbin

_JOB_SECONDS: Final = 5.0
"""How long, in real time, the loop waits for a job in an executor before it lets other tasks continue."""
_SOCKET_SECONDS: Final = 0.1
"""The same for open sockets. They may be idle."""
_UNNAMED: Final = re.compile(r"Task-\d+")
_Result = TypeVar("_Result")
_Handled = TypeVar("_Handled")


def run_tasks(
    switches: Sequence[Switch],
    fake: FakeVoipbin,
    main: Callable[..., Coroutine[Any, Any, _Result]],
    arguments: tuple[Any, ...],
) -> _Result:
    """Run a coroutine function under a schedule: see Schedule.run."""
    _check_no_loop()
    scheduler = TaskScheduler(Recorder(switches, fake, "task"))
    with scheduler.active() as loop, _closing(loop):
        coroutine = main(*arguments)
        if not inspect.iscoroutine(coroutine):
            raise TypeError(f"{main!r} is not a coroutine function; run functions with Schedule.run_threads")
        result: _Result = loop.run_until_complete(coroutine)
        return result


def _check_no_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        "Schedule.run has an event loop of its own, and cannot be called inside another one: make the test a plain"
        " function"
    )


class _InClient(threading.local):
    """Whether the present thread runs code of the client."""

    value = False


class TaskScheduler:
    """Decides when the tasks of one loop continue."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._switched: deque[asyncio.Future[None]] = deque()
        """What the tasks wait for that have switched; the first one continues first."""
        self._loop: _Loop
        self._in_client = _InClient()
        self._in_client.value = True

    @contextmanager
    def active(self) -> Iterator[_Loop]:
        """Schedule the clients of the fake inside the block, in the loop that it provides."""
        recorder = self._recorder
        with (
            publish(recorder),
            recorder.recording(self, self.sleep),
            patch.object(recorder.fake.clock, "drives_event_loops", True),
        ):
            self._loop = _Loop(self)
            yield self._loop

    # requests

    async def exchange_async(self, request: Request, handle: Callable[[], _Handled], /) -> _Handled:
        """Handle a request of a task; it may switch before and after. Tasks of another loop never do."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            return self.exchange(request, handle)
        actor = self._sender()
        nth = actor.sent
        await self._switch(actor, nth, "before", request)
        response = self._recorder.handled(actor, handle)
        await self._switch(actor, nth, "after", request)
        return response

    def exchange(self, _request: Request, handle: Callable[[], _Handled], /) -> _Handled:
        """Handle a request of a sync client, which blocks its thread and never switches."""
        return self._recorder.handled(self._sender(), handle)

    def sleep(self, seconds: float, /) -> None:
        """Sleep in a plain function of the client: nothing else runs. Threads of others really sleep."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if self._in_client.value:
            self._recorder.advance(seconds)
        else:
            self._recorder.real_sleep(seconds)

    def run_job(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Run a function of the client in the thread of an executor."""
        with patch.object(self._in_client, "value", True):
            return function(*arguments)

    def _sender(self) -> Actor:
        try:
            task = asyncio.current_task()
        except RuntimeError:
            task = None
        return self._recorder.actor(task, lambda: "executor" if task is None else _name(task))

    async def _switch(self, actor: Actor, nth: int, when: When, request: Request) -> None:
        for _ in self._recorder.due(actor, nth, when, request):
            turn = self._loop.create_future()
            self._switched.append(turn)
            if self._loop.has_ready():
                self.count_turn()
            await turn

    # the loop

    def seconds(self) -> float:
        """Return the time of the loop."""
        return self._recorder.elapsed.seconds()

    def count_turn(self) -> None:
        """Count that some other task runs, or one that has switched."""
        self._recorder.turns += 1

    def continue_one(self) -> bool:
        """Let the first task continue that has switched; return whether there was one."""
        while self._switched:
            turn = self._switched.popleft()
            if not turn.done():
                self.count_turn()
                turn.set_result(None)
                return True
        return False

    def advance(self, seconds: float) -> None:
        """Advance the clock, at least to the time at which the loop has something to do."""
        self._recorder.advance(math.ceil(seconds * 1e6) / 1e6)


def _name(task: asyncio.Task[Any]) -> str:
    """Return the name that the client has chosen, or that of the coroutine: asyncio's own depend on earlier tests."""
    name = task.get_name()
    return name if not _UNNAMED.fullmatch(name) else getattr(task.get_coro(), "__name__", name)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop in virtual time."""

    def __init__(self, scheduler: TaskScheduler) -> None:
        self._scheduler = scheduler
        self._jobs = 0
        self._threads = threading.active_count()
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self._scheduler.seconds()

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        """Count the jobs of executors: the loop is idle only if there are none."""
        job = super().run_in_executor(executor, self._scheduler.run_job, func, *args)
        self._jobs += 1
        job.add_done_callback(self._job_done)
        return job

    def _job_done(self, _job: object) -> None:
        self._jobs -= 1

    async def shutdown_default_executor(self, *arguments: Any) -> None:
        """Count the end of the executor as a job: a thread waits for it."""
        self._jobs += 1
        try:
            await super().shutdown_default_executor(*arguments)
        finally:
            self._jobs -= 1

    def has_ready(self) -> bool:
        """Return whether another task can run. There is no public name for it; without this one it is assumed."""
        return bool(getattr(self, "_ready", True))

    def wait(self, select: Callable[[float | None], Any], timeout: float | None, *, sockets: bool) -> Any:
        """Wait until something happens. No task is ready."""
        if self._jobs or sockets:
            ready = select(_JOB_SECONDS if self._jobs else _SOCKET_SECONDS)
            if ready:
                self._scheduler.count_turn()
                return ready
        if not self._scheduler.continue_one():
            if timeout is not None:
                self._scheduler.advance(timeout)
            elif self._jobs or sockets:
                return select(None)
            else:
                # A thread that the client has started itself may still wake the loop.
                ready = select(_JOB_SECONDS) if threading.active_count() > self._threads else []
                if ready:
                    return ready
                raise Deadlock(_deadlock(self))
        return select(0)


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: _Loop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout <= 0:
            return super().select(timeout)
        # One file is the loop's own, with which other threads wake it.
        return self._loop.wait(super().select, timeout, sockets=len(self.get_map()) > 1)


def _deadlock(loop: asyncio.AbstractEventLoop) -> str:
    places = []
    for task in asyncio.all_tasks(loop):
        frames = task.get_stack(limit=1)
        where = f"{frames[-1].f_code.co_filename}:{frames[-1].f_lineno}" if frames else "an unknown place"
        places.append(f"{_name(task)} at {where}")
    return "deadlock: every task waits for another one\n  " + "\n  ".join(sorted(places))


@contextmanager
def _closing(loop: _Loop) -> Iterator[None]:
    """Close a loop at the end of the block, and cancel what still runs in it, as `asyncio.run` does."""
    try:
        yield
    finally:
        try:
            tasks = asyncio.all_tasks(loop)
            for task in tasks:
                task.cancel()
            if tasks:
                loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()
