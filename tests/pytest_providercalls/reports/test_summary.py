"""The summary: quiet on request, scoped to resources, and what the deployed servers would have responded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ...inner_sessions import run_session

SUITE = """
import pytest

UNKNOWN = "f1f2f3f4-0000-4000-8000-00000000dead"

def place(client, voipbin, number="+12025550143", **fields):
    body = {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": number}]}
    return client.post("/providercalls", json={**body, **fields})
"""
UNKNOWN_PROVIDER = """
@pytest.mark.parametrize("n", [1, 2])
def test_unknown(voipbin, voipbin_client, n):
    assert not place(voipbin_client, voipbin, provider_id=UNKNOWN).is_success
"""
NO_ANSWER = """
def test_no_answer(voipbin, voipbin_client):
    call = voipbin.calls[place(voipbin_client, voipbin).json()["call_ids"][0]]
    call.hangup("no_answer")
    assert call.hangup_reason in ("no_answer", "noanswer")
"""
DIALLED = """
def test_deleted(voipbin, voipbin_client):
    voipbin.delete_provider(voipbin.provider.id)
    assert place(voipbin_client, voipbin).status_code == 400
"""
REJECTED = """
def test_rejected(voipbin, voipbin_client):
    voipbin.calls[place(voipbin_client, voipbin).json()["call_ids"][0]].reject(403)
"""
ACCEPTED = """
def test_it(voipbin, voipbin_client):
    place(voipbin_client, voipbin).raise_for_status()
"""
HEADING = "the deployed servers would have responded differently:"


def run(bare_pytester: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    bare_pytester.makepyfile(test_it=SUITE + code)
    return run_session(bare_pytester, "-W", "error", *options)


# what the deployed servers respond


DIFFERENCES = {
    "status": (
        UNKNOWN_PROVIDER,
        "  PC-PRE-01 provider_id must be the id of an existing provider.: 400 INVALID_ARGUMENT in the edition"
        " documented, 404 RESOURCE_NOT_FOUND on the deployed servers (2x)",
    ),
    "accepted": (
        DIALLED,
        "  PC-PRE-02 *: 400 INVALID_ARGUMENT in the edition documented, 200, the deleted provider is dialled on the"
        " deployed servers (1x)",
    ),
    "no-answer": (
        NO_ANSWER,
        "  hangup_reason of a call that nobody answered: no_answer in the edition documented, noanswer on the"
        " deployed servers (1x)",
    ),
    "rejected": (
        REJECTED,
        "  hangup_reason of a call that the carrier refused to authorise: failed in the edition documented,"
        " noanswer on the deployed servers (1x)",
    ),
}
"""A suite and the line that describes its difference, by the kind of difference."""


def assert_reported(result: pytest.RunResult, lines: list[str]) -> None:
    """Check that the session reports each of these differences once, and no other."""
    for line in lines:
        result.stdout.fnmatch_lines([HEADING, line, "  run `pytest --providercalls-editions` *"])
    output = result.stdout.str()
    assert (output.count(HEADING), output.count("on the deployed servers")) == (1, len(lines))


@pytest.mark.parametrize(("code", "line"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_a_different_response_is_reported_once(bare_pytester: pytest.Pytester, code: str, line: str) -> None:
    assert_reported(run(bare_pytester, code), [line])


def test_differences_of_workers_are_reported_once(bare_pytester: pytest.Pytester) -> None:
    codes, lines = zip(*DIFFERENCES.values(), strict=True)
    assert_reported(run(bare_pytester, "".join(codes), "-n", "2"), list(lines))


@pytest.mark.parametrize(
    ("code", "options"),
    [
        (ACCEPTED, ()),
        (UNKNOWN_PROVIDER + NO_ANSWER, ("--providercalls-edition=deployed",)),
        (UNKNOWN_PROVIDER + NO_ANSWER, ("--providercalls-editions",)),
    ],
    ids=["same", "deployed", "all"],
)
def test_nothing_is_reported_without_a_difference(
    bare_pytester: pytest.Pytester, code: str, options: tuple[str, ...]
) -> None:
    result = run(bare_pytester, code, *options)
    assert HEADING not in result.stdout.str()
    assert result.ret == pytest.ExitCode.OK


def test_the_report_has_the_differences(bare_pytester: pytest.Pytester) -> None:
    run(bare_pytester, NO_ANSWER, "--providercalls-report=report.json", "--providercalls-report=page.html")
    (text,) = json.loads(Path(bare_pytester.path, "report.json").read_text())["deployed_differences"]
    assert "no_answer in the edition documented, noanswer on the deployed servers" in text
    assert text in Path(bare_pytester.path, "page.html").read_text()


@pytest.mark.parametrize("end", ['hangup("no_answer")', "reject(480)"])
def test_the_right_edition_flag_is_blamed(bare_pytester: pytest.Pytester, end: str) -> None:
    code = NO_ANSWER.replace('in ("no_answer", "noanswer")', '== "no_answer"').replace('hangup("no_answer")', end)
    run(bare_pytester, code, "--providercalls-editions", "--providercalls-report=report.json")
    editions = json.loads(Path(bare_pytester.path, "report.json").read_text())["editions"]
    (test,) = editions["edition_dependent"]
    assert (test["differences"][0]["rule"], test["differences"][0]["edition_flag"]) == ("PC-TRB-04", "no_answer_reason")
    assert "AF-RUN-14" not in {one["rule"] for one in test["differences"]}
    assert "no_answer_reason" not in editions["uncovered_flags"]


# quiet


@pytest.mark.parametrize("options", [("-q",), ("-o", "providercalls_summary=quiet")], ids=["-q", "ini"])
def test_a_quiet_summary(bare_pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    result = run(bare_pytester, NO_ANSWER, *options)
    assert result.ret == pytest.ExitCode.OK
    assert "VoIPbin" not in result.stdout.str()


def test_a_quiet_summary_shows_failures_and_requested_analyses(bare_pytester: pytest.Pytester) -> None:
    options = ("-q", "--providercalls-fail-under=90", "--providercalls-editions=documented,deployed")
    result = run(bare_pytester, ACCEPTED, *options)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["editions: 1 tests run in *", "FAILED: rule coverage is *"])
    assert "by resource" not in result.stdout.str()


def test_an_unknown_summary_is_a_usage_error(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, ACCEPTED, "-o", "providercalls_summary=silent")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*providercalls_summary: expected `full` or `quiet`, got 'silent'*"])


# resources


def test_coverage_can_be_scoped_to_resources(bare_pytester: pytest.Pytester) -> None:
    options = ("--providercalls-resources=providercalls,calls", "--providercalls-report=report.json")
    result = run(bare_pytester, ACCEPTED, *options, "--providercalls-report=page.html", "--junit-xml=junit.xml")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["rule coverage: *", "  by resource: providercalls */*, calls */*"])
    report = json.loads(Path(bare_pytester.path, "report.json").read_text())
    assert list(report["coverage"]["groups"]) == ["providercalls", "calls"]
    assert report["coverage"]["percent"] > 20
    assert report["rules"]["GW-REQID-01"]["group"] == "gateway"
    percent = f'name="providercalls_rules_covered_percent" value="{report["coverage"]["percent"]}"'
    assert percent in Path(bare_pytester.path, "junit.xml").read_text()


@pytest.mark.parametrize(("resources", "fails"), [("providercalls", False), ("limits", True), ("", True)])
def test_fail_under_can_be_scoped_to_resources(bare_pytester: pytest.Pytester, resources: str, fails: bool) -> None:
    bare_pytester.makeini(f"[pytest]\nprovidercalls_fail_under = 35\nprovidercalls_resources = {resources}\n")
    result = run(bare_pytester, ACCEPTED)
    assert (result.ret == pytest.ExitCode.TESTS_FAILED) == fails
    if resources == "limits":
        result.stdout.fnmatch_lines(["FAILED: rule coverage of limits is 0.0% (0 of *), below the 35% required *"])


def test_an_unknown_resource_is_a_usage_error(bare_pytester: pytest.Pytester) -> None:
    result = run(bare_pytester, ACCEPTED, "--providercalls-resources=phones")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*providercalls_resources: unknown resource 'phones'; expected one of accesskeys, *"])


# sessions that run no test


@pytest.mark.parametrize("option", ["--setup-plan", "--setup-only", "--collect-only", "--fixtures"])
def test_a_session_that_runs_no_test_is_not_measured(bare_pytester: pytest.Pytester, option: str) -> None:
    result = run(bare_pytester, ACCEPTED, option, "--providercalls-fail-under=90", "--providercalls-report=report.json")
    assert result.ret == pytest.ExitCode.OK
    assert "rule coverage" not in result.stdout.str()
    assert not Path(bare_pytester.path, "report.json").exists()


# conformance


def test_the_reports_have_the_verdicts_of_the_conformance_suite(bare_pytester: pytest.Pytester) -> None:
    code = """
import httpx
from pytest_providercalls.contracts import ClientConformance

class TestDialer(ClientConformance):
    known_gaps = {"CLIENT-TIME-01": "DIAL-412"}

    def make_client(self, base_url, token):
        return httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=None)

    def place(self, client, body):
        return client.post("/providercalls", json=body).json()
"""
    reports = ("--providercalls-report=report.json", "--providercalls-report=page.html")
    result = run(bare_pytester, code, *reports, "-k", "TIME-01 or STATE-01 or SECRET-01 or ERR-01 or SEND")
    found = json.loads(Path(bare_pytester.path, "report.json").read_text())["conformance"]
    verdicts = {one["rule"]: (one["verdict"], one["reason"]) for one in found}
    assert {one["suite"] for one in found} == {"test_it.py::TestDialer"}
    assert verdicts["CLIENT-STATE-01"] == (
        "not run",
        "CLIENT-STATE-01: not run: the adapter does not define wait_until_done",
    )
    assert verdicts["CLIENT-TIME-01"] == ("known gap", "CLIENT-TIME-01: DIAL-412")
    assert "passed" in {verdict for verdict, _ in verdicts.values()}
    assert "Client conformance" in Path(bare_pytester.path, "page.html").read_text()
    result.stdout.fnmatch_lines(["client rules of test_it.py::TestDialer: * passed*1 known gap, 1 not run"])
