"""The file for reports of other processes: only its owner removes it, and nothing in it breaks the session."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_providercalls.guard.attempt import Attempt
from pytest_providercalls.guard.child_processes import ChildGuard
from pytest_providercalls.guard.guard import Guard, append

from ..inner_suite import HOST

VALID = Attempt("connect", HOST, 443, "client.py:1", "a test", "MainThread", "`python`")
LINE = json.dumps(VALID._asdict()).encode()

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform cannot fork")


@pytest.fixture
def children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChildGuard]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    children = ChildGuard(Guard(during="a test"))
    children.open()
    yield children
    children.remove()
    assert list(tmp_path.iterdir()) == []


def attempts(children: ChildGuard) -> list[Attempt]:
    children.collect()
    return children._guard.attempts


UNREADABLE = {
    "no JSON": b"not JSON",
    "cut off": LINE[:40],
    "an empty line": b"",
    "no object": b"[1, 2]",
    "null": b"null",
    "no attempt": b'{"host": "api.voipbin.net"}',
    "an unknown field": LINE[:-1] + b', "more": 1}',
    "a wrong type": LINE.replace(b'"client.py:1"', b"7"),
    "no UTF-8": LINE.replace(b"client", b"\xff"),
    "nested too deeply": b"[" * 100_000,
    "a carriage return": b"\r",
}


@pytest.mark.parametrize("line", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_unreadable_line_is_an_attempt_and_the_other_lines_count(children: ChildGuard, line: bytes) -> None:
    with open(str(children._guard.reports), "ab") as file:
        file.write(b"\n".join((LINE, line, LINE, b"")))
    first, unreadable, last = attempts(children)
    assert first == last == VALID
    assert unreadable.reason.startswith(f"a report of a child process is unreadable: {line[:80]!r}")
    assert unreadable.during == "a test"
    assert attempts(children) == [first, unreadable, last]


def test_a_deleted_file_is_one_attempt(children: ChildGuard) -> None:
    shutil.rmtree(str(children.folder))
    (lost,) = attempts(children)
    assert "is gone" in lost.reason
    assert attempts(children) == [lost]


@needs_fork
def test_a_forked_process_neither_reads_nor_removes_the_file(children: ChildGuard) -> None:
    append(VALID, str(children._guard.reports))
    if (pid := os.fork()) == 0:
        children.collect()
        children.remove()
        os._exit(len(children._guard.attempts))
    assert os.waitpid(pid, 0)[1] == 0
    assert attempts(children) == [VALID]


def test_a_test_that_replaces_the_functions_of_files(children: ChildGuard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as `mock_open`, or pyfakefs."""
    reports = str(children._guard.reports)

    def missing(*_: object, **__: object) -> None:
        raise FileNotFoundError

    with monkeypatch.context() as patch:
        for owner in ("os", "posix", "io", "builtins"):
            for name in ("open", "stat", "write", "close", "FileIO"):
                patch.setattr(f"{owner}.{name}", missing, raising=False)
        patch.setattr(os.path, "getsize", missing)
        assert attempts(children) == []
        append(VALID, reports)
        assert attempts(children) == [VALID]


def test_only_our_folders_are_removed(children: ChildGuard, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    assert children.folder is not None
    (children.folder / "workers").write_text(f"{other}\n", encoding="utf-8")
    children.remove()
    assert other.is_dir()
