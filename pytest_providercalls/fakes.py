"""The fake outside pytest's fixtures: a context manager, and a decorator for functions and unittest's test cases.

The package exports it, so this module imports nothing else before the first fake is created.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

    from .fake_server.core import FakeVoipbin

_NAME = "voipbin"
_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


class fake_voipbin:  # noqa: N801 - it is used like a function
    """A fake VoIPbin for a block, a function or a test case, with or without pytest.

    As a context manager, also with `async with`, it provides the FakeVoipbin: every httpx and httpx2 client in the
    process that requests https://api.voipbin.net is connected to it. With `tls`, the fake is behind real TLS, and every
    Python HTTP library reaches it; this requires the extra `tls`. Fakes nest: the innermost block responds.

    As a decorator it gives each call its own fake, and passes it as the argument `voipbin` if the function has such a
    parameter. On a subclass of unittest.TestCase, each test has its own fake as `self.voipbin`, from before `setUp`
    until after the cleanups. On any other class, each method whose name begins with `test` is decorated.

    `edition`, `seed`, `lifecycle`, `broken` and `rate_limits` are those of FakeVoipbin. With `strict`, the block fails
    if its client sent fields that the API silently ignores.

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
        rate_limits: bool = False,
        strict: bool = False,
        tls: bool = False,
        guard: bool = True,
        guard_hosts: Iterable[str] = (),
    ) -> None:
        self._edition, self._seed, self._lifecycle = edition, seed, lifecycle
        self._broken, self._rate_limits = broken, rate_limits
        self._strict, self._tls, self._guard, self._guard_hosts = strict, tls, guard, tuple(guard_hosts)
        self._blocks: list[ExitStack] = []

    # as a context manager

    def __enter__(self) -> FakeVoipbin:
        with ExitStack() as stack:
            fake = stack.enter_context(self._block())
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
    def _block(self, *, wide: bool = False) -> Iterator[FakeVoipbin]:
        from .fake_server.core import FakeVoipbin

        fake = FakeVoipbin(
            self._edition,
            self._seed,
            lifecycle=self._lifecycle,
            broken=self._broken,
            rate_limits=self._rate_limits,
        )
        with ExitStack() as stack:
            if self._guard:
                stack.enter_context(_guarded(self._guard_hosts))
            stack.enter_context(_served_with_tls(fake) if self._tls else _intercepted(fake, wide=wide))
            with _explained(fake):
                yield fake
            if self._strict:
                _check_fields(fake)

    @contextmanager
    def shared(self) -> Iterator[FakeVoipbin]:
        """Provide a fake for several tests: the fixtures and blocks of one test take precedence, in any order."""
        with self._block(wide=True) as fake:
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
        passed = _NAME in signature.parameters
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def wrapper(*arguments: Any, **named: Any) -> Any:
                with self._block() as fake:
                    return await function(*arguments, **{_NAME: fake} if passed else {}, **named)
        else:

            @functools.wraps(function)
            def wrapper(*arguments: Any, **named: Any) -> Any:
                with self._block() as fake:
                    return function(*arguments, **{_NAME: fake} if passed else {}, **named)

        # pytest must not look for a fixture with the name of the parameter.
        kept = [one for name, one in signature.parameters.items() if name != _NAME]
        wrapper.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return wrapper

    def _decorate_class(self, decorated: Any) -> None:
        import inspect
        from unittest import TestCase

        tests = {name: getattr(decorated, name) for name in dir(decorated) if name.startswith("test")}
        if not issubclass(decorated, TestCase):
            for name, test in tests.items():
                if inspect.isfunction(test):
                    setattr(decorated, name, self._wrap(test))
            return
        for name, test in tests.items():
            if inspect.isfunction(test):
                setattr(decorated, name, _explaining(test))
        set_up = decorated.setUp

        @functools.wraps(set_up)
        def setUp(case: Any) -> None:
            block = self._block()
            case.voipbin = block.__enter__()
            # The first cleanup runs last, after those of the test.
            case.addCleanup(block.__exit__, None, None, None)
            set_up(case)

        decorated.setUp = setUp


def _explaining(test: Any) -> Any:
    """Wrap a test of a TestCase, so that a failure shows the transcript."""
    import inspect

    if inspect.iscoroutinefunction(test):

        @functools.wraps(test)
        async def wrapper(case: Any, *arguments: Any, **named: Any) -> Any:
            with _explained(case.voipbin):
                return await test(case, *arguments, **named)
    else:

        @functools.wraps(test)
        def wrapper(case: Any, *arguments: Any, **named: Any) -> Any:
            with _explained(case.voipbin):
                return test(case, *arguments, **named)

    return wrapper


@contextmanager
def _explained(fake: FakeVoipbin) -> Iterator[None]:
    """Add the transcript of a fake to an exception: as a note, or before Python 3.11 on stderr."""
    from .exception_notes import add_text

    try:
        yield
    except Exception as error:
        if fake.requests and not getattr(error, "_voipbin_transcript", False):
            add_text(error, f"VoIPbin (edition {fake.edition.name})\n{fake.transcript()}")
            # A decorated test in a block would otherwise show it twice.
            error._voipbin_transcript = True  # type: ignore[attr-defined]
        raise


@contextmanager
def _intercepted(fake: FakeVoipbin, *, wide: bool) -> Iterator[None]:
    from .fixtures.interception import Interception, to_router

    with Interception(fake, passthrough=to_router(fake), wide=wide):
        yield


@contextmanager
def _served_with_tls(fake: FakeVoipbin) -> Iterator[None]:
    try:
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
        tls_listener(ports, authority, fake, "a block of fake_voipbin"),
    ):
        yield


@contextmanager
def _guarded(hosts: tuple[str, ...]) -> Iterator[None]:
    """Guard the block. Raises AssertionError at its end if there was an attempt; in a guarded session, do nothing."""
    from .guard.child_processes import ChildGuard
    from .guard.guard import DEFAULT_HOSTS, Guard, is_guarded

    hosts = (*DEFAULT_HOSTS, *hosts)
    if is_guarded(hosts):
        yield
        return
    guard = Guard(hosts, during="a block of fake_voipbin")
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


def _check_fields(fake: FakeVoipbin) -> None:
    from .fixtures.violations import ignored_fields

    if text := ignored_fields(fake):
        raise AssertionError(text)
