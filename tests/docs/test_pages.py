"""Every example in docs/ runs: the Python blocks of a page, together, are a test module."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[2] / "docs").glob("*.md"))


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)


def test_every_page_is_green(pytester: pytest.Pytester) -> None:
    """In one session, with all the plugins that are installed here, as a reader may have them."""
    pages = {page.stem: "\n\n".join(blocks(page)) for page in PAGES if blocks(page)}
    pytester.makepyfile(**{f"test_{name}": code for name, code in pages.items()})
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", "-v")
    passed = Counter(re.findall(r"^test_(\w+)\.py::\S+ PASSED", result.stdout.str(), re.MULTILINE))
    tests = {name: len(re.findall("^(?:async )?def test_", code, re.MULTILINE)) for name, code in pages.items()}
    assert passed == tests
    result.assert_outcomes(passed=sum(tests.values()))


def test_there_is_a_page_on_what_goes_wrong_and_one_on_flows() -> None:
    assert {"troubleshooting", "flows"} <= {page.stem for page in PAGES if blocks(page)}
