"""Sessions in processes of their own: their end, their workers, and their forked copies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from ..inner_suite import HOST, Suite, assert_blocked

DIAL = f"swallow(socket.getaddrinfo, '{HOST}', 443)"
FINE = "def test_fine(): pass\n"
END = "the end of the session"
PROCESS_END = "the end of the process"

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform cannot fork")


def test_an_exit_handler_from_before_the_guard_is_blocked_too_and_the_others_run(suite: Suite) -> None:
    handlers = f"atexit.register(print, 'the first handler'); atexit.register(lambda: {DIAL})"
    suite.write(f"import atexit; {handlers}", "early.py")
    result = suite.write(FINE).run("-p", "early", "-p", "pytest_providercalls.plugin")
    assert result.ret == 1
    assert_blocked(result, during=PROCESS_END)
    result.stdout.fnmatch_lines(["the first handler"])


@pytest.mark.parametrize("option", ["--help", "--fixtures"])
def test_a_command_without_tests_fails(suite: Suite, option: str) -> None:
    """The second one has a session, but ignores its exit status."""
    suite.write(DIAL, "conftest.py")
    result = suite.run_in_process(option)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert_blocked(result, during="start-up, before any test")


def test_a_hook_that_exits_does_not_hide_an_attempt(suite: Suite) -> None:
    suite.write(f"def pytest_unconfigure():\n    {DIAL}\n    sys.exit(0)", "conftest.py")
    result = suite.write(FINE).run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert_blocked(result, during=END)


def test_a_session_that_fails_to_start_keeps_its_exit_status(suite: Suite) -> None:
    suite.write(f"{DIAL}\nsocket.getaddrinfo('{HOST}', 80)\n", "conftest.py")
    result = suite.write(FINE).run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert_blocked(result, during="start-up, before any test", times=2)


def test_a_program_that_runs_pytest_is_guarded_only_until_it_returns(suite: Suite) -> None:
    """The program may have other work, and may call production deliberately."""
    suite.write(FINE)
    code = "import socket, pytest; before = dict(vars(socket.socket)); status = pytest.main(['-p', 'no:cacheprovider'])"
    assert suite.run_python("-c", f"{code}; assert (status, dict(vars(socket.socket))) == (0, before)").ret == 0


def test_a_worker_reports_until_its_process_ends(suite: Suite) -> None:
    suite.ini("providercalls_guard_children = false")
    suite.write(
        """
        import atexit

        def dial(moment):
            if "PYTEST_XDIST_WORKER" in os.environ:
                swallow(socket.getaddrinfo, moment + ".voipbin.net", 443)

        def pytest_configure(config):
            config.add_cleanup(lambda: dial("cleanup"))
            atexit.register(dial, "exit")

        def pytest_unconfigure(): dial("unconfigure")
        """,
        "conftest.py",
    )
    result = suite.write(FINE).run("-n", "1")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    for moment, during in {"cleanup": END, "unconfigure": END, "exit": PROCESS_END}.items():
        shown = result.stdout.str().partition(f"to {moment}.voipbin.net")[2].partition("why:")[0]
        assert shown.rstrip().endswith(f"during: {during}"), moment


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
