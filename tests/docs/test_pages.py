"""Every example in docs/ runs: the Python blocks of a page, together, are a test module."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[2] / "docs").glob("*.md"))


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.stem)
def test_a_page_is_green(pytester: pytest.Pytester, page: Path) -> None:
    code = "\n\n".join(blocks(page))
    pytester.makepyfile(code)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")
    result.assert_outcomes(passed=len(re.findall("^(?:async )?def test_", code, re.MULTILINE)))


def test_there_is_a_page_on_what_goes_wrong_and_one_on_flows() -> None:
    assert {"troubleshooting", "flows"} <= {page.stem for page in PAGES if blocks(page)}
