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


@pytest.mark.parametrize("change", ["sys.stdout = sys.stderr = None", "sys.stderr.close()"])
def test_exit_handlers_that_change_the_streams(suite: Suite, change: str) -> None:
    """Such as those of tools that have redirected the streams. They run last, because they are registered first."""
    suite.write(
        f"""
        import atexit

        def end():
            {DIAL}
            {change}

        atexit.register(end)
        """,
        "conftest.py",
    )
    result = suite.write(FINE).run()
    result.assert_outcomes(passed=1)
    assert result.ret == 1
    if "close" not in change:
        assert_blocked(result, during=PROCESS_END)


def test_without_attempts_the_exit_status_and_the_output_are_unchanged(suite: Suite) -> None:
    suite.write("import atexit; atexit.register(print, 'bye')\n" + FINE)
    result = suite.run()
    assert result.ret == 0
    assert result.outlines[-1] == "bye"
    assert result.errlines == []


# other processes


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform cannot fork")
def test_a_forked_copy_does_not_fail_for_its_parent(suite: Suite) -> None:
    suite.write(
        f"""
        import atexit

        def end():
            {DIAL}
            pid = os.fork()
            if pid:
                print("the copy ended with", os.waitpid(pid, 0)[1])

        atexit.register(end)
        """,
        "conftest.py",
    )
    result = suite.write(FINE).run()
    assert_blocked(result, during=PROCESS_END)
    result.stdout.fnmatch_lines(["the copy ended with 0"])


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
