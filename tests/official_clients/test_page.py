"""The programs of docs/how-to/other-languages.md run with VoIPbin's own clients, in each edition."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from pytest_providercalls.contracts.editions import EDITIONS

from . import go_sdk, sources
from .sources import NotAvailable
from .world import world

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "other-languages.md").read_text()


def example(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def test_the_go_example(tmp_path: Path) -> None:
    try:
        checkout = sources.go_sdk(tmp_path)
    except NotAvailable as reason:
        pytest.skip(str(reason))
    program = tmp_path / "program"
    program.mkdir()
    binary = go_sdk.build(checkout, program, example("go"))
    for edition in EDITIONS:
        with world(edition) as opened:
            environment = {**os.environ, **opened.environment}
            done = subprocess.run([binary], env=environment, capture_output=True, text=True, timeout=60)
        assert (done.stdout, done.stderr) == ("200 OK canceling\n", "")


def test_the_vn_example(tmp_path: Path) -> None:
    try:
        binary = sources.vn(tmp_path)
    except NotAvailable as reason:
        pytest.skip(str(reason))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "vn").symlink_to(binary)
    for edition in EDITIONS:
        with world(edition) as opened:
            path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
            environment = {**os.environ, **opened.environment, "HOME": str(tmp_path), "PATH": path}
            command = ["sh", "-ec", example("sh")]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            assert opened.ids["call"] in done.stdout
