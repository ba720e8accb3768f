"""The tables of docs/how-to/faults.md match the code. tests/docs/test_pages.py runs its examples."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_providercalls.contracts.rules import limits
from pytest_providercalls.fake_server.transports.faults import KINDS

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "faults.md").read_text()


def test_the_table_lists_every_fault_and_moment() -> None:
    rows = re.findall(r'^\| `"(\w+)".*?` \| (.*?) \|', PAGE, re.MULTILINE)
    assert {kind: re.findall(r"`(\w+)`", moments) for kind, moments in rows} == {
        kind: list(one.moments) for kind, one in KINDS.items()
    }


def test_the_table_lists_every_rate_limit() -> None:
    numbers = {
        float(number)
        for row in re.findall(r"^\| .*? \| ([0-9; ]+) \| ([0-9; ]+) \|$", PAGE, re.MULTILINE)
        for cell in row
        for number in cell.split("; ")
    }
    every = limits.ADDRESS, limits.CUSTOMER, limits.DIRECT, limits.DELEGATE, limits.AUTH
    assert numbers == {float(number) for limit in every for number in limit}
