"""The reports of a session: contract coverage in the terminal, as JSON, in the JUnit file and as an HTML page."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts import RULES
from pytest_providercalls.fake_server.session_totals import SessionTotals

from pytest_providercalls.analyses.run_records import RunRecord, RunRecords
from pytest_providercalls.reports.contract_coverage import ContractCoverage
from pytest_providercalls.reports.data import report_data
from pytest_providercalls.reports.files import write
from pytest_providercalls.reports.html import page

from ...inner_sessions import run_session

SUITE = """
import pytest, socket

def place(client, voipbin, **fields):
    body = {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": "+12025550143"}]}
    return client.post("/providercalls", json={**body, **fields})

def test_placed(voipbin, voipbin_client):
    assert place(voipbin_client, voipbin, anonymus="yes").is_success

@pytest.mark.parametrize("kind", ["<script>alert(1)</script>"])
def test_refused(voipbin, voipbin_client, kind):
    assert place(voipbin_client, voipbin, destinations=[]).status_code == 400

def test_failing(voipbin, voipbin_client):
    assert place(voipbin_client, voipbin, destinations=[]).is_success

@pytest.mark.xfail
def test_attempt():
    socket.getaddrinfo("api.voipbin.net", 443)

def test_secrets(voipbin):
    for agent in voipbin.state.agents.values():
        with open("secrets.txt", "a") as file:
            file.write("\\n".join([agent.token, agent.accesskey, agent.password, ""]))
"""
REFUSED = "test_suite.py::test_refused[<script>alert(1)</script>]"


@dataclass
class Session:
    """The exit code, the output and the files of an inner session."""

    folder: Path
    code: int | pytest.ExitCode
    output: str

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()


def run(bare_pytester: pytest.Pytester, code: str, *options: str) -> Session:
    bare_pytester.makepyfile(test_suite=code)
    result = run_session(bare_pytester, "-W", "error", *options)
    return Session(bare_pytester.path, result.ret, result.stdout.str() + result.stderr.str())


def test_all_reports_agree_and_contain_no_secret(bare_pytester: pytest.Pytester) -> None:
    reports = ("--providercalls-report=out/report.json", "--providercalls-report=out/page.html")
    session = run(bare_pytester, SUITE, *reports, "--junitxml=junit.xml", "-n", "2")
    assert session.code == 1
    report = json.loads(session.read("out/report.json"))
    check_terminal(session.output, report)
    check_json(report)
    check_junit(ElementTree.parse(session.folder / "junit.xml"), report)
    check_page(session.read("out/page.html"))
    written = session.output + "".join(session.read(name) for name in ("out/report.json", "out/page.html", "junit.xml"))
    secrets = session.read("secrets.txt").splitlines()
    assert len(secrets) == 12
    assert not [secret for secret in secrets if secret in written]


def check_terminal(output: str, report: dict[str, Any]) -> None:
    coverage = report["coverage"]
    for line in (
        "fake VoIPbin: 4 tests sent 3 requests and placed 1 call; no phone rang",
        f"rule coverage: {coverage['covered']} of {len(RULES)} ({coverage['percent']}%): 1 passed and refused, "
        f"0 refused only, {coverage['passed']} passed only",
        "  rules that refused a request: PC-PRE-04",
        f"  refusals never tested: {coverage['untested_refusals']} (use -v to list them)",
        f"uncovered rules: {coverage['uncovered']} (use -v to list them)",
        "blocked attempts to reach the real VoIPbin: 1",
    ):
        assert line in output.splitlines()
    assert re.search(
        r"^  by resource: .*\bprovidercalls \d+/\d+.*; none: accesskeys, .*\bproviders\b", output, re.MULTILINE
    )


def check_json(report: dict[str, Any]) -> None:
    assert set(report["rules"]) == set(RULES)
    assert (report["tests"], report["requests"], report["calls_placed"]) == (4, 3, 1)
    rule = report["rules"]["PC-PRE-04"]
    assert (rule["coverage"], rule["passed"], rule["refused"], rule["group"]) == ("both", 1, 2, "providercalls")
    assert rule["statement"] == "At least one destination is required."
    assert rule["answers"]["server-2026-04"]["status"] == 400
    assert rule["tests"] == [
        {"test": "test_suite.py::test_failing", "passed": 0, "refused": 1},
        {"test": "test_suite.py::test_placed", "passed": 1, "refused": 0},
        {"test": REFUSED, "passed": 0, "refused": 1},
    ]
    assert report["rules"]["CL-GET-01"]["coverage"] == "uncovered"
    assert report["tests_by_id"]["test_suite.py::test_failing"] == {"edition": "documented", "outcome": "failed"}
    assert [attempt.split(" from ")[0] for attempt in report["blocked"]] == ["api.voipbin.net:443"]
    assert any(layer.startswith("audit hook") for layer in report["guard"])
    counts = report["coverage"]
    assert counts["total"] == counts["covered"] + counts["uncovered"] == len(RULES)
    assert counts["covered"] == counts["both"] + counts["refused"] + counts["passed"]
    for name in ("total", "covered", "uncovered", "untested_refusals"):
        assert sum(group[name] for group in counts["groups"].values()) == counts[name]


def check_junit(junit: ElementTree.ElementTree, report: dict[str, Any]) -> None:
    suite = properties(junit.find("testsuite/properties"))
    assert suite["providercalls_rules_covered"] == str(report["coverage"]["covered"])
    assert (suite["providercalls_calls_placed"], suite["providercalls_attempts_blocked"]) == ("1", "1")
    tests = {case.get("name"): properties(case.find("properties")) for case in junit.iter("testcase")}
    assert tests[REFUSED.partition("::")[2]]["providercalls_refused"] == "PC-PRE-04"
    assert "PC-PRE-01" in tests["test_placed"]["providercalls_passed"].split()
    assert tests["test_attempt"] == {}


def properties(element: ElementTree.Element | None) -> dict[str, str]:
    return {} if element is None else {one.attrib["name"]: one.attrib["value"] for one in element}


class Page(HTMLParser):
    """The tags, links, ids and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:
        self.text += data


def check_page(text: str) -> None:
    found = Page(text)
    assert found.tags.count("script") == found.tags.count("style") == 1
    assert not {"link", "img", "iframe"} & set(found.tags)
    assert "url(" not in text and "@import" not in text
    assert all(link.startswith("#") for link in found.links)
    assert set(RULES) <= set(found.ids) and len(found.ids) == len(set(found.ids))
    for part in (REFUSED, "ignores the field `anonymus`", "api.voipbin.net:443 from", "audit hook, active"):
        assert part in found.text
    assert all(rule.statement in found.text and rule.source in found.text for rule in RULES.values())


# failing a session


def test_low_coverage_fails_a_passing_session(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makeini("[pytest]\nprovidercalls_fail_under = 90\n")
    session = run(bare_pytester, SUITE.partition("@pytest")[0], "--providercalls-report=report.json")
    assert session.code == 1 and "1 passed" in session.output
    reason = r"rule coverage is [\d.]+% \(\d+ of \d+\), below the 90% required by providercalls_fail_under"
    assert re.search(f"^FAILED: {reason}$", session.output, re.M)
    report = json.loads(session.read("report.json"))
    assert [test["test"] for test in report["rules"]["PC-PRE-04"]["tests"]] == ["test_suite.py::test_placed"]


def test_a_report_that_cannot_be_written_fails_a_passing_session(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.mkdir("folder.json")
    reports = ("--providercalls-report=folder.json", "--providercalls-report=page.html")
    session = run(bare_pytester, "def test_it(voipbin): pass", *reports)
    assert session.code == 1
    assert f"FAILED: cannot write the report to {session.folder / 'folder.json'}: Is a directory" in session.output
    assert f"report written to {session.folder / 'page.html'}" in session.output
    assert "folder.json" not in "".join(line for line in session.output.splitlines() if "report written" in line)


def test_a_threshold_that_is_not_a_percentage_is_a_usage_error(bare_pytester: pytest.Pytester) -> None:
    session = run(bare_pytester, SUITE, "--providercalls-fail-under=101")
    assert session.code == pytest.ExitCode.USAGE_ERROR
    assert "providercalls_fail_under: expected a percentage from 0 to 100, got '101'" in session.output


def test_the_percentage_counts_the_whole_catalogue_and_never_decreases() -> None:
    totals = SessionTotals()
    percentages = [ContractCoverage.from_totals(totals).percent]
    for group in ("providercalls", "calls"):
        totals.passed.update(list(ContractCoverage.from_totals(totals).groups[group]))
        percentages.append(ContractCoverage.from_totals(totals).percent)
    assert percentages == sorted(percentages) and percentages[0] == 0
    totals.refused.update(list(RULES))
    coverage = ContractCoverage.from_totals(totals)
    assert (coverage.percent, coverage.failure_reason(100)) == (100, "")


def test_a_refusal_is_untested_only_if_an_edition_could_refuse() -> None:
    totals = SessionTotals(passed=Counter(list(RULES)))
    for edition, untested in (("documented", True), ("server-2026-08", False)):
        totals.editions = Counter([edition])
        assert ("PC-PRE-02" in ContractCoverage.from_totals(totals).untested_refusals) is untested


# everything in the report is text on the page


def page_with(text: str) -> str:
    """Return a page with a text in every place that takes one."""
    totals = SessionTotals(client_warnings=Counter([text]), blocked=[text], passed=Counter(["PC-PRE-01"]))
    records = RunRecords()
    records.tests[text] = RunRecord("documented", text, passed=Counter(["PC-PRE-01"]))
    return page(report_data(totals, records, [text], []), text)


HARMLESS = Page(page_with("x"))
MARKUP = ("<script>", "</script>", "<!--", "-->", "</style>", "&lt;", '"', "'", "<img src=x onerror=y>", "]]>")


@settings(deadline=None, max_examples=5)
@given(st.lists(st.sampled_from(MARKUP), min_size=1, max_size=4).map("".join))
def test_reported_text_never_becomes_markup(text: str) -> None:
    shown = Page(page_with(text))
    assert (shown.tags, shown.links, shown.ids) == (HARMLESS.tags, HARMLESS.links, HARMLESS.ids)
    assert shown.text.count(text) >= 6


def test_characters_that_cannot_be_encoded_are_escaped(tmp_path: Path) -> None:
    write(
        [tmp_path / "new" / "page.html"], report_data(SessionTotals(blocked=["\ud800\x00"]), RunRecords(), [], []), "x"
    )
    assert "\\ud800" in (tmp_path / "new" / "page.html").read_text()
