"""What a session leaves behind: coverage of the contract in the terminal, as JSON, in JUnit's file and as a page."""

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
from pytest_providercalls.fake_server.world.session_totals import SessionTotals

from pytest_providercalls.analyses.run_records import RunRecord, RunRecords
from pytest_providercalls.reports.contract_coverage import ContractCoverage
from pytest_providercalls.reports.data import report_data
from pytest_providercalls.reports.files import write
from pytest_providercalls.reports.html import page

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
class Left:
    """What a session printed, and the files that it wrote."""

    folder: Path
    code: int | pytest.ExitCode
    output: str

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()


def session(alone: pytest.Pytester, code: str, *options: str) -> Left:
    alone.makepyfile(test_suite=code)
    plugins = ("-p", "xdist") if "-n" in options else ()
    result = alone.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", *plugins, *options)
    return Left(alone.path, result.ret, result.stdout.str() + result.stderr.str())


def test_a_session_leaves_all_of_it_behind(alone: pytest.Pytester) -> None:
    reports = ("--providercalls-report=out/report.json", "--providercalls-report=out/page.html")
    left = session(alone, SUITE, *reports, "--junitxml=junit.xml", "-n", "2")
    assert left.code == 1
    report = json.loads(left.read("out/report.json"))
    check_terminal(left.output, report)
    check_json(report)
    check_junit(ElementTree.parse(left.folder / "junit.xml"), report)
    check_page(left.read("out/page.html"))
    told = left.output + "".join(left.read(name) for name in ("out/report.json", "out/page.html", "junit.xml"))
    secrets = left.read("secrets.txt").splitlines()
    assert len(secrets) == 12
    assert not [secret for secret in secrets if secret in told]


def check_terminal(output: str, report: dict[str, Any]) -> None:
    coverage = report["coverage"]
    for line in (
        "placed on the fake: 1 call, by 3 requests of 4 tests; no phone rang",
        f"rules met: {coverage['met']} of {len(RULES)} ({coverage['percent']}%): 1 passed and refused, "
        f"0 refused only, {coverage['passed']} passed only",
        "  refused somewhere: PC-PRE-04",
        f"  refusals that no test has seen: {coverage['unseen']} (-v names them)",
        f"rules never met: {coverage['never']} (-v names them)",
        "attempts to reach the real VoIPbin, blocked: 1",
    ):
        assert line in output.splitlines()
    assert re.search(r"^  .*\bprovidercalls \d+/\d+.*; nothing of accesskeys, .*providers$", output, re.MULTILINE)


def check_json(report: dict[str, Any]) -> None:
    assert set(report["rules"]) == set(RULES)
    assert (report["tests"], report["requests"], report["calls_placed"]) == (4, 3, 1)
    rule = report["rules"]["PC-PRE-04"]
    assert (rule["met"], rule["passed"], rule["refused"], rule["group"]) == ("both", 1, 2, "providercalls")
    assert rule["statement"] == "There is at least one destination."
    assert rule["answers"]["server-2026-04"]["status"] == 400
    assert rule["tests"] == [
        {"test": "test_suite.py::test_failing", "passed": 0, "refused": 1},
        {"test": "test_suite.py::test_placed", "passed": 1, "refused": 0},
        {"test": REFUSED, "passed": 0, "refused": 1},
    ]
    assert report["rules"]["CL-GET-01"]["met"] == "never"
    assert report["tests_by_id"]["test_suite.py::test_failing"] == {"edition": "documented", "outcome": "failed"}
    assert [attempt.split(" from ")[0] for attempt in report["blocked"]] == ["api.voipbin.net:443"]
    assert any(layer.startswith("audit hook") for layer in report["guard"])
    counts = report["coverage"]
    assert counts["total"] == counts["met"] + counts["never"] == len(RULES)
    assert counts["met"] == counts["both"] + counts["refused"] + counts["passed"]
    for name in ("total", "met", "never", "unseen"):
        assert sum(group[name] for group in counts["groups"].values()) == counts[name]


def check_junit(junit: ElementTree.ElementTree, report: dict[str, Any]) -> None:
    suite = properties(junit.find("testsuite/properties"))
    assert suite["providercalls_rules_met"] == str(report["coverage"]["met"])
    assert (suite["providercalls_calls_placed"], suite["providercalls_attempts_blocked"]) == ("1", "1")
    tests = {case.get("name"): properties(case.find("properties")) for case in junit.iter("testcase")}
    assert tests[REFUSED.partition("::")[2]]["providercalls_refused"] == "PC-PRE-04"
    assert "PC-PRE-01" in tests["test_placed"]["providercalls_passed"].split()
    assert tests["test_attempt"] == {}


def properties(element: ElementTree.Element | None) -> dict[str, str]:
    return {} if element is None else {one.attrib["name"]: one.attrib["value"] for one in element}


class Page(HTMLParser):
    """A page's tags, addresses and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        self.ids += [value or "" for name, value in attrs if name == "id"]

    def handle_data(self, data: str) -> None:
        self.text += data


def check_page(text: str) -> None:
    seen = Page(text)
    assert seen.tags.count("script") == seen.tags.count("style") == 1
    assert not {"link", "img", "iframe"} & set(seen.tags)
    assert "url(" not in text and "@import" not in text
    assert all(address.startswith("#") for address in seen.addresses)
    assert set(RULES) <= set(seen.ids) and len(seen.ids) == len(set(seen.ids))
    for told in (REFUSED, "reads over the field `anonymus`", "api.voipbin.net:443 from", "audit hook, active"):
        assert told in seen.text
    assert all(rule.statement in seen.text and rule.source in seen.text for rule in RULES.values())


# what a threshold is held against


def test_too_few_rules_met_fail_a_green_session(alone: pytest.Pytester) -> None:
    alone.makeini("[pytest]\nprovidercalls_fail_under = 90\n")
    left = session(alone, SUITE.partition("@pytest")[0], "--providercalls-report=report.json")
    assert left.code == 1 and "1 passed" in left.output
    assert re.search(r"^FAILED: \d+ of \d+ rules were met, that is [\d.]+%: fewer than the 90%", left.output, re.M)
    report = json.loads(left.read("report.json"))
    assert [test["test"] for test in report["rules"]["PC-PRE-04"]["tests"]] == ["test_suite.py::test_placed"]


def test_a_report_that_cannot_be_written_fails_a_green_session_in_words(alone: pytest.Pytester) -> None:
    alone.mkdir("is_there.json")
    reports = ("--providercalls-report=is_there.json", "--providercalls-report=page.html")
    left = session(alone, "def test_it(voipbin): pass", *reports)
    assert left.code == 1
    assert f"FAILED: no report is written to {left.folder / 'is_there.json'}: Is a directory" in left.output
    assert f"report written to {left.folder / 'page.html'}" in left.output
    assert "is_there.json" not in "".join(line for line in left.output.splitlines() if "report written" in line)


def test_a_threshold_that_is_no_percentage_is_refused(alone: pytest.Pytester) -> None:
    left = session(alone, SUITE, "--providercalls-fail-under=101")
    assert left.code == pytest.ExitCode.USAGE_ERROR
    assert "providercalls_fail_under is '101'; it must be a percentage from 0 to 100" in left.output


def test_the_percentage_is_of_the_whole_catalogue_and_never_falls() -> None:
    tally = SessionTotals()
    percentages = [ContractCoverage.of(tally).percent]
    for group in ("providercalls", "calls"):
        tally.passed.update(list(ContractCoverage.of(tally).groups[group]))
        percentages.append(ContractCoverage.of(tally).percent)
    assert percentages == sorted(percentages) and percentages[0] == 0
    tally.refused.update(list(RULES))
    coverage = ContractCoverage.of(tally)
    assert (coverage.percent, coverage.shortfall(100)) == (100, "")


def test_a_refusal_is_unseen_only_where_there_could_be_one() -> None:
    tally = SessionTotals(passed=Counter(list(RULES)))
    for edition, unseen in (("documented", True), ("server-2026-08", False)):
        tally.editions = Counter([edition])
        assert ("PC-PRE-02" in ContractCoverage.of(tally).untested_refusals) is unseen


# whatever is in the report is text on the page


def page_that_says(text: str) -> str:
    """A page on which a text stands wherever one can."""
    tally = SessionTotals(client_warnings=Counter([text]), blocked=[text], passed=Counter(["PC-PRE-01"]))
    meetings = RunRecords()
    meetings.tests[text] = RunRecord("documented", text, passed=Counter(["PC-PRE-01"]))
    return page(report_data(tally, meetings, [text], []), text)


HARMLESS = Page(page_that_says("x"))
MARKUP = ("<script>", "</script>", "<!--", "-->", "</style>", "&lt;", '"', "'", "<img src=x onerror=y>", "]]>")


@settings(deadline=None, max_examples=5)
@given(st.lists(st.sampled_from(MARKUP), min_size=1, max_size=4).map("".join))
def test_nothing_that_is_reported_becomes_markup(text: str) -> None:
    shown = Page(page_that_says(text))
    assert (shown.tags, shown.addresses, shown.ids) == (HARMLESS.tags, HARMLESS.addresses, HARMLESS.ids)
    assert shown.text.count(text) >= 6


def test_what_no_file_can_hold_is_written_all_the_same(tmp_path: Path) -> None:
    write(
        [tmp_path / "new" / "page.html"], report_data(SessionTotals(blocked=["\ud800\x00"]), RunRecords(), [], []), "x"
    )
    assert "\\ud800" in (tmp_path / "new" / "page.html").read_text()
