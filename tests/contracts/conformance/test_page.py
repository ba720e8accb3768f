"""What docs/how-to/conformance.md shows runs, and its tables are the code's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pytest_providercalls.contracts import CLIENT_RULES
from pytest_providercalls.contracts.conformance.client_driver import OPERATIONS
from pytest_providercalls.contracts.conformance.duplicate_calls import FAILURE_POINTS

ROOT = Path(__file__).parents[3]
PAGE, README = ((ROOT / name).read_text() for name in ("docs/how-to/conformance.md", "README.md"))
# `py` and not `python`: tests/docs/test_pages.py counts functions, and these are classes that have tests already.
BLOCKS = re.findall(r"^```py\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_page_is_green(alone: pytest.Pytester) -> None:
    alone.makepyfile("\n\n".join(BLOCKS))
    result = alone.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", "-rs")
    outcomes = result.parseoutcomes()
    assert outcomes.keys() == {"passed", "skipped"}
    assert sum(outcomes.values()) == 3 * len(CLIENT_RULES) + 1
    result.stdout.fnmatch_lines(["*CLIENT-STATE-01: not judged: the adapter does not offer wait_until_done"])


@pytest.mark.parametrize("text", [PAGE, README], ids=["page", "readme"])
def test_five_lines_are_five_lines(text: str) -> None:
    """tests/docs/test_readme.py runs those of the README, in an empty directory."""
    lines = re.search(r"^class \w+\(ClientConformance\):.*?(?=^```)", text, re.DOTALL | re.MULTILINE)
    assert lines is not None
    assert len([line for line in lines[0].splitlines() if line.strip()]) == 5


def test_the_tables_are_the_codes() -> None:
    operations = re.findall(r"^\| `(\w+\(client.*?\))` \| (.*) \|$", PAGE, re.MULTILINE)
    assert [f"{call}: {does}" for call, does in operations] == list(OPERATIONS.values())
    table = re.findall(r"^    [! ] (.+?)  +\d  +\d  is told", PAGE, re.MULTILINE)
    assert table == [cut.name for cut in FAILURE_POINTS]
