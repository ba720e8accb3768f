"""The file for reports of other processes: only its owner removes it, and nothing in it breaks the session."""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_providercalls.guard.attempt import Attempt
from pytest_providercalls.guard.child_processes import ChildGuard
from pytest_providercalls.guard.guard import Guard, append

from ..inner_suite import HOST, Suite, assert_blocked

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


@needs_fork
def test_a_forked_child_may_end_its_copy_of_pytest(suite: Suite) -> None:
    """It runs the rest of its copy of the session, and its teardown must not affect the parent."""
    suite.write(f"""
        import subprocess

        PARENT = os.getpid()

        def fork(end):
            pid = os.fork()
            if pid == 0:
                for number in (1, 2):
                    os.dup2(os.open(os.devnull, os.O_WRONLY), number)
                end()
            else:
                os.waitpid(pid, 0)

        def request(end):
            import httpx
            swallow(httpx.get, "https://{HOST}/ping")
            end()

        in_parent = pytest.mark.skipif("os.getpid() != PARENT")

        @in_parent
        def test_exit(voipbin): fork(sys.exit)

        @in_parent
        def test_return(voipbin_tls): fork(lambda: None)

        @in_parent
        def test_bundle(voipbin_tls): assert os.path.exists(os.environ["SSL_CERT_FILE"])

        @in_parent
        def test_request(voipbin): fork(lambda: request(sys.exit))

        @in_parent
        def test_child():
            code = "import socket; socket.create_connection(('{HOST}', 443))"
            subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
        """)
    # Without capturing, the copies can redirect their output.
    result = suite.run("-s")
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    result.assert_outcomes(passed=3, failed=2)
    assert_blocked(result, during="test_inner.py::test_child")
    result.stdout.fnmatch_lines(["*FAILED test_inner.py::test_request*", "*FAILED test_inner.py::test_child*"])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the platform has no SIGKILL")
def test_a_crashed_worker_leaves_no_files(suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    suite.write("""
        import signal

        def test_kill(voipbin_tls): os.kill(os.getpid(), signal.SIGKILL)
        def test_fine(voipbin_tls): assert len(os.listdir(os.environ["TMPDIR"])) > 1
        """)
    result = suite.run("-n", "1", "--max-worker-restart", "1")
    result.assert_outcomes(passed=1, failed=1)
    assert [path for path in tmp_path.glob("*") if path.name.startswith(("providercalls", "voipbin"))] == []
