"""The examples in docs/how-to/conformance.md run, and its tables match the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pytest_providercalls.contracts import CLIENT_RULES
from pytest_providercalls.contracts.conformance.client_driver import OPERATIONS
from pytest_providercalls.contracts.conformance.duplicate_calls import FAILURE_POINTS

ROOT = Path(__file__).parents[3]
PAGE, TOUR = ((ROOT / "docs" / name).read_text() for name in ("how-to/conformance.md", "tutorial/tour.md"))
# `py` and not `python`: tests/docs/test_pages.py runs functions, and these are test classes already.
BLOCKS = re.findall(r"^```py\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_examples_pass(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile("\n\n".join(BLOCKS))
    result = bare_pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", "-rs")
    outcomes = result.parseoutcomes()
    assert outcomes.keys() == {"passed", "skipped"}
    assert sum(outcomes.values()) == 3 * len(CLIENT_RULES) + 1
    result.stdout.fnmatch_lines(["*CLIENT-STATE-01: not run: the adapter does not define wait_until_done"])


@pytest.mark.parametrize("text", [PAGE, TOUR], ids=["page", "tour"])
def test_the_suite_takes_five_lines(text: str) -> None:
    lines = re.search(r"^class \w+\(ClientConformance\):.*?(?=^```)", text, re.DOTALL | re.MULTILINE)
    assert lines is not None
    assert len([line for line in lines[0].splitlines() if line.strip()]) == 5


def test_the_tables_match_the_code() -> None:
    operations = re.findall(r"^\| `(\w+\(client.*?\))` \| (.*) \|$", PAGE, re.MULTILINE)
    assert [f"{call}: {description}" for call, description in operations] == list(OPERATIONS.values())
    table = re.findall(r"^    [! ] (.+?)  +\d  +\d  (?:raised|returned)", PAGE, re.MULTILINE)
    assert table == [point.name for point in FAILURE_POINTS]
