"""All benchmarks, one after the other; what they find is written as a page of the documentation."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

import lives
import loopback
import machine
import peers
import records
import startup
import strategies
from tables import Goal, markdown, said, show

PARTS = (startup, peers, records, loopback, lives, machine, strategies)
LIBRARIES = (
    *("pytest-providercalls", "pytest", "httpx", "respx", "pydantic", "hypothesis", "pytest-httpx", "responses"),
    *("requests", "pytest-httpserver", "moto", "uvicorn", "httptools"),
)
SPENT = Path(__file__).with_name("spent.md")
"""What the time and the memory are spent on, in words."""


def page(path: Path) -> None:
    """Measure everything, and write the page."""
    begun = time.monotonic()
    tables, goals = [], []
    for part in PARTS:
        found = part.measure()
        show(found)
        tables += found.tables
        goals += found.goals
    seconds = time.monotonic() - begun
    head = ["# Performance", "", *_circumstances(seconds), "", "## Goals", "", *_goals(goals), "", SPENT.read_text()]
    path.write_text("\n".join([*head, "## Figures", "", markdown(tables), ""]))


def _circumstances(seconds: float) -> Iterator[str]:
    yield f"Made by `make bench` on {date.today()}, in {seconds:.0f} s. All figures are of one run, in which contenders"
    yield "take turns: another machine has other times, and much the same ratios."
    yield ""
    yield f"* Machine: {_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"
    yield f"* {platform.python_implementation()} {platform.python_version()}; " + ", ".join(
        f"{name} {version(name)}" for name in LIBRARIES
    )


def _processor() -> str:
    if os.path.exists("/proc/cpuinfo"):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        for name in (line.partition(":")[2].strip() for line in lines if line.startswith("model name")):
            return name
    return platform.processor() or platform.machine()


def _goals(goals: list[Goal]) -> Iterator[str]:
    yield "| goal | outcome |"
    yield "| --- | --- |"
    for goal in goals:
        yield f"| {goal.what} | {said(goal)} |"


if __name__ == "__main__":
    page(Path(sys.argv[1]))
