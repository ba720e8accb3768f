"""The file to which other processes of a session report attempts, in a folder for temporary files of the session."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from .attempt import Attempt

_PREFIX: Final = "providercalls-"
_WORKERS: Final = "workers"
"""A file with the folder of each worker, which cannot remove it if it crashes."""
_KINDS: Final[dict[str, tuple[type, ...]]] = {"port": (int, type(None)), "at": (int, float)}
"""The types of those fields of a report that are not strings."""
_SHOWN: Final = 80


class ReportFile:
    """A file of reports, one JSON object per line, in a folder that only the process that created it removes."""

    def __init__(self) -> None:
        self.folder: Final = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self.path: Final = str(self.folder / "attempts.jsonl")
        os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        self._process = os.getpid()
        self._read = 0
        # Tests may replace these functions, or the whole file system (pyfakefs).
        self._stat = os.stat
        self._open = io.FileIO

    def new_attempts(self, during: str) -> list[Attempt]:
        """Return the attempts that were reported since the last call; `during` is the present activity.

        A line that is no report stands for an attempt too, because only an attempt causes a line. So does a file that
        is gone.
        """
        # The copy of a forked process would read the same lines again.
        if self._read < 0 or os.getpid() != self._process:
            return []
        try:
            lines = self._new_lines()
        except OSError as error:
            self._read = -1
            return [
                _unknown(during, f"{self.path}, the file for reports of child processes, is gone: {error.strerror}")
            ]
        unreadable = "a report of a child process is unreadable"
        return [_attempt(line) or _unknown(during, f"{unreadable}: {line[:_SHOWN]!r}") for line in lines]

    def _new_lines(self) -> list[bytes]:
        if self._stat(self.path).st_size == self._read:
            return []
        with self._open(self.path) as file:
            file.seek(self._read)
            # An incomplete last line is left for the next call.
            whole = file.read().rpartition(b"\n")[0]
        self._read += len(whole) + 1 if whole else 0
        return whole.split(b"\n") if whole else []

    def remove_with(self, controller: str) -> None:
        """Let the session with the report file `controller` remove the folder too, if it is on this machine."""
        folder = Path(controller).parent
        if folder.is_dir():
            with open(folder / _WORKERS, "a", encoding="utf-8") as file:
                file.write(f"{self.folder}\n")

    def remove(self) -> None:
        """Remove the folder, and those of the workers of this session."""
        if os.getpid() != self._process:
            return
        workers = self.folder / _WORKERS
        left = workers.read_text(encoding="utf-8").splitlines() if workers.is_file() else []
        for folder in (self.folder, *map(Path, left)):
            if folder.name.startswith(_PREFIX):
                shutil.rmtree(folder, ignore_errors=True)


def _attempt(line: bytes) -> Attempt | None:
    """Return the attempt that a line reports; None for any other text."""
    try:
        fields = json.loads(line)
        attempt = Attempt(**fields)
    # The last two: not an object, or not one of an attempt; nested too deeply.
    except (ValueError, TypeError, RecursionError):
        return None
    valid = all(isinstance(value, _KINDS.get(name, str)) for name, value in attempt._asdict().items())
    return attempt if valid else None


def _unknown(during: str, reason: str) -> Attempt:
    return Attempt("child_process.report", "an unknown host", None, "an unknown place", during, "?", "?", reason=reason)
