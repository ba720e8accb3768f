"""The example project: its suite passes, and its showcase fails for the expected reasons."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DIALER = Path(__file__).parents[2] / "examples" / "dialer"


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="pytest 8 omits the transcript with --tb=line")
def test_the_demo_shows_the_expected_failures() -> None:
    command = [sys.executable, str(DIALER / "demo.py")]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    for phrase in (
        "refused by PC-TRB-01",
        "hint: Log in as a platform super-admin",
        "providercalls blocked socket.",
        "blocked attempts to reach the real VoIPbin: 1",
        "No phone rang",
    ):
        assert phrase in done.stdout


def test_the_suite_uses_only_public_fixtures() -> None:
    for path in DIALER.rglob("*.py"):
        assert "pytest_providercalls" not in path.read_text(), path
