"""The HTML report in a browser: no gaps and no hidden columns on a phone, and accessible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from pytest_providercalls.contracts.rules import RULES
from pytest_providercalls.fake_server.session_totals import SessionTotals

from pytest_providercalls.analyses.run_records import RunRecord, RunRecords
from pytest_providercalls.reports.data import report_data
from pytest_providercalls.reports.html import page as html_page

NAMES = ["documented", "server-2026-04", "server-2026-08"]
TEST = "tests/test_dialer.py::test_an_unknown_provider_with_a_long_name_is_refused"


def report() -> str:
    """Return a report with an edition-dependent test and a surviving mutant."""
    records = RunRecords()
    records.tests[TEST] = RunRecord("documented", TEST, "failed")
    data = report_data(SessionTotals(), records, ["audit hook"], [])
    rules = list(RULES)[:3]
    causes = [{"rule": rule, "answers": dict.fromkeys(NAMES, "404 RESOURCE_NOT_FOUND")} for rule in rules]
    one = {"test": TEST, "outcomes": dict(zip(NAMES, ("passed", "failed", "failed"), strict=True))}
    data["editions"] = {
        "names": NAMES,
        "compared": 1,
        "stable": 0,
        "edition_dependent": [{**one, "differences": causes}],
        "uncovered_flags": [],
    }
    none: dict[str, Any] = {state: [] for state in ("killed", "equivalent", "undecided", "skipped", "not_repeatable")}
    # Axe takes five times as long for all 230 rows, which are alike.
    data["rules"] = dict(list(data["rules"].items())[:40])
    data["mutants"] = {**none, "survived": rules[:1], "ran": {rules[0]: [TEST, TEST]}}
    return html_page(data, "dialer")


@pytest.fixture
def opened(loop: Any, chromium: Browser, tmp_path: Path, look: dict[str, Any]) -> Any:
    """The report in a new window."""
    (tmp_path / "report.html").write_text(report(), encoding="utf-8")
    window = loop.run_until_complete(chromium.new_page(**look))
    loop.run_until_complete(window.goto((tmp_path / "report.html").as_uri()))
    yield window
    loop.run_until_complete(window.close())


@pytest.mark.parametrize("look", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
@pytest.mark.parametrize("id", ["editions", "mutants"])
async def test_a_row_has_no_gap_on_a_phone(opened: Page, id: str) -> None:
    region = opened.locator(f"#{id} .scroll").first
    assert await region.evaluate("region => region.scrollWidth <= region.clientWidth")
    first = region.locator("tbody tr > *").first
    box, row = await first.bounding_box(), await region.locator("tbody tr").first.bounding_box()
    assert box is not None and row is not None
    # A name that is broken after each few letters makes a row tall, and the rest of it empty.
    assert box["width"] > 300 and box["height"] < 60
    cells = await region.locator("tbody tr > *").all()
    heights = [(await cell.bounding_box() or {"height": 0})["height"] for cell in cells]
    assert abs(sum(heights) - row["height"]) < 30
    assert await opened.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("look", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
async def test_each_value_of_a_stacked_row_has_its_column(opened: Page) -> None:
    cells = opened.locator("#editions tbody tr > td")
    labels = [await cell.evaluate("cell => getComputedStyle(cell, '::before').content") for cell in await cells.all()]
    assert labels == [f'"{name}: "' for name in [*NAMES, "possible causes"]]
    await expect(opened.get_by_role("table", name="Tests whose outcome depends on the edition")).to_be_attached()


@pytest.mark.parametrize(
    "look",
    [
        {"color_scheme": "light", "viewport": {"width": 390, "height": 800}},
        {"color_scheme": "dark", "viewport": {"width": 1200, "height": 800}},
    ],
    indirect=True,
)
async def test_the_report_is_accessible(opened: Page) -> None:
    found = await Axe().run(opened)
    assert found.violations_count == 0, found.generate_report()
