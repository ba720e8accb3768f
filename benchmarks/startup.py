"""What the plugin adds to the start of pytest: its own share of the imports, and a session with and without it."""

from __future__ import annotations

import re
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tables import Found, Goal, Table, show

OURS = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+pytest_providercalls")
TURNS = 11
PLUGINS = {
    "pytest alone": (),
    "with this plugin": ("pytest_providercalls.plugin",),
    "with the plugins of its dependencies": ("_hypothesis_pytestplugin", "respx.plugin", "anyio.pytest_plugin"),
    "with all of them": (
        "pytest_providercalls.plugin",
        "_hypothesis_pytestplugin",
        "respx.plugin",
        "anyio.pytest_plugin",
    ),
}
"""The sessions; pip installs the dependencies' plugins together with this one, and pytest loads them all."""


def imports() -> float:
    """The time spent in our own modules while pytest's are there already, in milliseconds."""
    code = "import pytest; import pytest_providercalls.plugin"
    command = [sys.executable, "-X", "importtime", "-c", code]
    # Not from here: `-c` would find the sources in place of what is installed.
    done = subprocess.run(command, cwd=tempfile.gettempdir(), capture_output=True, text=True, check=True)
    return sum(int(match[1]) for match in OURS.finditer(done.stderr)) / 1000


def session(folder: str, *plugins: str) -> float:
    """The processor's time for one session of one empty test, in milliseconds."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += [word for plugin in plugins for word in ("-p", plugin)]
    before = _of_children()
    environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    return (_of_children() - before) * 1000


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure() -> Found:
    """Both, in turns."""
    own: list[float] = []
    found: dict[str, list[float]] = {name: [] for name in PLUGINS}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        for _ in range(TURNS):
            own.append(imports())
            for name, plugins in PLUGINS.items():
                found[name].append(session(folder, *plugins))
    costs = {name: statistics.median(times) for name, times in found.items()}
    bare = costs["pytest alone"]
    rows = tuple((name, f"{cost:,.0f} ms", f"{cost - bare:+,.0f} ms") for name, cost in costs.items())
    note = f"a session of one empty test, processor time, medians of {TURNS} turns"
    table = Table("The start of pytest", ("", "median", "beyond pytest alone"), rows, note)
    return Found((table,), (Goal(f"import of the plugin's own modules, the best of {TURNS}", 5.0, min(own), "ms"),))


if __name__ == "__main__":
    show(measure())
