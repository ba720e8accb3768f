"""The configuration shown in docs/how-to/ci.md works unchanged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "ci.md").read_text()


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def test_pytest_accepts_the_settings(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyprojecttoml(block("toml"))
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
    jobs = yaml.safe_load(block("yaml"))["jobs"]
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert [run.split()[0] for run in runs] == ["pip", "pytest", "pip", "pytest"]
