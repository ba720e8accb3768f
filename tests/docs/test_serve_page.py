"""What the page about the stand-alone server shows is so."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.seed_files import apply_seed, load

SERVE = (Path(__file__).parents[2] / "docs" / "how-to" / "serve.md").read_text()


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def test_the_seed_file_can_be_planted(tmp_path: Path) -> None:
    (seed,) = blocks(SERVE, "yaml")
    (tmp_path / "seed.yaml").write_text(seed)
    world = apply_seed(FakeVoipbin(), load(tmp_path / "seed.yaml"))
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
