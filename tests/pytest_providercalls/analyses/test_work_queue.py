"""The work queue of mutant runs, shared between processes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pytest_providercalls.analyses.run_records import RunRecord
from pytest_providercalls.analyses.work_queue import FOLDER, LocalQueue, work_queue


def test_a_missing_worker_is_not_waited_for_forever(tmp_path: Path) -> None:
    worker = {FOLDER: str(tmp_path), "workerid": "gw0", "workercount": 2}
    own = {"a": RunRecord("documented", "a", seconds={"call": 0.5}, refused=Counter(["PC-PRE-01"]))}
    assert work_queue(worker).collect_records(own, 0) == own
    assert type(work_queue({**worker, FOLDER: str(tmp_path / "elsewhere")})) is type(work_queue(None)) is LocalQueue


def test_a_run_is_claimed_once_and_kills_are_shared(tmp_path: Path) -> None:
    one, two = (work_queue({FOLDER: str(tmp_path), "workerid": id, "workercount": 2}) for id in ("gw0", "gw1"))
    assert [one.claim("PC-PRE-01", "a"), two.claim("PC-PRE-01", "a"), two.claim("PC-PRE-01", "b")] == [
        True,
        False,
        True,
    ]
    assert one.is_claimed("PC-PRE-01", "b") and not one.is_claimed("PC-PRE-02", "b")
    one.mark_killed("PC-PRE-01")
    assert two.is_killed("PC-PRE-01") and not two.is_killed("PC-PRE-02")
