"""Tests that cannot run twice kill no mutant: they are skipped and named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ...inner_sessions import run_session

ONCE = """
import itertools

counter = itertools.count(1)

def test_runs_once(voipbin_client):
    assert voipbin_client.get("/calls").status_code == 200
    assert next(counter) == 1
"""
STRICT = ("--providercalls-mutants=strict", "--providercalls-report=report.json")


def run(bare_pytester: pytest.Pytester, code: str, *options: str) -> tuple[pytest.RunResult, dict[str, Any]]:
    bare_pytester.makepyfile(test_it=code)
    result = run_session(bare_pytester, *STRICT, *options)
    return result, json.loads(Path(bare_pytester.path, "report.json").read_text())["mutants"]


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["single", "xdist"])
def test_a_test_that_runs_only_once_kills_nothing(bare_pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    result, found = run(bare_pytester, ONCE, *options)
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert (found["killed"], found["survived"], found["not_repeatable"]) == ([], [], ["test_it.py::test_runs_once"])
    count = len(found["undecided"])
    result.stdout.fnmatch_lines(
        [
            f"mutants: {count} rules mutated: {count} undecided (not tested)",
            "  skipped because they fail when run again: test_it.py::test_runs_once",
            f"FAILED: --providercalls-mutants=strict: {count} mutants survived or are undecided",
        ]
    )


@pytest.mark.parametrize("limit", [2, 3, 5])
def test_a_kill_counts_only_if_the_test_still_passes_afterwards(bare_pytester: pytest.Pytester, limit: int) -> None:
    """It passes the first rerun, and fails later, whatever rule is broken then."""
    code = ONCE.replace("next(counter) == 1", f"next(counter) <= {limit}")
    _, found = run(bare_pytester, code)
    assert (found["killed"], found["not_repeatable"]) == ([], ["test_it.py::test_runs_once"])


@pytest.mark.parametrize("where", ["setup", "teardown"])
def test_a_fixture_that_works_once(bare_pytester: pytest.Pytester, where: str) -> None:
    step = "assert next(counter) == 1"
    fixture = f"    {step}\n    yield" if where == "setup" else f"    yield\n    {step}"
    code = f"""
import itertools, pytest
counter = itertools.count(1)

@pytest.fixture
def once():
{fixture}

def test_it(once, voipbin_client):
    assert voipbin_client.get("/calls").status_code == 200
"""
    _, found = run(bare_pytester, code)
    assert (found["killed"], found["not_repeatable"]) == ([], ["test_it.py::test_it"])


def test_other_tests_still_kill(bare_pytester: pytest.Pytester) -> None:
    """Also those of another module, after a test that was skipped."""
    bare_pytester.makepyfile(
        test_other="""
        import pytest

        @pytest.fixture(scope="module")
        def numbers():
            yield [1]

        def test_it(numbers, voipbin_client):
            assert "result" in voipbin_client.get("/calls").json()
            assert voipbin_client.get("/providercalls", params={"page_size": 101}).status_code == 400 or numbers
            response = voipbin_client.get("/calls")
            assert response.headers["X-Request-Id"].startswith("req_")
        """
    )
    _, found = run(bare_pytester, ONCE)
    assert {one["test"] for one in found["killed_by"].values()} == {"test_other.py::test_it"}
    assert "GW-REQID-01" in found["killed"] and found["not_repeatable"] == ["test_it.py::test_runs_once"]
