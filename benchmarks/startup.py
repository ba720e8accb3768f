"""What the plugin adds to the start of pytest: its own share of the imports, and a session with and without it."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OURS = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+pytest_providercalls")


def imports() -> float:
    """The time spent in our own modules while pytest's are there already, in milliseconds."""
    code = "import pytest; import pytest_providercalls.plugin"
    command = [sys.executable, "-X", "importtime", "-c", code]
    # Not from here: `-c` would find the sources in place of what is installed.
    done = subprocess.run(command, cwd=tempfile.gettempdir(), capture_output=True, text=True, check=True)
    return sum(int(match[1]) for match in OURS.finditer(done.stderr)) / 1000


def session(*options: str) -> float:
    """One session of one empty test, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        start = time.perf_counter()
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
        environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
        return (time.perf_counter() - start) * 1000


def main() -> None:
    own = statistics.median(imports() for _ in range(15))
    bare, loaded = [], []
    for _ in range(15):
        bare.append(session())
        loaded.append(session("-p", "pytest_providercalls.plugin"))
    without, with_plugin = statistics.median(bare), statistics.median(loaded)
    print("\nStart-up, medians of 15 interleaved runs")
    print(f"  import of the plugin's own modules   {own:8.1f} ms")
    print(f"  pytest, one empty test               {without:8.1f} ms")
    print(f"  the same with the plugin             {with_plugin:8.1f} ms  {with_plugin / without:6.2f} x without it")


if __name__ == "__main__":
    main()
