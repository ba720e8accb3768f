"""Child processes of a guarded session: leads the Python ones to its guard, and collects what they report."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from .guard import Attempt, Guard

VARIABLE: Final = "PROVIDERCALLS_GUARD"
"""The environment variable that tells a child what is guarded, by whom, and where to report."""
FOLDER: Final = os.path.join(os.path.dirname(os.path.abspath(__file__)), "child_site")
"""Stands on a child's PYTHONPATH, and holds a sitecustomize, which Python runs when it starts."""


def environment(guard: Guard, path: str | None) -> dict[str, str]:
    """What leads a Python child to a guard, given the PYTHONPATH that it would have had."""
    settings = {"hosts": guard.hosts, "reports": guard.reports, "session": guard.session, "during": guard.during}
    return {VARIABLE: json.dumps(settings), "PYTHONPATH": os.pathsep.join(filter(None, (FOLDER, path)))}


class ChildGuard:
    """Has the Python children of this process guard themselves, as its guard says, while it is installed."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._read = 0
        self._before = os.environ.get(VARIABLE)

    def install(self) -> None:
        """Put the guard into the environment that children inherit."""
        self._open()
        self._guard.announce = self._announce
        os.environ.update(environment(self._guard, os.environ.get("PYTHONPATH")))

    def remove(self) -> None:
        """Put the environment back. Children that live on are guarded still, but report to nobody."""
        if self._guard.reports is None:
            return
        self._guard.announce = None
        self._close()
        _set(VARIABLE, self._before)
        _set("PYTHONPATH", _without(os.environ.get("PYTHONPATH", "")))

    @contextmanager
    def report_file(self) -> Iterator[None]:
        """Have a file to which children report, and leave this process's environment alone."""
        self._open()
        try:
            yield
        finally:
            self._close()

    def _open(self) -> None:
        file, self._guard.reports = tempfile.mkstemp(prefix="providercalls-", suffix=".jsonl")
        os.close(file)

    def _close(self) -> None:
        reports, self._guard.reports = self._guard.reports, None
        os.unlink(str(reports))

    def collect(self) -> None:
        """Add to the guard's attempts what children have reported since the last time."""
        reports = self._guard.reports
        if reports is None or os.path.getsize(reports) == self._read:
            return
        with open(reports, "rb") as file:
            file.seek(self._read)
            # What is being written at this moment is for the next time.
            whole = file.read().rpartition(b"\n")[0]
        self._read += len(whole) + 1 if whole else 0
        self._guard.attempts += [Attempt(**json.loads(line)) for line in whole.splitlines()]

    def _announce(self) -> None:
        os.environ[VARIABLE] = environment(self._guard, None)[VARIABLE]


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _without(path: str) -> str | None:
    """A PYTHONPATH without this guard's entry, the first one; None when nothing is left."""
    folders = path.split(os.pathsep)
    if FOLDER in folders:
        folders.remove(FOLDER)
    return os.pathsep.join(folders) or None
