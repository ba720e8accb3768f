"""Pages to be followed step by step are true: files are written, commands run, and print what is shown.

In such a page a block of Python begins with the name of its file, a diff with that of the file that it changes, and
what `$ pytest` prints has `...` for what is left out. Other commands, such as pip's, are not run.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
WALKS = ("tutorial/first-test", "how-to/respx")


def write(directory: Path, block: str) -> None:
    name, _, text = block.partition("\n")
    (directory / name.removeprefix("# ")).write_text(text)


def change(directory: Path, block: str) -> None:
    name, *lines = block.splitlines(keepends=True)
    file = directory / name.removeprefix("--- ").strip()
    old, new = ("".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +"))
    assert file.read_text().count(old) == 1, old
    file.write_text(file.read_text().replace(old, new))


def follow(alone: pytest.Pytester, block: str) -> None:
    command, _, printed = block.partition("\n")
    name, *arguments = command.removeprefix("$ ").split()
    if name != "pytest":
        return
    result = alone.runpytest_subprocess(*arguments)
    lines = [line.replace("[", "[[]").replace("...", "*") for line in printed.splitlines()]
    result.stdout.fnmatch_lines(lines, consecutive=False)


@pytest.mark.parametrize("name", WALKS)
def test_it_can_be_followed(alone: pytest.Pytester, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file that is changed within a second, to the same length, is not seen by a cache of bytecode.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    page = (DOCS / f"{name}.md").read_text()
    for language, block in re.findall(r"^```(py|diff|console)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        {"py": write, "diff": change}.get(language, lambda directory, text: follow(alone, text))(alone.path, block)
