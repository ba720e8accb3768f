"""Guards the Python child processes of a session, and collects their reports."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from .attempt import Attempt
from .child_environment import FOLDER, VARIABLE
from .guard import Guard


def environment(guard: Guard, path: str | None) -> dict[str, str]:
    """Return the variables that make a Python child process load the guard; `path` is its PYTHONPATH without it."""
    settings = {"hosts": guard.hosts, "reports": guard.reports, "session": guard.session, "during": guard.during}
    return {VARIABLE: json.dumps(settings), "PYTHONPATH": os.pathsep.join(filter(None, (FOLDER, path)))}


class ChildGuard:
    """While installed, makes the Python child processes of this process guard themselves."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._read = 0
        self._before = os.environ.get(VARIABLE)

    def install(self) -> None:
        """Add the guard to the environment that child processes inherit."""
        self._open()
        self._guard.announce = self._announce
        os.environ.update(environment(self._guard, os.environ.get("PYTHONPATH")))

    def remove(self) -> None:
        """Restore the environment. Child processes that are still running stay guarded, but can no longer report."""
        if self._guard.reports is None:
            return
        self._guard.announce = None
        self._close()
        _set(VARIABLE, self._before)
        _set("PYTHONPATH", _without(os.environ.get("PYTHONPATH", "")))

    @contextmanager
    def report_file(self) -> Iterator[None]:
        """Provide a file for reports inside the block, without changing the environment of this process."""
        self._open()
        try:
            yield
        finally:
            self._close()

    def _open(self) -> None:
        file, self._guard.reports = tempfile.mkstemp(prefix="providercalls-", suffix=".jsonl")
        os.close(file)
        self._guard.collect = self.collect

    def _close(self) -> None:
        self._guard.collect = None
        reports, self._guard.reports = self._guard.reports, None
        os.unlink(str(reports))

    def collect(self) -> None:
        """Record the attempts that child processes have reported since the last call."""
        reports = self._guard.reports
        if reports is None or os.path.getsize(reports) == self._read:
            return
        with open(reports, "rb") as file:
            file.seek(self._read)
            # An incomplete last line is left for the next call.
            whole = file.read().rpartition(b"\n")[0]
        self._read += len(whole) + 1 if whole else 0
        for line in whole.splitlines():
            self._guard.record(Attempt(**json.loads(line)))

    def _announce(self) -> None:
        os.environ[VARIABLE] = environment(self._guard, None)[VARIABLE]


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _without(path: str) -> str | None:
    """Remove the first entry of this guard from a PYTHONPATH; return None if nothing remains."""
    folders = path.split(os.pathsep)
    if FOLDER in folders:
        folders.remove(FOLDER)
    return os.pathsep.join(folders) or None
