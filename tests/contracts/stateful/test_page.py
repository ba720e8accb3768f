"""Run the examples of docs/how-to/stateful-testing.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "stateful-testing.md").read_text()

FEW = "import hypothesis\nhypothesis.settings.register_profile('few', max_examples=10)"
"""A profile that takes a tenth of the time."""


def test_the_examples_pass(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makeconftest(FEW)
    bare_pytester.makepyfile("\n\n".join(re.findall(r"^```py\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)))
    options = ("-p", "hypothesispytest", "--hypothesis-profile", "few")
    result = bare_pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", *options)
    result.assert_outcomes(passed=3)
