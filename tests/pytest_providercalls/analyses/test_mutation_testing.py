"""Mutation testing: mutants are killed or survive, in one process and with xdist, and the results are reported."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_providercalls.analyses.mutation_testing import Mutant, Mutants, plan_runs
from pytest_providercalls.analyses.run_records import RunRecord, RunRecords
from pytest_providercalls.analyses.time_limit import MutantTimeout, time_limit

CONFTEST = """
import pathlib, pytest
from pytest_providercalls.analyses import reruns

reruns._GRACE_SECONDS = 0.5
HERE = pathlib.Path(__file__).parent

def note(text):
    with open(HERE / "fixtures.txt", "a") as file:
        file.write(text + "\\n")

@pytest.fixture(scope="session")
def session_fixture():
    note("session")
    yield []

@pytest.fixture(scope="module")
def module_fixture(session_fixture):
    session_fixture.append("module")
    yield
    session_fixture.pop()

@pytest.fixture
def body(session_fixture, module_fixture, voipbin):
    assert session_fixture == ["module"]
    session_fixture.append("function")
    yield {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
           "destinations": [{"type": "tel", "target": "+12025550143"}]}
    session_fixture.pop()
"""
SUITE = """
import logging, pytest, warnings

UNKNOWN = "f1f2f3f4-0000-4000-8000-00000000dead"

def test_that_kills(voipbin_client, body):
    refused = voipbin_client.post("/providercalls", json={**body, "destinations": []}).json()["error"]
    assert refused["message"].startswith("destinations is required")

def test_without_assertions(voipbin_client, body):
    warnings.warn("whatever", UserWarning)
    voipbin_client.post("/providercalls", json={**body, "provider_id": UNKNOWN})

def test_that_hangs(voipbin_client, body):
    while voipbin_client.delete(f"/providercalls/{UNKNOWN}").status_code != 404:
        pass

def test_that_fails(voipbin_client, body):
    assert voipbin_client.get("/flows").status_code == 404

@pytest.mark.xfail
def test_expected_to_fail(voipbin_client, body):
    assert voipbin_client.get("/me").status_code == 404

def test_whose_teardown_kills(voipbin_client, body, request):
    response = voipbin_client.get("/groupcalls")
    request.addfinalizer(lambda: response.headers["X-Request-Id"].index("req_"))
"""
SKIPPED = ["test_suite.py::test_expected_to_fail", "test_suite.py::test_that_fails"]


def run(bare_pytester: pytest.Pytester, *options: str) -> tuple[pytest.RunResult, dict[str, Any]]:
    bare_pytester.makepyfile(conftest=CONFTEST, test_suite=SUITE)
    plugins = ("-p", "xdist") if "-n" in options else ()
    report = ("--providercalls-report=report.json", "--providercalls-report=page.html")
    result = bare_pytester.runpytest_subprocess("-p", "no:cacheprovider", *plugins, *report, *options)
    return result, json.loads(Path(bare_pytester.path, "report.json").read_text())


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["single", "xdist"])
def test_survivors_are_listed(bare_pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    result, report = run(bare_pytester, "--providercalls-mutants", *options)
    # One test fails; the mutants do not change the outcomes of the session.
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=4, failed=1, xfailed=1)
    assert result.stdout.str().count("UserWarning: whatever") == 1
    found = report["mutants"]
    assert found["killed_by"]["PC-PRE-04"] == {"test": "test_suite.py::test_that_kills", "outcome": "failed"}
    assert found["killed_by"]["PC-DEL-05"] == {"test": "test_suite.py::test_that_hangs", "outcome": "timeout"}
    assert found["killed_by"]["GW-REQID-02"]["test"] == "test_suite.py::test_whose_teardown_kills"
    assert found["killed"] == sorted(found["killed_by"]) == ["GW-REQID-01", "GW-REQID-02", "PC-DEL-05", "PC-PRE-04"]
    assert "PC-PRE-01" in found["survived"] and not found["undecided"]
    assert found["ran"]["PC-PRE-01"] == ["test_suite.py::test_without_assertions"]
    assert found["skipped"] == SKIPPED
    covered = {id for id, rule in report["rules"].items() if {test["test"] for test in rule["tests"]} - set(SKIPPED)}
    assert covered == {id for state in ("killed", "survived", "equivalent") for id in found[state]}
    check_output(result, Path(bare_pytester.path, "page.html").read_text())
    # The counts are those of the normal run. Fixtures of the module and of the session outlive the tests.
    assert (report["tests"], report["requests"]) == (6, 6)
    assert Path(bare_pytester.path, "fixtures.txt").read_text().count("session") <= 8


def check_output(result: pytest.RunResult, page: str) -> None:
    result.stdout.fnmatch_lines(
        [
            "mutants: * rules mutated: * killed, * survived*",
            "  survived: PC-PRE-01 provider_id must be the id of an existing provider.",
            "    refused in test_suite.py::test_without_assertions",
            f"  skipped because they fail without mutations: {' '.join(SKIPPED)}",
        ]
    )
    assert "Surviving mutants" in page and "tests that covered it and still passed" in page


def test_a_strict_session_that_runs_out_of_time_fails(bare_pytester: pytest.Pytester) -> None:
    result, report = run(
        bare_pytester, "--providercalls-mutants=strict", "--providercalls-mutants-timeout=0", "-k", "without_assertions"
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, deselected=5)
    count = len(report["mutants"]["undecided"])
    assert count > 10
    result.stdout.fnmatch_lines(
        [
            f"mutants: {count} rules mutated: {count} undecided (not tested)",
            f"FAILED: --providercalls-mutants=strict: {count} mutants survived or are undecided",
        ]
    )


# sharing runs between workers

UNBALANCED = {
    "test_with": """
        import os, pytest, time
        from pathlib import Path

        @pytest.mark.parametrize("n", range(4))
        def test_it(voipbin, voipbin_client, n):
            time.sleep(0.02)
            voipbin_client.get("/calls")
            Path(__file__).with_name(os.environ["PYTEST_XDIST_WORKER"] + ".log").open("a").write("x")
    """,
    # It imports what the other file needs, so that its worker is not slower at its first run.
    "test_without": """
        import httpx
        from pytest_providercalls.fixtures import fake_fixture
        from pytest_providercalls.fake_server import FakeVoipbin
        from pytest_providercalls.fake_server.transports import httpx as _

        def test_it():
            FakeVoipbin().super_admin
    """,
}


def test_workers_share_the_runs_evenly(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(**UNBALANCED)
    options = ("-p", "xdist", "-n", "2", "--dist", "loadfile", "--providercalls-report=report.json")
    bare_pytester.runpytest_subprocess("-p", "no:cacheprovider", *options, "--providercalls-mutants").assert_outcomes(
        passed=5
    )
    ran = [len(path.read_text()) for path in bare_pytester.path.glob("gw*.log")]
    found = json.loads(Path(bare_pytester.path, "report.json").read_text())["mutants"]
    # Each worker ran many, and no test ran twice against a mutant. The others are the four of the normal run, and the
    # reruns with no rule broken: one in the worker that ran the test before, two in the other.
    assert len(ran) == 2 and min(ran) > 8
    assert all(len(set(tests)) == len(tests) for tests in found["ran"].values())
    assert sum(map(len, found["ran"].values())) == sum(ran) - 4 - 4 - 8
    assert {*map(len, found["ran"].values())} == {4}
    assert not found["undecided"] and len(found["survived"]) > 10


# the order of runs


def test_refused_tests_run_first_and_unlikely_kills_last() -> None:
    records = RunRecords()
    records.tests = {
        "passes": RunRecord("documented", passed=Counter(["PC-PRE-01", "PC-PRE-04", "PC-NEW-03"])),
        "refused": RunRecord("documented", refused=Counter(["PC-PRE-01"])),
        "fails": RunRecord("documented", outcome="failed", refused=Counter(["PC-PRE-04"])),
    }
    items: Any = [SimpleNamespace(nodeid=id) for id in records.tests]
    assert [(run.rule, run.item.nodeid) for run in plan_runs(items, records.tests)] == [
        ("PC-NEW-03", "passes"),
        ("PC-PRE-01", "refused"),
        ("PC-PRE-01", "passes"),
        ("PC-PRE-04", "passes"),
    ]


def test_a_mutant_is_equivalent_in_an_edition_without_the_rule() -> None:
    mutants = Mutants(RunRecords(), 60, strict=True)
    # The servers dial a deleted provider, with or without the mutation.
    mutants.mutants = {
        "PC-PRE-02": Mutant(ran=["t"], editions=["server-2026-08"]),
        "PC-PRE-04": Mutant(ran=["t"], editions=["server-2026-08"]),
        "PC-PRE-01": Mutant(ran=["t"], not_run=["u"], editions=["documented"]),
        "PC-PRE-05": Mutant(ran=["t"], not_run=["u"], killed_by="t", outcome="failed"),
    }
    assert mutants.states == {
        "PC-PRE-01": "undecided",
        "PC-PRE-02": "equivalent",
        "PC-PRE-04": "survived",
        "PC-PRE-05": "killed",
    }
    assert "2 mutants survived or are undecided" in mutants.failure_reason()


def test_results_of_other_processes_are_added() -> None:
    one = Mutant(ran=["a"], editions=["documented"])
    others = [Mutant("b", "timeout", ["b"], ["c", "d"], ["documented"], ["e"])]
    others += [Mutant("c", "failed", ["c"], ["b"], ["server-2026-04"])]
    for other in others:
        one.add(asdict(other))
    assert one == Mutant("b", "timeout", ["a", "b", "c"], ["d"], ["documented", "server-2026-04"], ["e"])


def test_an_endless_loop_is_interrupted_even_if_it_catches_everything() -> None:
    caught = 0
    with pytest.raises(MutantTimeout), time_limit(0.02):
        while True:
            try:
                while True:
                    pass
            except MutantTimeout:
                caught += 1
                if caught == 2:
                    raise


@pytest.mark.parametrize(
    "other_clock",
    [
        "time.sleep(3600)",
        "stack.enter_context(unittest.mock.patch('time.monotonic', lambda: 1e9))",
    ],
)
def test_the_time_limit_is_real(bare_pytester: pytest.Pytester, other_clock: str) -> None:
    bare_pytester.makepyfile(
        f"""
        import contextlib, time, unittest.mock, pytest

        @pytest.fixture
        def stack():
            with contextlib.ExitStack() as stack:
                yield stack

        def test_it(voipbin_client, voipbin_time, stack):
            assert voipbin_client.get("/flows").status_code == 200
            {other_clock}
        """
    )
    result = bare_pytester.runpytest_subprocess("--providercalls-mutants", "--providercalls-report=report.json")
    result.assert_outcomes(passed=1)
    assert not json.loads(Path(bare_pytester.path, "report.json").read_text())["mutants"]["undecided"]
