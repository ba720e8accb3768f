"""The fake outside pytest's fixtures: a context manager, and a decorator for functions and unittest's test cases.

The package exports it, so this module imports nothing else before the first fake is created.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal
    from types import TracebackType

    from .examples.examples import Start
    from .fake_server.core import FakeVoipbin
    from .fixtures.violations import FakeChecks

_NAME = "voipbin"
_OUTSIDE_TESTS = "a block of fake_voipbin"
_checks: dict[FakeVoipbin, FakeChecks] = {}
"""Those of the running fakes."""
_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


class fake_voipbin:  # noqa: N801 - it is used like a function
    """A fake VoIPbin for a block, a function or a test case, with or without pytest.

    As a context manager, also with `async with`, it provides the FakeVoipbin: every httpx and httpx2 client in the
    process that requests https://api.voipbin.net is connected to it. With `tls`, the fake is behind real TLS, and every
    Python HTTP library reaches it; this requires the extra `tls`. Fakes nest: the innermost block responds.

    As a decorator it gives each call its own fake, and passes it as the argument `voipbin` if the function has such a
    parameter. On a subclass of unittest.TestCase, each test has its own fake as `self.voipbin`, from before `setUp`
    until after the cleanups. On a RuleBasedStateMachine of Hypothesis, each run has its own fake as `self.voipbin`,
    from before `__init__` until after `teardown`. On any other class, each method whose name begins with `test` is
    decorated.

    Each example of a test that is decorated with `@given` starts with the fake as it was before the first example.

    `edition`, `seed`, `lifecycle`, `broken` and `rate_limits` are those of FakeVoipbin; `start`, `strict` and `budget`
    are those of the marker, and raise AssertionError at the end of the block. Each test has its own credentials, as
    with the fixture.

    While the block runs, a guard blocks connections to the real VoIPbin, and to the `guard_hosts`, also in Python child
    processes. If there was such an attempt, the block raises AssertionError at its end, even if the client swallowed
    the exception. In a pytest session the guard of the session does this. `guard=False` disables it.
    """

    def __init__(
        self,
        edition: str = "documented",
        seed: int = 0,
        *,
        lifecycle: str = "on_poll",
        broken: Collection[str] = (),
        start: datetime | str | None = None,
        rate_limits: bool = False,
        strict: bool = False,
        budget: Decimal | str | float | None = None,
        tls: bool = False,
        guard: bool = True,
        guard_hosts: Iterable[str] = (),
    ) -> None:
        self._edition, self._seed, self._lifecycle = edition, seed, lifecycle
        self._broken, self._rate_limits, self._strict, self._tls = broken, rate_limits, strict, tls
        self._guard, self._guard_hosts = guard, tuple(guard_hosts)
        self._start: datetime | None = None
        self._budget: Decimal | None = None
        if start is not None or budget is not None:
            from .settings import dollars, start_date

            self._start = None if start is None else start_date(start, lifecycle, "fake_voipbin")
            self._budget = None if budget is None else dollars(budget, "fake_voipbin")
        self._blocks: list[ExitStack] = []

    # as a context manager

    def __enter__(self) -> FakeVoipbin:
        with ExitStack() as stack:
            fake = stack.enter_context(self._block(_running_test()))
            self._blocks.append(stack.pop_all())
        return fake

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._blocks.pop().__exit__(kind, error, trace)

    async def __aenter__(self) -> FakeVoipbin:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    @contextmanager
    def _block(self, test: str, *, wide: bool = False) -> Iterator[FakeVoipbin]:
        from .fixtures.fork_reports import ForkReports
        from .fixtures.violations import FakeChecks

        name = "voipbin_factory" if wide else "fake_voipbin"
        fake = self._fake(f"the shared fake created in {test}" if wide else test)
        with ExitStack() as stack:
            stack.enter_context(_guarded(self._guard, self._guard_hosts, f"{name}(tls=True)" if self._tls else name))
            stack.enter_context(_served_with_tls(fake) if self._tls else _intercepted(fake, wide=wide))
            stack.enter_context(_strategies_use(fake, shared=wide))
            stack.enter_context(_adapted_to_hypothesis())
            forks = stack.enter_context(ForkReports(fake, test or _OUTSIDE_TESTS))
            checks = FakeChecks(fake, strict=self._strict, budget=self._budget, forks=forks)
            stack.enter_context(_explained(fake, checks.new_violations))
            _checks[fake] = checks
            stack.callback(_checks.pop, fake)
            yield fake
            _raise(checks.new_violations())

    def _fake(self, owner: str) -> FakeVoipbin:
        from .fake_server.core import FakeVoipbin
        from .fake_server.world.clock import Clock
        from .fake_server.world.credential_owner import CREDENTIALS, CredentialOwner

        return FakeVoipbin(
            self._edition,
            self._seed,
            Clock(self._start) if self._start else None,
            lifecycle=self._lifecycle,
            broken=self._broken,
            rate_limits=self._rate_limits,
            owner=CredentialOwner(owner, CREDENTIALS, "fake_voipbin") if owner else None,
        )

    @contextmanager
    def shared(self) -> Iterator[FakeVoipbin]:
        """Provide a fake for several tests: the fixtures and blocks of one test take precedence, in any order."""
        with self._block(_running_test(), wide=True) as fake:
            yield fake

    # as a decorator

    def __call__(self, decorated: _Decorated) -> _Decorated:
        """Decorate a function, a coroutine function or a class."""
        if isinstance(decorated, type):
            self._decorate_class(decorated)
            return decorated
        wrapped: _Decorated = self._wrap(decorated)
        return wrapped

    def _wrap(self, function: Any) -> Any:
        import inspect

        signature = inspect.signature(function)
        name = f"{function.__module__}.{function.__qualname__}"
        names = list(signature.parameters)
        passed = _NAME in names

        def call(fake: FakeVoipbin, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
            if not passed:
                return function(*arguments, **named)
            # Arguments that belong after the fake may be passed by position.
            position = names.index(_NAME)
            later = dict(zip(names[position + 1 :], arguments[position:], strict=False))
            return function(*arguments[:position], **{_NAME: fake}, **later, **named)

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapper(*arguments: Any, **named: Any) -> Any:
                with self._block(_running_test(name)) as fake, _examples(function, fake):
                    return await call(fake, arguments, named)
        else:

            @functools.wraps(function)
            def wrapper(*arguments: Any, **named: Any) -> Any:
                with self._block(_running_test(name)) as fake, _examples(function, fake):
                    return call(fake, arguments, named)

        # pytest must not look for a fixture with the name of the parameter.
        kept = [one for name, one in signature.parameters.items() if name != _NAME]
        wrapper.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return wrapper

    def _decorate_class(self, decorated: Any) -> None:
        import inspect
        from unittest import TestCase

        if _is_state_machine(decorated):
            self._decorate_state_machine(decorated)
            return
        tests = {name: getattr(decorated, name) for name in dir(decorated) if name.startswith("test")}
        if not issubclass(decorated, TestCase):
            for name, test in tests.items():
                if inspect.isfunction(test):
                    setattr(decorated, name, self._wrap(test))
            return
        for name, test in tests.items():
            if inspect.isfunction(test):
                setattr(decorated, name, _explaining(test))
        set_up, run = decorated.setUp, decorated.run

        @functools.wraps(set_up)
        def setUp(case: Any) -> None:
            block = self._block(case.id())
            case.voipbin = block.__enter__()
            # The first cleanup runs last, after those of the test.
            case.addCleanup(block.__exit__, None, None, None)
            # A subclass may be decorated too.
            vars(case).setdefault("_voipbin_blocks", []).append(block)
            set_up(case)

        @functools.wraps(run)
        def run_and_leave(case: Any, *arguments: Any, **named: Any) -> Any:
            try:
                return run(case, *arguments, **named)
            finally:
                # unittest runs no cleanups after an interrupt. To leave a block again has no effect.
                for block in reversed(vars(case).pop("_voipbin_blocks", [])):
                    block.__exit__(*sys.exc_info())

        decorated.setUp, decorated.run = setUp, run_and_leave

    def _decorate_state_machine(self, decorated: Any) -> None:
        initialise, tear_down = decorated.__init__, decorated.teardown

        @functools.wraps(initialise)
        def start(machine: Any, *arguments: Any, **named: Any) -> None:
            from hypothesis import control, currently_in_test_context

            block = self._block(_running_test(type(machine).__qualname__))
            machine.voipbin = block.__enter__()
            # A subclass may be decorated too.
            vars(machine).setdefault("_voipbin_blocks", []).append(block)
            if currently_in_test_context():
                # Hypothesis does not call `teardown` if an `__init__` raises, perhaps that of a subclass.
                control.cleanup(lambda: leave(machine))
            initialise(machine, *arguments, **named)

        @functools.wraps(tear_down)
        def stop(machine: Any) -> None:
            try:
                tear_down(machine)
            finally:
                leave(machine)

        def leave(machine: Any) -> None:
            if machine._voipbin_blocks:
                # Hypothesis tears the machine down while it handles the exception of a rule.
                machine._voipbin_blocks.pop().__exit__(*sys.exc_info())

        decorated.__init__, decorated.teardown = start, stop


def _is_state_machine(decorated: type) -> bool:
    stateful = sys.modules.get("hypothesis.stateful")
    return stateful is not None and issubclass(decorated, stateful.RuleBasedStateMachine)


def _adapted_to_hypothesis() -> AbstractContextManager[None]:
    """Make a block inside an example of Hypothesis fast, and its failures easy to explain."""
    hypothesis = sys.modules.get("hypothesis")
    if hypothesis is None or not hypothesis.currently_in_test_context():
        return nullcontext()
    from .examples.examples import fast_and_explained

    return fast_and_explained()


def _examples(test: Any, fake: FakeVoipbin) -> AbstractContextManager[None]:
    """Let each example of a test that is decorated with `@given` start with the present state of a fake."""
    if not hasattr(test, "hypothesis"):
        return nullcontext()
    from .examples.examples import Examples

    def check(start: Start, error: BaseException | None) -> None:
        if error is None:
            _raise(_checks[fake].example_violations(start.snapshot))

    return Examples(fake, on_end=check).of(test)


def _explaining(test: Any) -> Any:
    """Wrap a test of a TestCase, so that a failure shows the transcript."""
    import inspect

    if inspect.iscoroutinefunction(test):

        @functools.wraps(test)
        async def wrapper(case: Any, *arguments: Any, **named: Any) -> Any:
            with _explained(case.voipbin), _examples(test, case.voipbin):
                return await test(case, *arguments, **named)
    else:

        @functools.wraps(test)
        def wrapper(case: Any, *arguments: Any, **named: Any) -> Any:
            with _explained(case.voipbin), _examples(test, case.voipbin):
                return test(case, *arguments, **named)

    return wrapper


def _raise(violations: str) -> None:
    if violations:
        raise AssertionError(violations)


def _running_test(default: str = "") -> str:
    # Set by pytest: "test_dialer.py::test_it (call)".
    return os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0] or default


@contextmanager
def _explained(fake: FakeVoipbin, violations: Callable[[], str] = str) -> Iterator[None]:
    """Add the violations and the transcript of a fake to an exception that the block raises."""
    try:
        yield
    except Exception as error:
        from .examples.failure_notes import add_transcript

        add_transcript(error, fake, violations())
        raise


@contextmanager
def _intercepted(fake: FakeVoipbin, *, wide: bool) -> Iterator[None]:
    from .deferred_trust import deferred_trust
    from .fixtures.interception import Interception, to_router

    with Interception(fake, passthrough=to_router(fake), wide=wide), deferred_trust():
        yield


def _strategies_use(fake: FakeVoipbin, *, shared: bool) -> AbstractContextManager[None]:
    from .examples.records_under_test import strategies_use

    return strategies_use(fake, shared=shared)


@contextmanager
def _served_with_tls(fake: FakeVoipbin) -> Iterator[None]:
    try:
        from .fake_server.note_headers import NoteHeaders
        from .fixtures.server_fixtures import port_pool
        from .fixtures.tls_fixture import certificate_authority, tls_listener
    except ModuleNotFoundError as error:
        name = str(error.name).partition(".")[0]
        raise ModuleNotFoundError(
            f"{name} is not installed, which tls=True requires: pip install 'pytest-providercalls[tls]'", name=name
        ) from None
    with (
        port_pool() as ports,
        certificate_authority() as authority,
        tls_listener(ports, authority, NoteHeaders(fake), _OUTSIDE_TESTS),
    ):
        yield


@contextmanager
def _guarded(guarded: bool, hosts: tuple[str, ...], serves: str) -> Iterator[None]:
    """Guard the block, unless the session does. Raises AssertionError at its end if there was an attempt."""
    from .guard.child_processes import ChildGuard
    from .guard.guard import DEFAULT_HOSTS, Guard, active_guard

    hosts = (*DEFAULT_HOSTS, *hosts)
    active = active_guard(hosts)
    if active or not guarded:
        with active.serving(serves) if active else nullcontext():
            yield
        return
    guard = Guard(hosts, during=_OUTSIDE_TESTS, serves=serves)
    children = ChildGuard(guard)
    guard.install()
    try:
        children.install()
        try:
            yield
        finally:
            children.collect()
            children.remove()
    finally:
        guard.remove()
    if guard.attempts:
        lines = "\n  ".join(f"{one.target} from {one.where}" for one in guard.attempts)
        raise AssertionError(f"blocked attempts to reach the real VoIPbin: {len(guard.attempts)}\n  {lines}")
