"""What the pages about the command line and about children show is so."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.seeding import plant, read

from pytest_providercalls.cli import COMMANDS

DOCS = Path(__file__).parents[2] / "docs" / "how-to"
SERVE, CHILDREN, CHECK, MOCKS = (
    (DOCS / name).read_text() for name in ("serve.md", "children.md", "check.md", "mocks.md")
)
PAGES = {"check": CHECK, "guard": CHILDREN, "lint-mocks": MOCKS}
"""Where a command's options are told of, if not with `serve`."""


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def test_the_seed_file_can_be_planted(tmp_path: Path) -> None:
    (seed,) = blocks(SERVE, "yaml")
    (tmp_path / "seed.yaml").write_text(seed)
    world = plant(FakeVoipbin(), read(tmp_path / "seed.yaml"))
    assert (set(world.identities), set(world.providers), set(world.flows)) == (
        {"alice"},
        {"flaky", "gone"},
        {"greeting"},
    )


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_script_starts_and_stops_a_server(tmp_path: Path) -> None:
    (script,) = blocks(SERVE, "sh")
    script = script.replace("providercalls serve", f"{sys.executable} -m pytest_providercalls.cli serve")
    subprocess.run(["sh", "-ec", script], cwd=tmp_path, check=True, timeout=60, stderr=subprocess.DEVNULL)
    assert [path.name for path in tmp_path.iterdir()] == ["world.json"]


def test_every_command_and_option_is_told_of() -> None:
    for command in COMMANDS:
        parser = argparse.ArgumentParser(add_help=False)
        import_module(f"pytest_providercalls.cli.{command.replace('-', '_')}").arguments(parser)
        assert f"`providercalls {command}" in SERVE
        told = PAGES.get(command, SERVE)
        options = [option for action in parser._actions for option in action.option_strings]
        assert [option for option in options if option not in told and command != "demo"] == []
