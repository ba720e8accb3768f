"""The page on security lists the outputs without credentials. Each is searched, by these sessions and tests."""

from __future__ import annotations

import re
from pathlib import Path

from .injection_sessions import MODES
from .injections import NAMED, SHOWN

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "security.md"
OUTPUTS = {
    "failures in each style": {"long", "short", "line", "native"},
    "local variables": {"--showlocals"},
    "the short summary": {"-rA"},
    "the summary of warnings": {"long"},
    "captured logs, live logs": {"--log-level=DEBUG", "log_cli=true", "--log-file=out/log.txt"},
    "ids of parametrised tests": {"-v"},
    "the JUnit file": {"--junitxml=out/junit.xml"},
    "the output of the workers": {"workers", "xdist"},
    "transcripts, ladders": {"test_no_text_of_a_fake_shows"},
    "the JSON report": {"--providercalls-report=out/report.json", "--providercalls-report=out/page.html"},
    "the log of": {"test_the_log_shows_no_secret"},
    "the journal, the overview": {"test_the_control_api_shows_no_secret", "test_the_inspector_receives_no_secret"},
    "the report of `guard`": {"test_a_sandbox_report_redacts_the_command"},
}
"""The beginning of each row of the table, and the options, sessions and tests that search the output."""


def test_each_output_of_the_page_is_searched() -> None:
    section = PAGE.read_text().partition("## Redaction")[2].partition("###")[0]
    rows = re.findall(r"^\| (?!output |---)(.+?) \|", section, re.MULTILINE)
    assert len(rows) == len(OUTPUTS) >= 12
    assert all(row.startswith(start) for row, start in zip(rows, OUTPUTS, strict=True))
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__))
    searched = {*MODES, *(option for options in MODES.values() for option in options)}
    assert [
        one for names in OUTPUTS.values() for one in names if one not in searched and f"def {one}" not in tests
    ] == []


def test_the_page_counts_the_places_and_encodings() -> None:
    numbers = re.search(
        r"at each of (\d+) places that name it, and\s+secrets that ten .* in (\w+) encodings", PAGE.read_text()
    )
    assert numbers is not None
    assert numbers.groups() == (str(len(NAMED)), {9: "nine"}[len(SHOWN)])
