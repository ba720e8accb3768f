"""Plugins that rerun failed tests cannot hide a blocked attempt."""

from __future__ import annotations

import re

import pytest

from .inner_suite import HOST, Suite, assert_blocked

PLUGINS = {
    "rerunfailures": ("pytest_rerunfailures", "--reruns=2"),
    "flaky": ("flaky.flaky_pytest_plugin", "--force-flaky", "--max-runs=3"),
    "retry": ("pytest_retry.retry_plugin", "--retries=2"),
}
BODIES = {
    "raised_in_run_1": "len(runs) == 1 and attempt()",
    "swallowed_in_run_1": "len(runs) == 1 and swallow(attempt)",
    "raised_in_run_1_swallowed_in_run_2": "attempt() if len(runs) == 1 else swallow(attempt)",
    "swallowed_in_run_2": "assert len(runs) != 1; len(runs) == 2 and swallow(attempt)",
    "raised_in_run_2": "assert len(runs) != 1; len(runs) == 2 and attempt()",
    "swallowed_in_run_1_which_failed": "swallow(attempt) if len(runs) == 1 else None; assert len(runs) > 1",
    "skipped_in_run_2": "assert len(runs) != 1; len(runs) == 2 and swallow(attempt); pytest.skip('later')",
    "in_teardown_of_run_1": "request.addfinalizer(lambda: len(runs) == 1 and swallow(attempt)); assert len(runs) > 1",
}
PASSING = {"fine": "pass", "fine_in_run_2": "assert len(runs) > 1"}
TEST = """
def test_{name}(request, runs=[]):
    runs.append(1)
    {body}
"""
ATTEMPT = f"def attempt(): socket.getaddrinfo('{HOST}', 443)\n"


def _write(suite: Suite, *names: str) -> Suite:
    bodies = BODIES | PASSING
    return suite.write(ATTEMPT + "".join(TEST.format(name=name, body=bodies[name]) for name in names))


# In separate processes, because these plugins keep their state in their classes.


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_rerun_does_not_hide_an_attempt(suite: Suite, plugin: str) -> None:
    name, *options = PLUGINS[plugin]
    pytest.importorskip(name.partition(".")[0])
    result = _write(suite, *BODIES, *PASSING).run("-p", name, *options)
    output = result.stdout.str()
    for test in BODIES:
        assert re.search(f"during: test_inner.py::test_{test}$", output, re.MULTILINE), f"{test}\n{output}"
    failed = set(re.findall(r"^(?:FAILED|ERROR) \S+::test_(\w+)", output, re.MULTILINE))
    # pytest-retry gives up if the teardown of a run fails.
    assert failed <= {*BODIES}, output
    assert result.parseoutcomes()["passed"] == len(PASSING), output


@pytest.mark.parametrize("plugin", PLUGINS)
@pytest.mark.parametrize("body", ["raised_in_run_1", "swallowed_in_run_2"])
def test_a_session_with_an_attempt_fails(suite: Suite, plugin: str, body: str) -> None:
    name, *options = PLUGINS[plugin]
    pytest.importorskip(name.partition(".")[0])
    result = _write(suite, body).run("-p", name, *options)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"  during: test_inner.py::test_{body}"])
    result.stdout.fnmatch_lines([f"FAILED test_inner.py::test_{body}*"])


def test_a_rerun_in_a_worker_does_not_hide_an_attempt(suite: Suite) -> None:
    pytest.importorskip("pytest_rerunfailures")
    result = _write(suite, "raised_in_run_1").run("-p", "pytest_rerunfailures", "--reruns=1", "-n", "1")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["An earlier run of this test attempted *"])
    assert_blocked(result, during="test_inner.py::test_raised_in_run_1")


@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["one-process", "xdist"])
def test_a_report_that_another_plugin_changes_does_not_hide_an_attempt(suite: Suite, workers: list[str]) -> None:
    suite.write(
        """
        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_protocol(item, nextitem):
            from _pytest.runner import runtestprotocol
            for report in runtestprotocol(item, nextitem=nextitem, log=False):
                report.outcome = "passed"
                item.ihook.pytest_runtest_logreport(report=report)
            return True
        """,
        "conftest.py",
    )
    result = _write(suite, "swallowed_in_run_1", "fine").run(*workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*providercalls guard: attempts that no failed test shows*"])
    assert_blocked(result, during="test_inner.py::test_swallowed_in_run_1")
