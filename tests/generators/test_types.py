"""The TypeScript of the examples and of the documentation has no type errors. Node.js runs it without a check."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from .toolchains import add_npm_packages, run

pytest.importorskip("openapi_python_client", reason="`make generators` has it")

REPOSITORY = Path(__file__).parents[2]
PAGES = [path for path in (REPOSITORY / "docs").rglob("*.md") if "```typescript" in path.read_text()]
TSC = ("npx", "tsc", "--noEmit", "--strict", "--noUncheckedIndexedAccess", "--skipLibCheck")
# Node.js only strips types: nothing else of TypeScript may be in the files.
RUN_BY_NODE = ("--erasableSyntaxOnly", "--verbatimModuleSyntax", "--allowImportingTsExtensions")
PLATFORM = ("--target", "es2022", "--module", "nodenext")


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the packages of npm."""
    folder = tmp_path_factory.mktemp("typescript")
    add_npm_packages(folder)
    return folder


def check(folder: Path, *files: str) -> None:
    run(folder, *TSC, *RUN_BY_NODE, *PLATFORM, *files)


def test_the_example_client(folder: Path) -> None:
    shutil.copytree(REPOSITORY / "examples" / "typescript", folder, dirs_exist_ok=True)
    check(folder, "adapter.mts", "dialer.mts")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_programs_of_a_page(folder: Path, page: Path) -> None:
    programs = re.findall(r"^```typescript\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
    for number, program in enumerate(programs):
        (folder / f"program{number}.mts").write_text(program)
    check(folder, *(path.name for path in folder.glob("program*.mts")))
