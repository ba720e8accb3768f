"""Run every Python example in docs/. The blocks of a page form one test module."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
FEW = """
from hypothesis import HealthCheck, settings

options = {"max_examples": 20, "derandomize": True, "deadline": None}
settings.register_profile("few", suppress_health_check=[HealthCheck.too_slow], **options)
settings.load_profile("few")
"""
PAGES = {path.relative_to(DOCS).with_suffix("").as_posix(): path.read_text() for path in sorted(DOCS.rglob("*.md"))}


def code(page: str) -> str:
    return "\n\n".join(re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))


def module(name: str) -> str:
    return re.sub(r"\W", "_", name)


def test_every_example_passes(pytester: pytest.Pytester) -> None:
    """Run all pages in one session, with every plugin that is installed here."""
    pytester.makeconftest(FEW)
    modules = {module(name): code(page) for name, page in PAGES.items() if code(page)}
    pytester.makepyfile(**{f"test_{name}": text for name, text in modules.items()})
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error", "-v")
    assert result.ret == 0
    passed = set(re.findall(r"^test_(\w+)\.py::(\w+)\S* PASSED", result.stdout.str(), re.MULTILINE))
    assert passed == {
        (name, test)
        for name, text in modules.items()
        for test in re.findall(r"^(?:def|async def|class) ([Tt]est\w+|\w+Tests)", text, re.MULTILINE)
    }


def test_the_troubleshooting_and_flow_pages_have_examples() -> None:
    assert {"how-to/troubleshooting", "how-to/flows"} <= {name for name, page in PAGES.items() if code(page)}
