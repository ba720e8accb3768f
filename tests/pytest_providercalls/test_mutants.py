"""Mutants: rules broken in turn, the tests that met them run again, and what is said of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_providercalls.analyses.mutation_testing import Mutant, Mutants, MutantTimeout, _at_most, plan_runs
from pytest_providercalls.analyses.run_records import RunRecord, RunRecords
from pytest_providercalls.analyses.work_queue import FOLDER, LocalQueue, work_queue
from pytest_providercalls.reports.reporting_options import _studies

CONFTEST = """
import pathlib, pytest
import pytest_providercalls.analyses.mutation_testing as mutants

mutants._PATIENCE = 0.5
HERE = pathlib.Path(__file__).parent

def note(text):
    with open(HERE / "fixtures.txt", "a") as file:
        file.write(text + "\\n")

@pytest.fixture(scope="session")
def of_the_session():
    note("session")
    yield []

@pytest.fixture(scope="module")
def of_the_module(of_the_session):
    of_the_session.append("module")
    yield
    of_the_session.pop()

@pytest.fixture
def body(of_the_session, of_the_module, voipbin):
    assert of_the_session == ["module"]
    of_the_session.append("function")
    yield {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
           "destinations": [{"type": "tel", "target": "+12025550143"}]}
    of_the_session.pop()
"""
SUITE = """
import logging, pytest, warnings

UNKNOWN = "f1f2f3f4-0000-4000-8000-00000000dead"

def test_it_notices(voipbin_client, body):
    refused = voipbin_client.post("/providercalls", json={**body, "destinations": []}).json()["error"]
    assert refused["message"].startswith("destinations is required")

def test_it_does_not_care(voipbin_client, body):
    warnings.warn("whatever", UserWarning)
    voipbin_client.post("/providercalls", json={**body, "provider_id": UNKNOWN})

def test_it_never_ends(voipbin_client, body):
    while voipbin_client.delete(f"/providercalls/{UNKNOWN}").status_code != 404:
        pass

def test_it_fails(voipbin_client, body):
    assert voipbin_client.get("/flows").status_code == 404

@pytest.mark.xfail
def test_it_is_known_to_fail(voipbin_client, body):
    assert voipbin_client.get("/me").status_code == 404

def test_its_teardown_notices(voipbin_client, body, request):
    answer = voipbin_client.get("/groupcalls")
    request.addfinalizer(lambda: answer.headers["X-Request-Id"].index("req_"))
"""
LEFT_OUT = ["test_suite.py::test_it_fails", "test_suite.py::test_it_is_known_to_fail"]


def run(alone: pytest.Pytester, *options: str) -> tuple[pytest.RunResult, dict[str, Any]]:
    alone.makepyfile(conftest=CONFTEST, test_suite=SUITE)
    plugins = ("-p", "xdist") if "-n" in options else ()
    report = ("--providercalls-report=report.json", "--providercalls-report=page.html")
    result = alone.runpytest_subprocess("-p", "no:cacheprovider", *plugins, *report, *options)
    return result, json.loads(Path(alone.path, "report.json").read_text())


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_what_nobody_notices_is_listed(alone: pytest.Pytester, options: tuple[str, ...]) -> None:
    result, report = run(alone, "--providercalls-mutants", *options)
    # One test fails, and the fake that breaks rules changes nothing of that.
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=4, failed=1, xfailed=1)
    assert result.stdout.str().count("UserWarning: whatever") == 1
    found = report["mutants"]
    assert found["noticed_by"]["PC-PRE-04"] == {"test": "test_suite.py::test_it_notices", "how": "failed"}
    assert found["noticed_by"]["PC-DEL-05"] == {"test": "test_suite.py::test_it_never_ends", "how": "too long"}
    assert found["noticed_by"]["GW-REQID-02"]["test"] == "test_suite.py::test_its_teardown_notices"
    assert found["noticed"] == sorted(found["noticed_by"]) == ["GW-REQID-01", "GW-REQID-02", "PC-DEL-05", "PC-PRE-04"]
    assert "PC-PRE-01" in found["unnoticed"] and not found["undecided"]
    assert found["ran"]["PC-PRE-01"] == ["test_suite.py::test_it_does_not_care"]
    assert found["left_out"] == LEFT_OUT
    met = {id for id, rule in report["rules"].items() if {test["test"] for test in rule["tests"]} - set(LEFT_OUT)}
    assert met == {id for state in ("noticed", "unnoticed", "alike") for id in found[state]}
    check_told(result, Path(alone.path, "page.html").read_text())
    # Counts are those of the plain run; fixtures of a module and of the session outlive the tests.
    assert (report["tests"], report["requests"]) == (6, 6)
    assert Path(alone.path, "fixtures.txt").read_text().count("session") <= 8


def check_told(result: pytest.RunResult, page: str) -> None:
    result.stdout.fnmatch_lines(
        [
            "mutants: * rules broken in turn: * noticed, * not noticed*",
            "  not noticed: PC-PRE-01 provider_id names an existing provider.",
            "    refused in test_suite.py::test_it_does_not_care",
            f"  left out, since they do not pass: {' '.join(LEFT_OUT)}",
        ]
    )
    assert "Broken rules that nobody noticed" in page and "tests that met it, and passed all the same" in page


def test_a_strict_session_without_time_fails_and_says_so(alone: pytest.Pytester) -> None:
    result, report = run(
        alone, "--providercalls-mutants=strict", "--providercalls-mutants-seconds=0", "-k", "does_not_care"
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, deselected=5)
    count = len(report["mutants"]["undecided"])
    assert count > 10
    result.stdout.fnmatch_lines(
        [
            f"mutants: {count} rules broken in turn: {count} not noticed by the tests that there was time for",
            f"FAILED: --providercalls-mutants=strict: {count} broken rules were not noticed, or not in time",
        ]
    )


# who runs them

ONE_SIDED = {
    "test_with": """
        import os, pytest, time
        from pathlib import Path

        @pytest.mark.parametrize("n", range(4))
        def test_it(voipbin, voipbin_client, n):
            time.sleep(0.02)
            voipbin_client.get("/calls")
            Path(__file__).with_name(os.environ["PYTEST_XDIST_WORKER"] + ".log").open("a").write("x")
    """,
    # It imports what the others need, so that its worker has no more to do for its first turn.
    "test_without": """
        import httpx
        from pytest_providercalls import serving
        from pytest_providercalls.fake_server import FakeVoipbin
        from pytest_providercalls.fake_server.transports import httpx as _

        def test_it():
            FakeVoipbin().super_admin
    """,
}


def test_workers_share_alike_whoever_has_run_the_tests(alone: pytest.Pytester) -> None:
    alone.makepyfile(**ONE_SIDED)
    options = ("-p", "xdist", "-n", "2", "--dist", "loadfile", "--providercalls-report=report.json")
    alone.runpytest_subprocess("-p", "no:cacheprovider", *options, "--providercalls-mutants").assert_outcomes(passed=5)
    ran = [len(path.read_text()) for path in alone.path.glob("gw*.log")]
    found = json.loads(Path(alone.path, "report.json").read_text())["mutants"]
    # Each worker has run many, and no test ran twice against a mutant; the four more are those of the plain run.
    assert len(ran) == 2 and min(ran) > 4
    assert all(len(set(tests)) == len(tests) for tests in found["ran"].values())
    assert sum(map(len, found["ran"].values())) == sum(ran) - 4
    assert {*map(len, found["ran"].values())} == {4}
    assert not found["undecided"] and len(found["unnoticed"]) > 10


def test_who_waits_in_vain_goes_on(tmp_path: Path) -> None:
    worker = {FOLDER: str(tmp_path), "workerid": "gw0", "workercount": 2}
    own = {"a": RunRecord("documented", "a", seconds={"call": 0.5}, refused=Counter(["PC-PRE-01"]))}
    assert work_queue(worker).collect_records(own, 0) == own
    assert type(work_queue({**worker, FOLDER: str(tmp_path / "elsewhere")})) is type(work_queue(None)) is LocalQueue


def test_a_turn_is_claimed_once_and_what_one_notices_all_know(tmp_path: Path) -> None:
    one, two = (work_queue({FOLDER: str(tmp_path), "workerid": id, "workercount": 2}) for id in ("gw0", "gw1"))
    assert [one.claim("PC-PRE-01", "a"), two.claim("PC-PRE-01", "a"), two.claim("PC-PRE-01", "b")] == [
        True,
        False,
        True,
    ]
    assert one.is_claimed("PC-PRE-01", "b") and not one.is_claimed("PC-PRE-02", "b")
    one.mark_killed("PC-PRE-01")
    assert two.is_killed("PC-PRE-01") and not two.is_killed("PC-PRE-02")


# what is run first


def test_refusals_come_first_and_hopeless_ones_last() -> None:
    meetings = RunRecords()
    meetings.tests = {
        "passes": RunRecord("documented", passed=Counter(["PC-PRE-01", "PC-PRE-04", "PC-NEW-03"])),
        "refused": RunRecord("documented", refused=Counter(["PC-PRE-01"])),
        "red": RunRecord("documented", outcome="failed", refused=Counter(["PC-PRE-04"])),
    }
    items: Any = [SimpleNamespace(nodeid=id) for id in meetings.tests]
    assert [(turn.rule, turn.item.nodeid) for turn in plan_runs(items, meetings.tests)] == [
        ("PC-NEW-03", "passes"),
        ("PC-PRE-01", "refused"),
        ("PC-PRE-01", "passes"),
        ("PC-PRE-04", "passes"),
    ]


def test_a_rule_that_an_edition_does_not_keep_cannot_be_noticed_there() -> None:
    found = Mutants(RunRecords(), 60, strict=True)
    # The servers dial a deleted provider, broken or not.
    found.mutants = {
        "PC-PRE-02": Mutant(ran=["t"], editions=["server-2026-08"]),
        "PC-PRE-04": Mutant(ran=["t"], editions=["server-2026-08"]),
        "PC-PRE-01": Mutant(ran=["t"], not_run=["u"], editions=["documented"]),
        "PC-PRE-05": Mutant(ran=["t"], not_run=["u"], killed_by="t", outcome="failed"),
    }
    assert found.states == {
        "PC-PRE-01": "undecided",
        "PC-PRE-02": "alike",
        "PC-PRE-04": "unnoticed",
        "PC-PRE-05": "noticed",
    }
    assert "2 broken rules were not noticed" in found.failure_reason()


def test_what_another_process_found_is_added() -> None:
    one = Mutant(ran=["a"], editions=["documented"])
    one.add({"killed_by": "b", "how": "too long", "ran": ["b"], "left": ["c", "d"], "editions": ["documented"]})
    one.add({"killed_by": "c", "how": "failed", "ran": ["c"], "left": ["b"], "editions": ["server-2026-04"]})
    assert one == Mutant("b", "too long", ["a", "b", "c"], ["d"], ["documented", "server-2026-04"])


def test_work_without_end_is_interrupted_even_where_everything_is_caught() -> None:
    caught = 0
    with pytest.raises(MutantTimeout), _at_most(0.02):
        while True:
            try:
                while True:
                    pass
            except MutantTimeout:
                caught += 1
                if caught == 2:
                    raise


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"providercalls_mutants": "tests"}, "takes nothing or `=strict`, not 'tests'"),
        ({"providercalls_mutants": "report", "providercalls_mutants_seconds": "-1"}, "must be a number of seconds"),
        ({"providercalls_editions": "tests"}, "--providercalls-editions: there is no edition 'tests'"),
        ({"providercalls_editions": ""}, "--providercalls-editions: there is no edition ''"),
        ({"providercalls_editions": "deployed,server-2026-08"}, "names server-2026-08 only, and compares two or more"),
    ],
)
def test_an_option_that_took_something_else_is_told(options: dict[str, str], complaint: str) -> None:
    config: Any = SimpleNamespace(getoption=lambda name: options.get(name))
    with pytest.raises(pytest.UsageError, match=complaint):
        list(_studies(config, RunRecords()))
