"""Suggestions for misspelt names: one function and one wording for the whole project."""

from __future__ import annotations

from pathlib import Path

from pytest_providercalls.contracts.suggestions import suggestion

ROOT = Path(__file__).parents[2]
PACKAGES = ("contracts", "fake_server", "pytest_providercalls")


def test_the_most_similar_name_is_suggested() -> None:
    assert suggestion("busi", ["answers", "busy", "bus"]) == " (did you mean 'bus'?)"
    assert suggestion("x", ["answers", "busy"]) == ""
    assert suggestion(["busy"], {"busy": 1}) == " (did you mean 'busy'?)"
    assert suggestion("a" * 101, ["a" * 100]) == "", "comparing long texts takes long"


def test_no_other_module_words_its_own() -> None:
    modules = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    worded = {str(path.relative_to(ROOT)) for path in modules if "did you mean {" in path.read_text()}
    assert worded == {"contracts/suggestions.py"}
