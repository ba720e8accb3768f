"""The seed file and the script of docs/how-to/standalone-server.md work."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.seed_files import apply_seed, load

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "standalone-server.md").read_text()


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def test_the_seed_file_is_valid(tmp_path: Path) -> None:
    (seed,) = blocks(PAGE, "yaml")
    (tmp_path / "seed.yaml").write_text(seed)
    seeded = apply_seed(FakeVoipbin(), load(tmp_path / "seed.yaml"))
    assert (set(seeded.identities), set(seeded.providers), set(seeded.flows)) == (
        {"alice"},
        {"flaky", "gone"},
        {"greeting"},
    )


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_script_starts_and_stops_a_server(tmp_path: Path) -> None:
    (script,) = blocks(PAGE, "sh")
    script = script.replace("providercalls serve", f"{sys.executable} -m pytest_providercalls.cli serve")
    subprocess.run(["sh", "-ec", script], cwd=tmp_path, check=True, timeout=60, stderr=subprocess.DEVNULL)
    assert [path.name for path in tmp_path.iterdir()] == ["info.json"]
