"""Run the TypeScript and Go examples of docs/how-to/control-api.md against a fake on a real port."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.asgi_app import FakeApp
from pytest_providercalls.fake_server.env_vars import variables
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "control-api.md").read_text()


def example(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


@pytest.fixture
def env() -> Iterator[dict[str, str]]:
    fake = FakeVoipbin()
    with LoopbackServer() as server:
        listener = server.serve(FakeApp(fake, lambda: ControlApi(fake)))
        yield os.environ | variables(f"{listener.url}/v1.0", fake)
    assert len(fake.placed()) == 1


@pytest.fixture
def node() -> str:
    """Return the path of a Node.js that runs TypeScript: the one that Playwright installs."""
    driver = pytest.importorskip("playwright._impl._driver", reason="needs the Node.js of Playwright")
    return str(driver.compute_driver_executable()[0])


def test_the_typescript_example(tmp_path: Path, node: str, env: dict[str, str]) -> None:
    (tmp_path / "main.mts").write_text(example("typescript"))
    command = [node, "--experimental-strip-types", "--no-warnings", "main.mts"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("hangup 6\n", "")


@pytest.mark.skipif(shutil.which("go") is None, reason="needs Go")
def test_the_go_example(tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / "main.go").write_text(example("go"))
    done = subprocess.run(["go", "run", "main.go"], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.stderr) == ("hangup 6\n", "")
