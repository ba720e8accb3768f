"""How the workers of pytest-xdist share out turns evenly: over a folder, since workers cannot talk to each other."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from .run_records import RunRecord

FOLDER: Final = "providercalls_mutants_folder"
"""Where a worker's input names the folder."""
_PAUSE: Final = 0.02
Tests = Mapping[str, RunRecord]
"""Tests by their ids."""


def work_queue(worker: Mapping[str, Any] | None) -> LocalQueue:
    """What this process shares with others; `worker` is pytest-xdist's input of a worker, None where it is none."""
    folder = Path((worker or {}).get(FOLDER, ""))
    # A worker on another machine has no such folder.
    if worker is None or FOLDER not in worker or not folder.is_dir():
        return LocalQueue()
    return SharedQueue(folder, worker["workerid"], worker["workercount"])


class LocalQueue:
    """A process that shares nothing: every turn is its own."""

    def __init__(self) -> None:
        self._claimed: set[str] = set()
        self._noticed: set[str] = set()

    def collect_records(self, own: Tests, _seconds: float, /) -> Tests:
        """The tests of all processes, of which `own` are this one's; the others have so many seconds for theirs."""
        return own

    def claim(self, rule: str, test: str) -> bool:
        """Whether a turn is this process's: of those that ask, one is told so."""
        self._claimed.add(_name(rule, test))
        return True

    def is_claimed(self, rule: str, test: str) -> bool:
        """Whether any process has claimed a turn."""
        return _name(rule, test) in self._claimed

    def mark_killed(self, rule: str) -> None:
        """Have all processes know that a broken rule was noticed."""
        self._noticed.add(rule)

    def is_killed(self, rule: str) -> bool:
        """Whether any process has noticed a broken rule."""
        return rule in self._noticed


class SharedQueue(LocalQueue):
    """A process that shares with others, by files that appear in a folder."""

    def __init__(self, folder: Path, worker: str, workers: int) -> None:
        super().__init__()
        self._folder = folder
        self._worker = worker
        self._workers = workers

    def collect_records(self, own: Tests, seconds: float, /) -> Tests:
        written = self._folder / f"{self._worker}.part"
        written.write_text(json.dumps({id: _data(one) for id, one in own.items()}), "utf-8")
        written.rename(written.with_suffix(".json"))
        until = time.monotonic() + seconds
        # One that has died does not come any more.
        while len(found := sorted(self._folder.glob("*.json"))) < self._workers and time.monotonic() < until:
            time.sleep(_PAUSE)
        tests: dict[str, RunRecord] = {}
        for path in found:
            tests |= {id: _meeting(data) for id, data in json.loads(path.read_text("utf-8")).items()}
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
        (self._folder / f"noticed-{rule}").touch()

    def is_killed(self, rule: str) -> bool:
        return (self._folder / f"noticed-{rule}").exists()


def _name(rule: str, test: str) -> str:
    """A turn as a file is called: the ids of tests may be long, and have any characters."""
    return f"{rule}-{sha256(test.encode(errors='backslashreplace')).hexdigest()}"


def _data(one: RunRecord) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(one)}


def _meeting(data: dict[str, Any]) -> RunRecord:
    meeting = RunRecord(data["edition"], data["base_nodeid"], data["outcome"], data["seconds"])
    meeting.passed.update(data["passed"])
    meeting.refused.update(data["refused"])
    return meeting
