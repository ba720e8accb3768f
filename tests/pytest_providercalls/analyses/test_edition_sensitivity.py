"""Edition sensitivity: every test in every edition, and the causes of different outcomes."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import fields, replace
from pathlib import Path

import pytest
from pytest_providercalls.contracts.editions import EDITIONS, Edition
from pytest_providercalls.contracts.rule import Rule
from pytest_providercalls.contracts.rules import RULES

from pytest_providercalls.analyses import edition_sensitivity
from pytest_providercalls.analyses.edition_sensitivity import Sensitivity
from pytest_providercalls.analyses.run_records import RunRecord, RunRecords

from ...inner_sessions import run_session

SUITE = """
import pytest

def place(client, voipbin, **fields):
    body = {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": "+12025550143"}]}
    return client.post("/providercalls", json={**body, **fields})

@pytest.mark.parametrize("status", [400])
def test_unknown(voipbin, voipbin_client, status):
    response = place(voipbin_client, voipbin, provider_id="f1f2f3f4-0000-4000-8000-00000000dead")
    assert response.status_code == status

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
        (("--providercalls-editions", "-n", "2"), list(EDITIONS), 11),
        (("--providercalls-editions=deployed,documented,deployed",), ["documented", "server-2026-08"], 8),
    ],
    ids=["xdist", "single"],
)
def test_edition_dependent_tests_are_listed(
    bare_pytester: pytest.Pytester, options: tuple[str, ...], names: list[str], runs: int
) -> None:
    bare_pytester.makepyfile(test_suite=SUITE)
    reports = ("--providercalls-report=report.json", "--providercalls-report=page.html")
    result = run_session(bare_pytester, *options, *reports)
    editions = json.loads(Path(bare_pytester.path, "report.json").read_text())["editions"]
    assert sum(result.parseoutcomes()[word] for word in ("passed", "failed")) == runs
    assert (sorted(editions["names"]), editions["compared"], editions["stable"]) == (sorted(names), 3, 1)
    dialled, unknown = editions["edition_dependent"]
    assert (dialled["test"], unknown["test"]) == ("test_suite.py::test_dialled", "test_suite.py::test_unknown[400]")
    expected = {name: "passed" if name == "documented" else "failed" for name in names}
    assert dialled["outcomes"] == unknown["outcomes"] == expected
    assert dialled["differences"][0]["rule"] == "PC-PRE-02"
    assert unknown["differences"][0]["rule"] == "PC-PRE-01"
    assert unknown["differences"][0]["answers"]["server-2026-08"] == "404 RESOURCE_NOT_FOUND"
    assert "execution_limit" in editions["uncovered_flags"]
    # PC-TRB-04 stands for this flag.
    assert "no_answer_reason" not in editions["uncovered_flags"]
    assert not {"goto_honours_loop_count", "description"} & set(editions["uncovered_flags"])
    result.stdout.fnmatch_lines(
        [
            "editions: 3 tests run in *: 1 have the same outcome in all of them, 2 do not",
            "  test_suite.py::test_dialled: documented passed, *server-2026-08 failed",
            "    PC-PRE-02 The provider must not be deleted*documented 400 INVALID_ARGUMENT, *is dialled]",
            "    and * more (use -v to list them)",
            "  test_suite.py::test_unknown[[]400]: documented passed*",
            "    PC-PRE-01 *",
        ]
    )
    page = Path(bare_pytester.path, "page.html").read_text()
    assert "Edition-dependent tests" in page and "1 of 3 tests have the same outcome in" in page


def record(edition: str, outcome: str, base_nodeid: str, passed: str = "", refused: str = "") -> RunRecord:
    return RunRecord(edition, base_nodeid, outcome, {}, Counter(passed.split()), Counter(refused.split()))


def analyse(*runs: RunRecord) -> Sensitivity:
    records = RunRecords()
    records.tests = {f"{one.base_nodeid}[{one.edition}]": one for one in runs}
    return Sensitivity(records, ("documented", "server-2026-08"))


def test_refusals_come_first_then_rules_that_few_other_tests_exercised() -> None:
    sensitivity = analyse(
        record("server-2026-08", "failed", "dependent", "GW-TIME-01 PC-NEW-18 PC-PRE-04 PC-PRE-02", "PC-PRE-01"),
        record("documented", "passed", "dependent", "GW-TIME-01 PC-NEW-18 PC-PRE-04 PC-PRE-02", "PC-PRE-01"),
        record("documented", "passed", "stable", "GW-TIME-01"),
        record("server-2026-08", "passed", "stable", "GW-TIME-01"),
    )
    (test,) = sensitivity.edition_dependent_tests
    # PC-PRE-04 is the same in both editions; PC-PRE-02 could refuse in one of them, but did not.
    assert [one.rule for one in test.differences] == ["PC-PRE-01", "PC-NEW-18", "GW-TIME-01"]
    assert list(test.outcomes) == ["documented", "server-2026-08"]
    assert test.differences[2].answers == {
        "documented": "documented_timestamps=yes",
        "server-2026-08": "documented_timestamps=no",
    }


def test_a_test_in_only_one_edition_is_ignored() -> None:
    sensitivity = analyse(record("documented", "failed", "pinned", "PC-PRE-01"))
    assert (sensitivity.tests, sensitivity.edition_dependent_tests, sensitivity.failure_reason()) == ({}, [], "")
    assert list(sensitivity.terminal_lines(verbose=False)) == [
        "editions: 0 tests run in documented, server-2026-08: 0 have the same outcome in all of them, 0 do not"
    ]


def test_the_answers_contain_no_python_reprs() -> None:
    flags = [field.name for field in fields(Edition)]
    answers = [edition_sensitivity._answer(rule_of(flag), edition) for flag in flags for edition in EDITIONS]
    # The name of a topic has placeholders, such as {type}.
    assert not [answer for answer in answers if re.search(r"frozenset|True|False|None|[\"(]|\{(?![a-z]+\})", answer)]
    assert "sends_retry_after=yes" in answers


def rule_of(flag: str) -> Rule:
    return replace(RULES["PC-PRE-01"], edition_flag=flag)
