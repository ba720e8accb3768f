"""Run the examples of docs/how-to/stateful-testing.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "stateful-testing.md").read_text()


def test_the_examples_pass(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("\n\n".join(re.findall(r"^```py\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error")
    result.assert_outcomes(passed=3)
