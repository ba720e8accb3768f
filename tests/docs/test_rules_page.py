"""The page of rules is the catalogue's."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_providercalls.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--format", "md"]) == 0
    assert PAGE.read_text() == capsys.readouterr().out, "the catalogue has changed: run `make docs/rules.md`"
