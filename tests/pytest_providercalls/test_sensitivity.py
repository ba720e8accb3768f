"""Edition sensitivity: every test in every edition, and what those depend on that do not end alike."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from pytest_providercalls.contracts.editions import EDITIONS

from pytest_providercalls.analyses.edition_sensitivity import Sensitivity
from pytest_providercalls.analyses.run_records import RunRecord, RunRecords

SUITE = """
import pytest

def place(client, voipbin, **fields):
    body = {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": "+12025550143"}]}
    return client.post("/providercalls", json={**body, **fields})

@pytest.mark.parametrize("status", [400])
def test_unknown(voipbin, voipbin_client, status):
    answer = place(voipbin_client, voipbin, provider_id="f1f2f3f4-0000-4000-8000-00000000dead")
    assert answer.status_code == status

def test_placed(voipbin, voipbin_client):
    assert place(voipbin_client, voipbin).is_success

def test_dialled(voipbin, voipbin_client):
    voipbin.delete_provider(voipbin.provider.id)
    assert not place(voipbin_client, voipbin).is_success

@pytest.mark.providercalls(edition="server-2026-04")
def test_pinned(voipbin, voipbin_client):
    assert not place(voipbin_client, voipbin).is_success

def test_without_a_fake():
    pass
"""


@pytest.mark.parametrize(
    ("options", "names", "runs"),
    [
        (("--providercalls-editions", "-p", "xdist", "-n", "2"), list(EDITIONS), 11),
        (("--providercalls-editions=deployed,documented,deployed",), ["documented", "server-2026-08"], 8),
    ],
    ids=["xdist", "alone"],
)
def test_the_tests_that_depend_on_the_edition_are_named(
    alone: pytest.Pytester, options: tuple[str, ...], names: list[str], runs: int
) -> None:
    alone.makepyfile(test_suite=SUITE)
    reports = ("--providercalls-report=report.json", "--providercalls-report=page.html")
    result = alone.runpytest_subprocess("-p", "no:cacheprovider", *options, *reports)
    editions = json.loads(Path(alone.path, "report.json").read_text())["editions"]
    assert sum(result.parseoutcomes()[word] for word in ("passed", "failed")) == runs
    assert (sorted(editions["names"]), editions["compared"], editions["alike"]) == (sorted(names), 3, 1)
    dialled, unknown = editions["depends"]
    assert (dialled["test"], unknown["test"]) == ("test_suite.py::test_dialled", "test_suite.py::test_unknown[400]")
    expected = {name: "passed" if name == "documented" else "failed" for name in names}
    assert dialled["outcomes"] == unknown["outcomes"] == expected
    assert dialled["differences"][0]["rule"] == "PC-PRE-02"
    assert unknown["differences"][0]["rule"] == "PC-PRE-01"
    assert unknown["differences"][0]["answers"]["server-2026-08"] == "404 RESOURCE_NOT_FOUND"
    assert "no_answer_reason" in editions["other_points"] and "goto_honours_loop_count" not in editions["other_points"]
    result.stdout.fnmatch_lines(
        [
            "editions: of 3 tests in *, 1 end alike and 2 depend on the edition",
            "  test_suite.py::test_dialled: documented passed, *server-2026-08 failed",
            "    PC-PRE-02 The provider has not been soft-deleted*documented 400 INVALID_ARGUMENT, *is dialled]",
            "    and * more (-v names them)",
            "  test_suite.py::test_unknown[[]400]: documented passed*",
            "    PC-PRE-01 *",
        ]
    )
    page = Path(alone.path, "page.html").read_text()
    assert "What depends on the edition" in page and "1 of 3 tests end alike in" in page


def met(edition: str, outcome: str, apart: str, passed: str = "", refused: str = "") -> RunRecord:
    return RunRecord(edition, apart, outcome, {}, Counter(passed.split()), Counter(refused.split()))


def found(*runs: RunRecord) -> Sensitivity:
    meetings = RunRecords()
    meetings.tests = {f"{one.base_nodeid}[{one.edition}]": one for one in runs}
    return Sensitivity(meetings, ("documented", "server-2026-08"))


def test_what_refused_comes_first_then_what_few_others_met() -> None:
    study = found(
        met("server-2026-08", "failed", "red", "GW-TIME-01 PC-NEW-18 PC-PRE-04 PC-PRE-02", "PC-PRE-01"),
        met("documented", "passed", "red", "GW-TIME-01 PC-NEW-18 PC-PRE-04 PC-PRE-02", "PC-PRE-01"),
        met("documented", "passed", "green", "GW-TIME-01"),
        met("server-2026-08", "passed", "green", "GW-TIME-01"),
    )
    (dependence,) = study.dependences
    # PC-PRE-04 is the same in both editions; PC-PRE-02 would refuse in one of them, and did not.
    assert [one.rule for one in dependence.differences] == ["PC-PRE-01", "PC-NEW-18", "GW-TIME-01"]
    assert list(dependence.outcomes) == ["documented", "server-2026-08"]
    assert dependence.differences[2].answers == {
        "documented": "documented_times=True",
        "server-2026-08": "documented_times=False",
    }


def test_a_test_in_one_edition_only_is_not_judged() -> None:
    study = found(met("documented", "failed", "pinned", "PC-PRE-01"))
    assert (study.tests, study.dependences, study.failure_reason()) == ({}, [], "")
    assert list(study.terminal_lines(verbose=False)) == [
        "editions: of 0 tests in documented, server-2026-08, 0 end alike and 0 depend on the edition"
    ]
