"""The configuration shown in docs/how-to/ci.md works unchanged."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest
import yaml
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.asgi_app import FakeApp
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer

from pytest_providercalls.cli import parse

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "ci.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_pytest_accepts_the_settings(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyprojecttoml(*blocks("toml"))
    bare_pytester.makepyfile(
        """
        def test_it(voipbin, voipbin_client):
            body = {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
                    "destinations": [{"type": "tel", "target": "+12025550143"}]}
            voipbin_client.post("/providercalls", json=body).raise_for_status()
        """
    )
    result = bare_pytester.runpytest_subprocess("-p", "no:cacheprovider", "--strict-config")
    assert result.ret == 0
    assert {"voipbin.html", "voipbin.json"} <= {path.name for path in bare_pytester.path.iterdir()}


def test_the_workflow_is_valid() -> None:
    jobs = yaml.safe_load(blocks("yaml")[0])["jobs"]
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert [run.split()[0] for run in runs] == ["pip", "pytest", "pip", "pytest"]


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq")), reason="needs curl and jq")
def test_the_service_exports_what_a_client_needs(tmp_path: Path) -> None:
    """The commands run, with another port, and the options of the service exist."""
    job = yaml.safe_load(blocks("yaml")[1])["jobs"]["tests"]
    options = job["services"]["voipbin"]["env"]["PROVIDERCALLS_OPTIONS"].split()
    assert parse(["serve", *options]).edition == "server-2026-08"
    fake = FakeVoipbin("server-2026-08")
    [export, test] = [step["run"] for step in job["steps"] if "run" in step]
    with LoopbackServer() as server:
        listener = server.serve(FakeApp(fake, lambda: ControlApi(fake)))
        script = export.replace("localhost:8080", f"localhost:{listener.port}")
        variables = {**os.environ, "GITHUB_ENV": str(tmp_path / "env")}
        subprocess.run(["sh", "-ec", script], cwd=tmp_path, env=variables, check=True, timeout=60)
        exported = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
        url = f"{exported['VOIPBIN_BASE_URL']}/flows?accesskey={exported['VN_ACCESS_KEY']}"
        with urllib.request.urlopen(url, timeout=30) as response:
            assert json.load(response)["result"] == []
    assert (exported["VOIPBIN_TOKEN"], exported["VOIPBIN_PROVIDER_ID"]) == (fake.super_admin.token, fake.provider.id)
    assert test == "go test ./..."
