"""One attempt to reach a guarded host, and the exception that it raises."""

from __future__ import annotations

from typing import NamedTuple


class Attempt(NamedTuple):
    """One attempt to reach a guarded host."""

    event: str
    """The blocked call: a `socket` function, such as `connect`, or an audit event that starts a command."""
    host: str
    port: int | None
    where: str
    """`path:line` of the nearest line of the user's own code."""
    during: str
    """The node id of the test, or another activity of the session."""
    thread: str
    process: str = ""
    """The child process that made the attempt; empty for the session's own process."""
    at: float = 0.0
    """The time, in seconds since the epoch."""
    reason: str = ""
    """Why this attempt fails even though a fake is active; empty if none is."""

    @property
    def target(self) -> str:
        """The host, with the port if it is known."""
        return self.host if self.port is None else f"{self.host}:{self.port}"


class GuardedHostError(RuntimeError):
    """Raised instead of connecting to a guarded host."""

    # Not an OSError: HTTP libraries retry those, or replace them with their own exceptions.

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(explain(attempt))
        self.attempt = attempt

    def __reduce__(self) -> tuple[type[GuardedHostError], tuple[Attempt]]:
        return type(self), (self.attempt,)


def explain(attempt: Attempt) -> str:
    """Describe an attempt: what was blocked, where it came from, why, and how to fix it."""
    what = (
        f"providercalls blocked {_call(attempt)} to {attempt.target}",
        f"  from:   {attempt.where} ({_actor(attempt)})",
        f"  during: {attempt.during}",
    )
    if attempt.reason:
        return "\n".join((*what, f"  why:    {attempt.reason}"))
    return "\n".join(
        (
            *what,
            "  why:    the real VoIPbin places billable phone calls, so no test may connect to it",
            "  fix:    use the `voipbin` fixture: an in-process fake then serves every httpx and httpx2 client.",
            "          For other libraries (requests, aiohttp, urllib3, http.client, ...) use `voipbin_tls`.",
            "  To disable the guard for the whole run, set `providercalls_guard = off: <reason>`.",
        )
    )


def _call(attempt: Attempt) -> str:
    return attempt.event if "." in attempt.event else f"socket.{attempt.event}"


def _actor(attempt: Attempt) -> str:
    thread = f"thread {attempt.thread}"
    return f"{thread} of the child process {attempt.process}" if attempt.process else thread
