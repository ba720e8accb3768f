"""Follow the step-by-step pages: write the files, run the commands, and compare the output.

In such a page, each Python block starts with its file name, and each diff with the name of the file that it changes.
In the output of `$ pytest`, `...` stands for omitted text. Other commands, such as pip, are not run.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
WALKS = (
    "index",
    "tutorial/first-test",
    "how-to/property-tests",
    "how-to/races",
    "how-to/respx",
    "how-to/state-machines",
)


def write(directory: Path, block: str) -> None:
    name, _, text = block.partition("\n")
    (directory / name.removeprefix("# ")).write_text(text)


def change(directory: Path, block: str) -> None:
    name, *lines = block.splitlines(keepends=True)
    file = directory / name.removeprefix("--- ").strip()
    old, new = ("".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +"))
    assert file.read_text().count(old) == 1, old
    file.write_text(file.read_text().replace(old, new))


def follow(bare_pytester: pytest.Pytester, block: str) -> None:
    command, _, printed = block.partition("\n")
    name, *arguments = command.removeprefix("$ ").split()
    if name != "pytest":
        return
    result = bare_pytester.runpytest_inprocess(*arguments)
    # Before the lines of an exception, pytest prints `E`.
    lines = [line.replace("[", "[[]").replace("...", "*").replace("    ", "*", 1) for line in printed.splitlines()]
    result.stdout.fnmatch_lines(lines, consecutive=False)


@pytest.mark.parametrize("name", WALKS)
def test_the_steps_work(bare_pytester: pytest.Pytester, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The bytecode cache would miss a change within the same second that keeps the file's length.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    # Hypothesis then tries the same examples each time, without a deadline.
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PYTEST_PLUGINS", "pytest_providercalls.plugin,_hypothesis_pytestplugin")
    page = (DOCS / f"{name}.md").read_text()
    for language, block in re.findall(r"^```(py|diff|console)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        {"py": write, "diff": change}.get(language, lambda directory, text: follow(bare_pytester, text))(
            bare_pytester.path, block
        )
