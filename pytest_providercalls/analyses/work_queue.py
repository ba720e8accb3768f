"""A queue of mutant runs for the workers of pytest-xdist: a shared folder, as workers cannot talk to each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ..fake_server.world.real_time import monotonic, sleep
from .run_records import RunRecord

FOLDER: Final = "providercalls_mutants_folder"
"""The key of the folder in a worker's input."""
_POLL_SECONDS: Final = 0.02
Tests = Mapping[str, RunRecord]
"""Run records by test id."""


def work_queue(worker: Mapping[str, Any] | None) -> LocalQueue:
    """Return the queue of this process. `worker` is the input of an xdist worker, or None without xdist."""
    folder = Path((worker or {}).get(FOLDER, ""))
    # A worker on another machine does not have this folder.
    if worker is None or FOLDER not in worker or not folder.is_dir():
        return LocalQueue()
    return SharedQueue(folder, worker["workerid"], worker["workercount"])


class LocalQueue:
    """The queue of a single process, which owns every run."""

    def __init__(self) -> None:
        self._claimed: set[str] = set()
        self._killed: set[str] = set()

    def collect_records(self, own: Tests, _seconds: float, /) -> Tests:
        """Return the records of all processes. `own` are this one's; wait up to `_seconds` for the others."""
        return own

    def claim(self, rule: str, test: str) -> bool:
        """Claim a run for this process. Returns True in exactly one process."""
        self._claimed.add(_name(rule, test))
        return True

    def is_claimed(self, rule: str, test: str) -> bool:
        """Return whether any process has claimed a run."""
        return _name(rule, test) in self._claimed

    def mark_killed(self, rule: str) -> None:
        """Mark a mutant as killed for all processes."""
        self._killed.add(rule)

    def is_killed(self, rule: str) -> bool:
        """Return whether any process has killed a mutant."""
        return rule in self._killed


class SharedQueue(LocalQueue):
    """A queue that several processes share through files in a folder."""

    def __init__(self, folder: Path, worker: str, workers: int) -> None:
        super().__init__()
        self._folder = folder
        self._worker = worker
        self._workers = workers

    def collect_records(self, own: Tests, seconds: float, /) -> Tests:
        written = self._folder / f"{self._worker}.part"
        written.write_text(json.dumps({id: _to_dict(one) for id, one in own.items()}), "utf-8")
        written.rename(written.with_suffix(".json"))
        until = monotonic() + seconds
        # A worker that has died never writes its file.
        while len(found := sorted(self._folder.glob("*.json"))) < self._workers and monotonic() < until:
            sleep(_POLL_SECONDS)
        tests: dict[str, RunRecord] = {}
        for path in found:
            tests |= {id: _from_dict(data) for id, data in json.loads(path.read_text("utf-8")).items()}
        return tests

    def claim(self, rule: str, test: str) -> bool:
        try:
            (self._folder / _name(rule, test)).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def is_claimed(self, rule: str, test: str) -> bool:
        return (self._folder / _name(rule, test)).exists()

    def mark_killed(self, rule: str) -> None:
        (self._folder / f"killed-{rule}").touch()

    def is_killed(self, rule: str) -> bool:
        return (self._folder / f"killed-{rule}").exists()


def _name(rule: str, test: str) -> str:
    """Return a file name for a run. Test ids may be long and contain any character."""
    return f"{rule}-{sha256(test.encode(errors='backslashreplace')).hexdigest()}"


def _to_dict(record: RunRecord) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def _from_dict(data: dict[str, Any]) -> RunRecord:
    record = RunRecord(data["edition"], data["base_nodeid"], data["outcome"], data["seconds"])
    record.passed.update(data["passed"])
    record.refused.update(data["refused"])
    return record
