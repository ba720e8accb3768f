"""The summary on the HTML page: how many tests passed and failed, and what the parts of a bar mean."""

from __future__ import annotations

import re

import pytest
from pytest_providercalls.fake_server.session_totals import SessionTotals

from pytest_providercalls.analyses.run_records import RunRecord, RunRecords
from pytest_providercalls.reports.data import report_data
from pytest_providercalls.reports.html import page
from pytest_providercalls.reports.html_summary import BAR_PARTS, outcomes_tile


@pytest.mark.parametrize(
    ("outcomes", "number", "more", "mood"),
    [
        ({"passed": 3}, "3", "of 3 with a fake", "good"),
        ({"passed": 3, "failed": 1}, "3", "of 4 with a fake; 1 failed", "bad"),
        ({"failed": 2}, "0", "of 2 with a fake; 2 failed", "bad"),
        (
            {"xfailed": 1, "passed": 3, "skipped": 2},
            "3",
            "of 6 with a fake; 2 skipped, 1 xfailed",
            "good",
        ),
        ({}, "0", "of 0 with a fake", "plain"),
    ],
)
def test_the_tile_counts_the_tests_by_outcome(outcomes: dict[str, int], number: str, more: str, mood: str) -> None:
    assert outcomes_tile(outcomes) == ("Tests passed", number, more, mood)


def test_the_report_counts_the_tests_and_explains_the_bars() -> None:
    records = RunRecords()
    for number, outcome in enumerate(("passed", "passed", "failed")):
        records.tests[f"test_{number}"] = RunRecord("documented", f"test_{number}", outcome)
    data = report_data(SessionTotals(), records, [], [])
    assert data["outcomes"] == {"passed": 2, "failed": 1}
    text = page(data, "suite")
    assert re.search("Tests passed</span><strong>2</strong><span[^>]*>of 3 with a fake; 1 failed<", text)
    legend = re.search('<ul class="legend".*?</ul>', text)
    assert legend is not None
    for name, label in BAR_PARTS.items():
        assert f'"swatch {name}"' in legend[0] and f" {label}<" in legend[0]
    # Each part that a bar can have is in the legend, and has a colour.
    assert set(re.findall('<rect [^>]*class="([a-z]+)"', text)) == set(BAR_PARTS)
    assert all(f".swatch.{name} {{" in text and f".bar .{name} {{" in text for name in BAR_PARTS)


def test_each_answer_says_how_it_is_known() -> None:
    data = report_data(SessionTotals(), RunRecords(), [], [])
    ledger = data["rules"]["PC-PRE-04"]["ledger"]
    ledger["server-2026-04"] = {"basis": "run", "date": "2027-01-02", "commit": "abc"}
    ledger["server-2026-08"] = {"basis": "read", "sections": ["calls.md 1.4"], "remark": "changed since then"}
    row = page(data, "suite").partition('id="PC-PRE-04"')[2].partition(' id="')[0]
    assert '<td>documents<span class="more">tutorial: Prerequisites</span></td>' in row
    assert '<td>run<span class="more">2027-01-02</span></td>' in row
    assert '<td>read<span class="more">calls.md 1.4; changed since then</span></td>' in row
