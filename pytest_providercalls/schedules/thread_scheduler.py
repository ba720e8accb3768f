"""Schedules of threads: one runs at a time, and they switch at the requests of a schedule.

Nothing tells a thread of a client to stop except its requests, its sleeps and its locks. So the thread that runs keeps
its turn until it sends a request at which it switches, sleeps, ends, or waits for another thread; an observer in the
main thread notices the last. A thread whose wait ends while another one runs stops at the next function that it calls.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, contextmanager
from enum import Enum
from itertools import count
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, TypeVar
from unittest.mock import patch

from ..fake_server.world.real_time import monotonic
from .exceptions import Deadlock
from .recorder import Recorder
from .report import publish
from .switch import Switch, When
from .thread_activity import CHECK_SECONDS, Activity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..contracts.http import Request
    from ..fake_server.core import FakeVoipbin

_TIMED_WAIT_SECONDS: Final = 5.0
"""How long, in real time, all threads may wait if one of their waits has a timeout."""
_DEADLOCK_CHECKS: Final = 20
_UNNAMED: Final = re.compile(r"^(Thread(?:PoolExecutor)?)-\d+(?:_\d+)?")
"""A name that Python has chosen. Its number depends on earlier tests."""
_Handled = TypeVar("_Handled")


def run_threads(switches: Sequence[Switch], fake: FakeVoipbin, functions: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run functions in threads under a schedule: see Schedule.run_threads."""
    scheduler = ThreadScheduler(Recorder(switches, fake, "thread"))
    outcomes = [_Outcome(function) for function in functions]
    with scheduler.active():
        scheduler.run([(outcome, getattr(outcome.function, "__name__", "function")) for outcome in outcomes])
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
    return [outcome.result for outcome in outcomes]


class _Outcome:
    """A function, and its result or exception."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.function = function
        self.result: Any = None
        self.error: BaseException | None = None

    def __call__(self) -> None:
        try:
            self.result = self.function()
        except BaseException as error:
            self.error = error


class _State(Enum):
    READY = "ready"
    RUNNING = "running"
    SWITCHED = "switched"
    SLEEPING = "sleeping"
    WAITING = "waiting for another thread"
    ENDED = "ended"


class _Worker:
    """A thread of the client."""

    def __init__(self, thread: threading.Thread, number: int) -> None:
        self.thread = thread
        self.number = number
        self.state = _State.READY
        self.turn = threading.Semaphore(0)
        self.activity = Activity(thread)
        self.scheduling = False
        """Whether it is in a function of the scheduler: it waits for nothing but the mutex, and may hold it."""
        self.since = 0.0
        """When it switched, as a counter; while it sleeps, when it continues, in seconds."""


class ThreadScheduler:
    """Decides which thread runs."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._active = True
        # Held while a state changes, and while a thread is observed: one that has ended cannot be.
        self._mutex = threading.Lock()
        self._attention = threading.Event()
        """Wakes the observer."""
        self._running: _Worker | None = None
        self._workers: dict[threading.Thread, _Worker] = {}
        self._numbers = count()
        self._stuck_checks = 0
        self._stuck_since = 0.0

    @contextmanager
    def active(self) -> Iterator[None]:
        """Schedule the clients of the fake inside the block; at its end, threads that still run are left alone."""
        with ExitStack() as stack:
            stack.enter_context(publish(self._recorder))
            stack.enter_context(self._recorder.recording(self, self.sleep))
            stack.enter_context(patch.object(threading.Thread, "start", self._starting(threading.Thread.start)))
            stack.callback(self._release)
            yield

    def run(self, functions: Sequence[tuple[Callable[[], None], str]]) -> None:
        """Run functions in threads with these names, until all have ended."""
        threads = [threading.Thread(target=function, name=name, daemon=True) for function, name in functions]
        workers = [self._adopt(thread) for thread in threads]
        for thread in threads:
            thread.start()
        while True:
            with self._mutex:
                self._attention.clear()
                if all(worker.state is _State.ENDED for worker in workers):
                    break
                sleeper = self._observe()
            if sleeper is not None:
                self._wake(sleeper)
            else:
                self._attention.wait(CHECK_SECONDS)
        for thread in threads:
            thread.join()

    # requests and sleeps: called in the threads of the client

    def exchange(self, request: Request, handle: Callable[[], _Handled], /) -> _Handled:
        """Handle a request of a thread; it may switch before and after."""
        worker = self._current()
        if worker is None:
            return handle()
        self._continue(worker)
        actor = self._recorder.actor(worker, lambda: _name(worker.thread))
        nth = actor.sent

        def switch(when: When) -> None:
            for _ in self._recorder.due(actor, nth, when, request):
                self._stop(worker, _State.SWITCHED, next(self._numbers))

        switch("before")
        response = self._recorder.handled(actor, handle)
        switch("after")
        return response

    async def exchange_async(self, request: Request, handle: Callable[[], _Handled], /) -> _Handled:
        """Handle a request of an event loop in a thread: the whole loop waits."""
        return self.exchange(request, handle)

    def sleep(self, seconds: float, /) -> None:
        """Sleep in virtual time; a thread that is not the client's sleeps in real time."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        worker = self._current()
        if worker is None:
            self._recorder.real_sleep(seconds)
        else:
            self._continue(worker)
            self._stop(worker, _State.SLEEPING, self._recorder.elapsed.seconds() + seconds)

    def _current(self) -> _Worker | None:
        return self._workers.get(threading.current_thread()) if self._active else None

    # turns

    def _adopt(self, thread: threading.Thread) -> _Worker:
        """Let a thread wait for its turn before it runs."""
        with self._mutex:
            worker = self._workers[thread] = _Worker(thread, next(self._numbers))
        run = thread.run

        # Called for each function that the client calls.
        def observe(*_: object) -> None:
            if worker.state is _State.WAITING and not worker.scheduling:
                self._continue(worker)

        def run_in_turn() -> None:
            self._take_turn(worker)
            sys.setprofile(observe)
            try:
                run()
            finally:
                sys.setprofile(None)
                self._end(worker)

        thread.run = run_in_turn  # type: ignore[method-assign]
        return worker

    def _starting(self, start: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
        def start_in_turn(thread: threading.Thread) -> None:
            starter = self._current()
            worker = None
            if starter is not None:
                starter.scheduling = True
                worker = self._adopt(thread)
                starter.scheduling = False
            try:
                start(thread)
            except BaseException:
                if worker is not None:
                    self._end(worker)
                raise

        return start_in_turn

    def _take_turn(self, worker: _Worker) -> None:
        if self._active:
            worker.turn.acquire()

    def _stop(self, worker: _Worker, state: _State, since: float) -> None:
        """Let other threads run, until it is the thread's turn again."""
        worker.scheduling = True
        with self._mutex:
            worker.state, worker.since = state, since
            self._hand_over(worker)
        self._take_turn(worker)
        worker.scheduling = False

    def _continue(self, worker: _Worker) -> None:
        """Wait for a turn if the thread was thought to wait, and now continues."""
        if worker.state is not _State.WAITING or not self._active:
            return
        worker.scheduling = True
        with self._mutex:
            worker.state = _State.READY
            self._attention.set()
        self._take_turn(worker)
        worker.scheduling = False

    def _end(self, worker: _Worker) -> None:
        worker.scheduling = True
        with self._mutex:
            worker.state = _State.ENDED
            self._hand_over(worker)
            self._attention.set()

    def _hand_over(self, worker: _Worker) -> None:
        """Give the turn of a thread to the next one. If others wait, the observer does it: one may just continue."""
        if self._running is worker:
            self._running = None
            if not self._in_state(_State.WAITING):
                self._give_turn()
            self._attention.set()

    def _give_turn(self) -> None:
        """Give the turn to a thread that is ready, or else to the first that has switched."""
        ready = self._in_state(_State.READY)
        switched = sorted(self._in_state(_State.SWITCHED), key=lambda one: one.since)
        for worker in (ready or switched)[:1]:
            worker.state = _State.RUNNING
            worker.activity.restart()
            self._recorder.turns += 1
            self._running = worker
            worker.turn.release()

    def _in_state(self, state: _State) -> list[_Worker]:
        return [worker for worker in self._workers.values() if worker.state is state]

    def _release(self) -> None:
        """Let all threads run that have not ended."""
        with self._mutex:
            self._active = False
            for worker in self._workers.values():
                worker.turn.release()

    # the observer: called in the main thread

    def _observe(self) -> _Worker | None:
        """Give the turn to another thread if the one that has it waits; return a sleeper if only sleepers are left."""
        if self._running is not None:
            self._stuck_checks = 0
            if not self._running.activity.waits() or self._running.scheduling:
                return None
            self._running.state = _State.WAITING
            self._running = None
        waiting = self._in_state(_State.WAITING)
        # Each of them must be observed, so look for the first that runs only then.
        if False in [worker.activity.waits() for worker in waiting]:
            return None
        self._give_turn()
        if self._running is not None:
            return None
        sleeping = self._in_state(_State.SLEEPING)
        if sleeping:
            return min(sleeping, key=lambda one: (one.since, one.number))
        self._check_deadlock(waiting)
        return None

    def _wake(self, sleeper: _Worker) -> None:
        """Advance the clock to the end of a sleep."""
        self._recorder.advance(max(0.0, sleeper.since - self._recorder.elapsed.seconds()))
        with self._mutex:
            sleeper.state = _State.READY

    def _check_deadlock(self, waiting: list[_Worker]) -> None:
        self._stuck_checks += 1
        if self._stuck_checks == 1:
            self._stuck_since = monotonic()
        endless = self._stuck_checks >= _DEADLOCK_CHECKS and all(
            worker.activity.is_endless() and not worker.scheduling for worker in waiting
        )
        if endless or monotonic() - self._stuck_since > _TIMED_WAIT_SECONDS:
            raise Deadlock("deadlock: every thread waits for another one\n  " + "\n  ".join(map(_place, waiting)))


def _place(worker: _Worker) -> str:
    """Return where a thread waits: the innermost line outside the standard library's own modules."""
    frame = sys._current_frames().get(worker.thread.ident or 0)
    while frame is not None and _package(frame) in sys.stdlib_module_names and frame.f_back:
        frame = frame.f_back
    where = f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else "an unknown place"
    return f"{_name(worker.thread)} at {where}"


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__")).partition(".")[0]


def _name(thread: threading.Thread) -> str:
    return _UNNAMED.sub(r"\1", thread.name)
