"""One attempt to reach a guarded host, and the exception that it raises."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

HOST: Final = "api.voipbin.net"
_NOT_TYPOS: Final = frozenset({"example", "home", "internal", "invalid", "lan", "local", "localhost", "net", "test"})
"""Top-level domains that no public server has, and the right one."""
_NEWLINE: Final = "\n          "
_WITH_TLS: Final = {
    "voipbin": "voipbin_tls",
    "fake_voipbin": "fake_voipbin(tls=True)",
    "voipbin_factory": "voipbin_factory(tls=True)",
}
"""What serves a fake to httpx only, and what serves it to every library."""


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
    serves: str = ""
    """What served a fake when the attempt was made, such as `voipbin`, if anything did."""

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
    attempt = attempt._replace(
        host=printable(attempt.host),
        where=printable(attempt.where),
        during=printable(attempt.during),
        thread=printable(attempt.thread),
        process=printable(attempt.process),
    )
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
            f"  why:    {_reason(attempt)}",
            f"  fix:    {_NEWLINE.join(_advice(attempt))}",
            "  To disable the guard for the whole run, set `providercalls_guard = off: <reason>`.",
        )
    )


def is_typo(host: str) -> bool:
    """Return whether a host is probably a typo of api.voipbin.net.

    It has another top-level domain, or differs in one character, or has two adjacent characters swapped.
    """
    domain = re.search(r"(?:^|\.)voipbin\.([a-z]+)$", host)
    if domain is not None:
        return domain[1] not in _NOT_TYPOS
    if abs(len(host) - len(HOST)) > 1:
        return False
    start = next((at for at, expected in enumerate(HOST) if host[at : at + 1] != expected), len(HOST))
    rest, expected = host[start:], HOST[start:]
    swapped = rest[:2] == expected[1::-1] and rest[2:] == expected[2:]
    # One character was replaced, added or left out.
    return swapped or expected[1:] == rest[1:] or expected == rest[1:] or expected[1:] == rest


def _reason(attempt: Attempt) -> str:
    if is_typo(attempt.host):
        return f"{attempt.host} is probably a typo of {HOST}, and no test may connect to the real VoIPbin"
    return "the real VoIPbin places billable phone calls, so no test may connect to it"


def _advice(attempt: Attempt) -> tuple[str, ...]:
    """Return the lines of advice for an attempt."""
    if is_typo(attempt.host):
        return (f"correct the host, and use the `voipbin` fixture, which serves {HOST} to httpx and httpx2 clients.",)
    if attempt.process:
        return (
            "use the `voipbin_server` fixture, and start the child process with `env=voipbin_server.env`:",
            "`voipbin` serves only the test's own process. The program must read VOIPBIN_BASE_URL.",
        )
    if attempt.serves in _WITH_TLS.values():
        return (f"this test has `{attempt.serves}`, which serves https://{HOST} and no other host, scheme or port.",)
    if attempt.serves and attempt.host != HOST:
        return (f"this test has `{attempt.serves}`, which serves {HOST} and no other host.",)
    if attempt.serves:
        return (
            f"use `{_WITH_TLS[attempt.serves]}`: this test has `{attempt.serves}`, which serves only httpx and httpx2",
            "clients with their own transport, but not requests, aiohttp, urllib3, http.client and other libraries.",
        )
    return (
        "use the `voipbin` fixture: an in-process fake then serves every httpx and httpx2 client.",
        "For other libraries (requests, aiohttp, urllib3, http.client, ...) use `voipbin_tls`.",
    )


def printable(text: str) -> str:
    """Return a text without control characters, which would be a terminal's commands."""
    # Not `contracts.visible_text`: child processes load this module alone, and unused sessions only the plugin.
    return text if text.isprintable() else repr(text)[1:-1]


def _call(attempt: Attempt) -> str:
    return attempt.event if "." in attempt.event else f"socket.{attempt.event}"


def _actor(attempt: Attempt) -> str:
    thread = f"thread {attempt.thread}"
    return f"{thread} of the child process {attempt.process}" if attempt.process else thread
