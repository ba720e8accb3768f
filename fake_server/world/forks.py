"""Refusal of requests in forked child processes, which have only a copy of a fake."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final, NoReturn


class ForkCounter:
    """Counts the forks between this process and the one that imported this module. Faster than os.getpid()."""

    def __init__(self) -> None:
        self.count = 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._increment)

    def _increment(self) -> None:
        self.count += 1


FORKS: Final = ForkCounter()


class ForkedProcessError(RuntimeError):
    """Raised for a request to a copy of a fake: its owner, the parent process, would never see the request."""


def refuse_forked_process(report: Callable[[str], None] | None) -> NoReturn:
    """Report a request in a forked child process to its parent, if it can receive reports, then raise."""
    message = (
        f"a forked child process (pid {os.getpid()}) sent a request to its own copy of the fake VoIPbin,"
        " so the test would not see it\n"
        "  fix: use `voipbin_server` and let the child process send its requests to `voipbin_server.url`,"
        " or use `voipbin_tls`, which serves https://api.voipbin.net to forked child processes too"
    )
    # First, because the client may swallow the exception.
    if report is not None:
        report(message)
    raise ForkedProcessError(message)
