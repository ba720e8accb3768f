"""The CI workflows: they are valid, need few permissions, and call existing targets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT

yaml = pytest.importorskip("yaml")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"(\./\.github/workflows/[\w-]+\.yml|[\w.-]+/[\w.-]+@[0-9a-f]{40})")
TARGET = re.compile(r"^([\w./ %-]+):(?!=)", re.MULTILINE)

pytestmark = pytest.mark.skipif(not WORKFLOWS, reason="a source distribution has no workflows")
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def parsed(path: Path) -> dict[Any, Any]:
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return workflow


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in parsed(path)["jobs"].values() for step in job.get("steps", [job])]


@each_workflow
def test_it_calls_only_targets_of_the_makefile(path: Path) -> None:
    targets = {name for line in TARGET.findall((ROOT / "Makefile").read_text("utf-8")) for name in line.split()}
    called = {name for step in steps(path) for name in re.findall(r"\bmake (\w[\w-]*)", step.get("run", ""))}
    assert called <= targets


@each_workflow
def test_every_action_is_pinned(path: Path) -> None:
    assert [step["uses"] for step in steps(path) if "uses" in step and not PINNED.fullmatch(step["uses"])] == []


@each_workflow
def test_permissions_are_minimal(path: Path) -> None:
    workflow = parsed(path)
    assert workflow["permissions"] == {"contents": "read"}
    extra = {name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job}
    assert extra == ({"publish": {"id-token": "write"}} if path.stem == "release" else {})
    assert "secrets." not in path.read_text("utf-8")


@each_workflow
def test_no_expression_is_inserted_into_a_shell_command(path: Path) -> None:
    assert [step["run"] for step in steps(path) if "${{" in step.get("run", "")] == []


def test_every_python_in_the_classifiers_is_tested() -> None:
    pythons = re.findall(r":: Python :: (3\.\d+)\"", (ROOT / "pyproject.toml").read_text("utf-8"))
    jobs = parsed(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
    assert [jobs[name]["strategy"]["matrix"]["python"] for name in ("test", "matrix")] == [pythons, pythons]
