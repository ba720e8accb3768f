"""A block in which a test expects the guard to block an attempt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

# The package exports this module, and every program that uses a part of the package imports it.
if TYPE_CHECKING:
    from types import TracebackType

    from .attempt import Attempt
    from .guard import Guard


class expect_blocked:  # noqa: N801 - it is used like a function
    """Expects the guard to block an attempt in the block, and does not fail the test for it.

    Like pytest.raises, it ends the block at the GuardedHostError, unless the client catches it. The value lists the
    attempts so far, of all threads; at the end of the block also those of Python child processes. `host` defaults to
    every guarded host. Attempts to reach another host fail the test as usual.

    Raises AssertionError if there was no attempt. If no guard is active, or none covers the host, the block does not
    run: RuntimeError or ValueError is raised.
    """

    def __init__(self, host: str | None = None) -> None:
        self._host = host
        self._guards: tuple[Guard, ...] = ()
        self._attempts: list[Attempt] = []

    def __enter__(self) -> Sequence[Attempt]:
        __tracebackhide__ = True
        from .guard import active_guards
        from .host_names import normalize

        if self._host is not None:
            self._host = normalize(self._host)
        guards = active_guards()
        if not guards:
            raise RuntimeError("no guard is active, so the block could reach the real VoIPbin: enable the guard")
        if self._host is not None and not any(guard.guards(self._host) for guard in guards):
            hosts = ", ".join(host for guard in guards for host in guard.hosts)
            raise ValueError(f"expect_blocked: {self._host!r} is not guarded; expected a host that matches {hosts}")
        self._guards = guards
        self._collect()
        for guard in guards:
            guard.expectations.append(self._takes)
        return self._attempts

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        __tracebackhide__ = True
        from .attempt import GuardedHostError

        self._collect()
        for guard in self._guards:
            guard.expectations.remove(self._takes)
        if error is None and not self._attempts:
            raise AssertionError(
                f"expected a blocked attempt to reach {self._host or 'a guarded host'}, but there was none: the client"
                " did not connect, or a fake or a mock responded"
            )
        return isinstance(error, GuardedHostError) and error.attempt in self._attempts

    def _takes(self, attempt: Attempt) -> bool:
        expected = self._host in (None, attempt.host)
        if expected:
            self._attempts.append(attempt)
        return expected

    def _collect(self) -> None:
        """Record the attempts that child processes have made until now."""
        for guard in self._guards:
            if guard.collect is not None:
                guard.collect()
