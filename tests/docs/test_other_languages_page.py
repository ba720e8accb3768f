"""The tables of docs/how-to/other-languages.md match the code; official_clients/test_page.py runs its programs."""

from __future__ import annotations

import re
from pathlib import Path

from pytest_providercalls.contracts.conformance.program_adapter import ARGUMENTS, CLOSE
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.env_vars import variables

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "other-languages.md").read_text()


def rows(header: str) -> list[list[str]]:
    """Return the cells of a table, without its header."""
    table = PAGE.partition(header)[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_the_operations_of_a_program_are_listed_with_their_arguments() -> None:
    listed = {
        operation: tuple(re.findall(r"^`(\w+)`", arguments))
        for operations, arguments, _ in rows("| operation | arguments | value |")
        for operation in re.findall(r"`(\w+)`", operations)
    }
    assert listed == {"operations": (), CLOSE: (), **ARGUMENTS}


def test_the_variables_of_a_child_process_are_listed() -> None:
    listed = {name for names, _ in rows("| variable | content |") for name in re.findall(r"`(\w+)`", names)}
    assert variables("", FakeVoipbin()).keys() < listed
