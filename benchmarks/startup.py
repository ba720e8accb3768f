"""The cost of the plugin at the start of pytest: its imports, and a session with and without it."""

from __future__ import annotations

import re
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tables import Goal, Results, Table, show

OURS = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+pytest_providercalls")
TURNS = 11
PLUGINS = {
    "pytest only": (),
    "with this plugin": ("pytest_providercalls.plugin",),
    "with the plugins of its dependencies": ("_hypothesis_pytestplugin", "respx.plugin", "anyio.pytest_plugin"),
    "with all of them": (
        "pytest_providercalls.plugin",
        "_hypothesis_pytestplugin",
        "respx.plugin",
        "anyio.pytest_plugin",
    ),
}
"""The sessions. pip installs the plugins of the dependencies with this one, and pytest loads all of them."""


def imports() -> float:
    """Return the milliseconds spent importing our own modules after pytest."""
    code = "import pytest; import pytest_providercalls.plugin"
    command = [sys.executable, "-X", "importtime", "-c", code]
    # In another folder, because `-c` would import the sources instead of the installed package.
    done = subprocess.run(command, cwd=tempfile.gettempdir(), capture_output=True, text=True, check=True)
    return sum(int(match[1]) for match in OURS.finditer(done.stderr)) / 1000


def session(folder: str, *plugins: str) -> float:
    """Return the processor time of a session with one empty test in milliseconds."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += [word for plugin in plugins for word in ("-p", plugin)]
    before = _child_time()
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    return (_child_time() - before) * 1000


def _child_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure() -> Results:
    """Measure both, interleaved."""
    own: list[float] = []
    found: dict[str, list[float]] = {name: [] for name in PLUGINS}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        for _ in range(TURNS):
            own.append(imports())
            for name, plugins in PLUGINS.items():
                found[name].append(session(folder, *plugins))
    costs = {name: statistics.median(times) for name, times in found.items()}
    bare = costs["pytest only"]
    rows = tuple((name, f"{cost:,.0f} ms", f"{cost - bare:+,.0f} ms") for name, cost in costs.items())
    note = f"a session with one empty test, processor time, medians of {TURNS} rounds"
    table = Table("Start of pytest", ("", "median", "difference to pytest only"), rows, note)
    return Results((table,), (Goal(f"import of the plugin's own modules, best of {TURNS}", 5.0, min(own), "ms"),))


if __name__ == "__main__":
    show(measure())
