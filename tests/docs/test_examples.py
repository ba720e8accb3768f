"""The downstream repository in miniature: its suite is green, its showcase fails for the right reasons."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DIALER = Path(__file__).parents[2] / "examples" / "dialer"


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="pytest 8 leaves the story out where it is told --tb=line")
def test_the_demo_shows_what_it_says() -> None:
    command = [sys.executable, str(DIALER / "demo.py")]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    for phrase in (
        "refused by PC-TRB-01",
        "what to do: Log in as a platform super-admin",
        "is guarded; socket.",
        "attempts to reach the real VoIPbin, blocked: 1",
        "No phone rang",
    ):
        assert phrase in done.stdout


def test_the_suite_uses_only_the_public_surface() -> None:
    for path in DIALER.rglob("*.py"):
        assert "pytest_providercalls" not in path.read_text(), path
