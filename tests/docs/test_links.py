"""Links within the repository are valid, and the command line accepts the commands that pages show."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path

import pytest

from pytest_providercalls.cli import parse

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "tests" / "README.md"])
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    """Return a page without its code blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)


@cache
def anchors(page: Path) -> set[str]:
    """Return the anchors of a page, as GitHub and the site generate them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_links_are_valid(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        path, _, anchor = link.partition("#")
        if "://" not in link:
            target = (page.parent / path).resolve() if path else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


@each_page
def test_commands_are_valid(page: Path) -> None:
    for line in re.findall(r"^(?:    |\$ )(?:\$ )?providercalls (.*)$", page.read_text(), re.MULTILINE):
        command = shlex.split(line, comments=True)
        if command[0][-1] != ":":
            parse(command)
