"""Guards the Python child processes of a session, and collects their reports."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .child_environment import FOLDER, VARIABLE
from .guard import Guard
from .report_file import ReportFile


def environment(guard: Guard, path: str | None) -> dict[str, str]:
    """Return the variables that make a Python child process load the guard; `path` is its PYTHONPATH without it."""
    return {VARIABLE: _settings(guard), "PYTHONPATH": os.pathsep.join(filter(None, (FOLDER, path)))}


def _settings(guard: Guard) -> str:
    settings = {"hosts": guard.hosts, "reports": guard.reports, "session": guard.session, "during": guard.during}
    return json.dumps(settings)


class ChildGuard:
    """Collects what other processes report; while installed, makes Python child processes guard themselves."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._file: ReportFile | None = None
        self._before = os.environ.get(VARIABLE)

    @property
    def folder(self) -> Path | None:
        """A folder for temporary files, while there is a file for reports."""
        return None if self._file is None else self._file.folder

    def open(self) -> None:
        """Provide a file for reports. Forked processes use it in any case."""
        self._file = ReportFile()
        self._guard.reports = self._file.path
        self._guard.collect = self.collect

    def install(self) -> None:
        """Add the guard to the environment that child processes inherit."""
        if self._file is None:
            self.open()
        self._guard.announce = self._announce
        os.environ.update(environment(self._guard, os.environ.get("PYTHONPATH")))

    def remove(self) -> None:
        """Restore the environment. Child processes that are still running stay guarded, but can no longer report."""
        if self._guard.announce is not None:
            self._guard.announce = None
            _set(VARIABLE, self._before)
            _set("PYTHONPATH", _without(os.environ.get("PYTHONPATH", "")))
        if self._file is not None:
            self._guard.collect = self._guard.reports = None
            self._file.remove()
            self._file = None

    @contextmanager
    def report_file(self) -> Iterator[None]:
        """Provide a file for reports inside the block, without changing the environment of this process."""
        self.open()
        try:
            yield
        finally:
            self.remove()

    def collect(self) -> None:
        """Record the attempts that child processes have reported since the last call."""
        if self._file is not None:
            for attempt in self._file.new_attempts(self._guard.during):
                self._guard.record(attempt)

    def remove_with(self, controller: str) -> None:
        """Let the controller with this report file remove the temporary files, in case this worker crashes."""
        if self._file is not None:
            self._file.remove_with(controller)

    def _announce(self) -> None:
        os.environ[VARIABLE] = _settings(self._guard)


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
