"""Attempts after the last test, until the interpreter ends: each is printed, and the exit status is not 0."""

from __future__ import annotations

import os

import pytest

from ..inner_suite import HOST, Suite, assert_blocked

DIAL = f"swallow(socket.getaddrinfo, '{HOST}', 443)"
FINE = "def test_fine(): pass\n"
END = "the end of the session"
PROCESS_END = "the end of the process"

CLEANUPS = {
    "in pytest_configure": f"def pytest_configure(config): config.add_cleanup(lambda: {DIAL})",
    "in a test": f"""
        @pytest.fixture(autouse=True, scope="session")
        def late(pytestconfig): pytestconfig.add_cleanup(lambda: {DIAL})
    """,
    "after unconfigure": f"""
        @pytest.hookimpl(wrapper=True, trylast=True)
        def pytest_unconfigure():
            yield
            {DIAL}
    """,
    "in the last of all wrappers": f"""
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_unconfigure():
            yield
            {DIAL}
    """,
}


@pytest.mark.parametrize("code", CLEANUPS.values(), ids=CLEANUPS.keys())
def test_an_attempt_in_a_cleanup_fails_the_session(suite: Suite, code: str) -> None:
    suite.write(code, "conftest.py")
    result = suite.write(FINE).run_in_process()
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert_blocked(result, during=END)


def test_an_attempt_at_the_end_of_the_process_fails_it(suite: Suite) -> None:
    suite.write(f"""
        import atexit, weakref

        def late():
            threading.main_thread().join()
            {DIAL}

        atexit.register(lambda: {DIAL})
        weakref.finalize(late, lambda: {DIAL})
        threading.Thread(target=late).start()

        def test_fine(): pass
        """)
    result = suite.run()
    result.assert_outcomes(passed=1)
    assert result.ret == 1
    assert_blocked(result, during=PROCESS_END, times=3)


def test_an_exit_handler_from_before_the_guard_is_blocked_too_and_the_others_run(suite: Suite) -> None:
    handlers = f"atexit.register(print, 'the first handler'); atexit.register(lambda: {DIAL})"
    suite.write(f"import atexit; {handlers}", "early.py")
    result = suite.write(FINE).run("-p", "early", "-p", "pytest_providercalls.plugin")
    assert result.ret == 1
    assert_blocked(result, during=PROCESS_END)
    result.stdout.fnmatch_lines(["the first handler"])


def test_an_attempt_without_a_session_fails_the_process(suite: Suite) -> None:
    suite.write(DIAL, "conftest.py")
    assert_blocked(suite.run("--help"), during="start-up, before any test")


def test_a_session_that_fails_to_start_keeps_its_exit_status(suite: Suite) -> None:
    suite.write(f"{DIAL}\nsocket.getaddrinfo('{HOST}', 80)\n", "conftest.py")
    result = suite.write(FINE).run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert_blocked(result, during="start-up, before any test", times=2)


def test_without_attempts_the_exit_status_and_the_output_are_unchanged(suite: Suite) -> None:
    suite.write("import atexit; atexit.register(print, 'bye')\n" + FINE)
    result = suite.run()
    assert result.ret == 0
    assert result.outlines[-1] == "bye"
    assert result.errlines == []


def test_a_program_that_runs_pytest_is_guarded_only_until_it_returns(suite: Suite) -> None:
    """The program may have other work, and may call production deliberately."""
    suite.write(FINE)
    code = "import socket, pytest; before = dict(vars(socket.socket)); status = pytest.main(['-p', 'no:cacheprovider'])"
    assert suite.run_python("-c", f"{code}; assert (status, dict(vars(socket.socket))) == (0, before)").ret == 0


# other processes


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform cannot fork")
@pytest.mark.parametrize("setting", ["true", "false"])
def test_a_forked_child_reports_also_if_children_are_not_guarded(suite: Suite, setting: str) -> None:
    suite.ini(f"providercalls_guard_children = {setting}")
    suite.write(f"""
        def test_fork():
            pid = os.fork()
            if pid == 0:
                {DIAL}
                os._exit(0)
            os.waitpid(pid, 0)

        def test_pool():
            import multiprocessing
            dial = socket.getaddrinfo, '{HOST}', 443
            process = multiprocessing.get_context("fork").Process(target=swallow, args=dial)
            process.start()
            process.join()
            assert process.exitcode == 0

        def test_fine(): pass
        """)
    result = suite.run_in_process()
    result.assert_outcomes(passed=1, failed=2)
    assert_blocked(result, during="test_inner.py::test_fork", times=2)


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
