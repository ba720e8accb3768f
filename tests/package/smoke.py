"""Smoke test of an installed package without extras. Exits with a message if something is wrong."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

EXTRAS = ("uvicorn", "httptools", "trustme", "yaml")
SUITE = """
import socket
import httpx, pytest

def test_a_call(voipbin):
    body = {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": "+12025550143"}]}
    url = "https://api.voipbin.net/v1.0/providercalls"
    httpx.post(url, params={"token": voipbin.super_admin.token}, json=body).raise_for_status()
    voipbin.assert_placed(1, destination="+12025550143")

def test_an_extra_is_missing(voipbin_server):
    pass
"""
EXPECTED = ("1 passed, 1 error", "pip install 'pytest-providercalls[server]'", "placed 1 call; no phone rang")


def main() -> str | None:
    assert not [name for name in EXTRAS if find_spec(name)], "extras are installed"
    with TemporaryDirectory() as folder:
        Path(folder, "test_first.py").write_text(SUITE, encoding="utf-8")
        options = ("-p", "no:cacheprovider", "-W", "error", "--providercalls-report=page.html")
        tests = _run(folder, "pytest", *options)
        assert Path(folder, "page.html").stat().st_size, "the report is empty"
        rules = _run(folder, "pytest_providercalls.cli", "rules", "--format", "json")
    missing = [text for text in EXPECTED if text not in tests] + ["PC-PRE-02"] * ("PC-PRE-02" not in rules)
    return f"{tests}\nMissing: {missing}" if missing else None


def _run(folder: str, *module: str) -> str:
    return subprocess.run([sys.executable, "-m", *module], cwd=folder, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
