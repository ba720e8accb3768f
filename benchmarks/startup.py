"""The cost of a start: the plugin in pytest, a fake in Python, a dependency, a command, the inspector."""

from __future__ import annotations

import re
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
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
FAKE = "from pytest_providercalls.fake_server import FakeVoipbin"
INSPECTOR = f"""
import json
from pytest_providercalls.contracts.http import Request
{FAKE}
fake = FakeVoipbin()
tel = {{"type": "tel", "target": "+12025550143"}}
body = json.dumps({{"provider_id": fake.provider.id, "source": tel, "destinations": [tel]}}).encode()
headers = (("Authorization", f"Bearer {{fake.super_admin.token}}"),)
for _ in range(100):
    fake.handle(Request("POST", "/v1.0/providercalls", headers, body))
"""
FIRST_PAGE = """
from pytest_providercalls.fake_server.control.api import ControlApi
control = ControlApi(fake)
for path in ("/_fake/ui", "/_fake/ui/style.css", "/_fake/ui/app.js", "/_fake/overview"):
    assert control.respond(Request("GET", path, (("Host", "localhost"),))).response.status == 200
"""
AFTER_IMPORT = "import httpx, pydantic; pydantic.BaseModel"
STEPS = {
    "import FakeVoipbin, after httpx and pydantic": (AFTER_IMPORT, FAKE),
    "the inspector's first page, with 100 calls": (INSPECTOR, FIRST_PAGE),
    "the same page again": (INSPECTOR + FIRST_PAGE, FIRST_PAGE),
    "providercalls --help": (
        "import sys; sys.argv = ['providercalls', '--help']",
        "import contextlib; from pytest_providercalls.cli import main\nwith contextlib.suppress(SystemExit): main()",
    ),
    "import pytest": ("", "import pytest"),
    "import httpx": ("", "import httpx"),
    "import pydantic, and one model": ("", "import pydantic\nclass One(pydantic.BaseModel): x: int"),
    "import respx, after httpx": ("import httpx", "import respx"),
    "import jsonschema": ("", "import jsonschema"),
    "import hypothesis": ("", "import hypothesis"),
}
"""What is measured in a process of its own: the code before, and the code whose time counts."""


def imports() -> float:
    """Return the milliseconds spent importing our own modules after pytest."""
    code = "import pytest; import pytest_providercalls.plugin"
    command = [sys.executable, "-X", "importtime", "-c", code]
    # In another folder, because `-c` would import the sources instead of the installed package.
    done = subprocess.run(command, cwd=tempfile.gettempdir(), capture_output=True, text=True, check=True)
    return sum(int(match[1]) for match in OURS.finditer(done.stderr)) / 1000


def step(before: str, code: str) -> float:
    """Return the processor time of a piece of code in a new process in milliseconds."""
    lines = (before, "import sys, time; start = time.process_time()", code, "end = time.process_time() - start")
    done = subprocess.run(
        [sys.executable, "-c", "\n".join((*lines, "print(end * 1000, file=sys.stderr)"))],
        cwd=tempfile.gettempdir(),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stderr.splitlines()[-1])


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
    """Measure everything, interleaved."""
    own: list[float] = []
    found: dict[str, list[float]] = {name: [] for name in PLUGINS}
    steps: dict[str, list[float]] = {name: [] for name in STEPS}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        for _ in range(TURNS):
            own.append(imports())
            for name, plugins in PLUGINS.items():
                found[name].append(session(folder, *plugins))
            for name, (before, code) in STEPS.items():
                steps[name].append(step(before, code))
    costs = {name: statistics.median(times) for name, times in found.items()}
    bare = costs["pytest only"]
    rows = tuple((name, f"{cost:,.0f} ms", f"{cost - bare:+,.0f} ms") for name, cost in costs.items())
    note = f"a session with one empty test, processor time, medians of {TURNS} rounds"
    table = Table("Start of pytest", ("", "median", "difference to pytest only"), rows, note)
    return Results((table, _step_table(steps)), tuple(_goals(own, steps)))


def _step_table(steps: dict[str, list[float]]) -> Table:
    rows = tuple(
        (name, f"{statistics.median(times):,.1f} ms", f"{min(times):,.1f} ms") for name, times in steps.items()
    )
    note = f"each in a new process, processor time of {TURNS} rounds"
    return Table("Imports and first uses", ("", "median", "best"), rows, note)


def _goals(own: list[float], steps: dict[str, list[float]]) -> Iterator[Goal]:
    yield Goal(f"import of the plugin's own modules, best of {TURNS}", 5.0, min(own), "ms")
    yield Goal(
        "import of FakeVoipbin beyond httpx and pydantic, median",
        50.0,
        statistics.median(next(iter(steps.values()))),
        "ms",
    )


if __name__ == "__main__":
    show(measure())
