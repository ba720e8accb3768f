"""The example clients in TypeScript and Go comply with every client rule, in real time and in a network namespace."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
CONFORM = [sys.executable, "-m", "pytest_providercalls.cli", "conform", "--timeout", "4", "--format", "json"]


def verdicts(*command: str) -> dict[str, str]:
    """Return the verdict on each rule. No call may have been placed twice."""
    done = subprocess.run([*CONFORM, "--", *command], capture_output=True, text=True, timeout=600)
    report: dict[str, Any] = json.loads(done.stdout)
    found = {one["rule"]: one["verdict"] for one in report["rules"]}
    failed = [one["reason"] for one in report["rules"] if one["verdict"] == "failed"]
    assert not failed, "\n".join(failed)
    assert all(row["placed_calls"] <= row["expected_calls"] for row in report["sweep"])
    assert (done.returncode, report["attempts"]) == (0, [])
    return {rule: verdict for rule, verdict in found.items() if verdict != "passed"}


@pytest.mark.skipif(shutil.which("go") is None, reason="needs Go")
def test_the_go_client(tmp_path: Path) -> None:
    subprocess.run(["go", "build", "-o", tmp_path / "adapter", "./adapter"], cwd=EXAMPLES / "go", check=True)
    assert verdicts(str(tmp_path / "adapter")) == {"CLIENT-SECRET-03": "not run"}


def test_the_typescript_client() -> None:
    # The Node.js that Playwright installs runs TypeScript.
    driver = pytest.importorskip("playwright._impl._driver", reason="needs the Node.js of Playwright")
    node = str(driver.compute_driver_executable()[0])
    adapter = str(EXAMPLES / "typescript" / "adapter.mts")
    assert verdicts(node, "--experimental-strip-types", "--no-warnings", adapter) == {
        "CLIENT-CLOSE-01": "not run",
        "CLIENT-SECRET-03": "not run",
    }
