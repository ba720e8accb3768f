"""`providercalls guard`: no command can reach the guarded hosts, and the report shows its attempts."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_providercalls.cli import main
from pytest_providercalls.guard.child_environment import VARIABLE
from pytest_providercalls.sandbox import network_namespace

GUARD = [sys.executable, "-m", "pytest_providercalls.cli", "guard"]
HOST = "guarded.invalid"  # RFC 6761: never resolves
UNAVAILABLE = network_namespace.unavailable_reason()
needs_namespace = pytest.mark.skipif(UNAVAILABLE is not None, reason=f"no network namespace: {UNAVAILABLE}")
MODES = [pytest.param((), marks=needs_namespace, id="namespace"), pytest.param(("--no-namespace",), id="proxy")]
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
USE_THE_FAKE = """
import json, os, urllib.request
url = f"{os.environ['VOIPBIN_BASE_URL']}/providers?accesskey={os.environ['VOIPBIN_ACCESSKEY']}"
print(json.load(urllib.request.urlopen(url))["result"][0]["id"] == os.environ["VOIPBIN_PROVIDER_ID"])
"""
PYTHON = f"import socket\ntry: socket.create_connection(('{HOST}', 443))\nexcept Exception as error: print(type(error))"


class Done:
    """A command that has run under guard."""

    def __init__(self, folder: Path, options: tuple[str, ...], *command: str, **environment: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if name not in (VARIABLE, "PYTHONPATH")}
        done = subprocess.run(
            [*GUARD, *options, "--host", HOST, "--report", "report.json", "--", *command],
            cwd=folder,
            env={**inherited, "TMPDIR": str(folder), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.code, self.out, self.err = done.returncode, done.stdout.strip(), done.stderr
        path = folder / "report.json"
        self.report: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        assert [file.name for file in folder.iterdir() if file.name.startswith("providercalls")] == []

    @property
    def attempts(self) -> list[tuple[str, int | None, str]]:
        return [(one["host"], one["port"], one["layer"]) for one in self.report["attempts"]]


UNITTEST = f"""
import unittest

class Tests(unittest.TestCase):
    def test_it(self):
        {PYTHON.splitlines()[0]}
        try: socket.create_connection(("{HOST}", 443))
        except Exception: pass
"""


def test_a_unittest_suite(tmp_path: Path) -> None:
    """It passes, since the client swallows the exception, but the command fails."""
    (tmp_path / "test_client.py").write_text(UNITTEST)
    done = Done(tmp_path, ("--no-namespace",), sys.executable, "-m", "unittest", "-q")
    assert done.code == 1
    assert done.attempts == [(HOST, 443, "Python child")]
    assert "test_client.py:7" in done.err


@pytest.mark.parametrize("mode", MODES)
def test_the_fake_is_reachable(tmp_path: Path, mode: tuple[str, ...]) -> None:
    done = Done(tmp_path, mode, sys.executable, "-c", USE_THE_FAKE)
    assert (done.code, done.out, done.attempts) == (0, "True", [])
    assert done.report["fake"] == {"requests": 1, "calls placed": 0}


@pytest.mark.parametrize("mode", MODES)
def test_a_python_child_is_blocked_and_reported_with_its_line(tmp_path: Path, mode: tuple[str, ...]) -> None:
    done = Done(tmp_path, mode, sys.executable, "-c", PYTHON)
    assert "GuardedHostError" in done.out
    assert done.code == 1
    assert done.attempts == [(HOST, 443, "Python child")]
    assert done.report["attempts"][0]["where"].startswith("<string>:2, `python")
    assert "blocked attempts to reach the real VoIPbin: 1" in done.err


@needs_curl
@pytest.mark.parametrize("mode", MODES)
def test_curl_is_blocked_and_reported(tmp_path: Path, mode: tuple[str, ...]) -> None:
    # The proxy variables of the user cannot bypass our proxy or use another one.
    expected, proxies = (("proxy", 443), {"NO_PROXY": "*"}) if mode else (("DNS", None), {"https_proxy": "x.invalid:1"})
    done = Done(tmp_path, mode, "curl", "-sS", "-m", "9", f"https://{HOST}/", **proxies)
    assert done.code not in (0, 1)
    assert done.attempts == [(HOST, expected[1], expected[0])]


@needs_node
@needs_namespace
def test_node_is_blocked_and_reported(tmp_path: Path) -> None:
    done = Done(tmp_path, (), "node", "-e", f"fetch('https://{HOST}').catch(error => console.log(error.cause.code))")
    assert (done.code, done.out) == (1, "ENOTFOUND")
    assert done.attempts == [(HOST, None, "DNS")]


@needs_namespace
def test_a_namespace_blocks_everything_else_too(tmp_path: Path) -> None:
    code = """
import socket
for address in (("192.0.2.1", 443), ("other.invalid", 443)):
    try: socket.create_connection(address, 5)
    except OSError as error: print(type(error).__name__)
"""
    done = Done(tmp_path, (), sys.executable, "-c", code)
    assert (done.code, done.out.split()) == (0, ["OSError", "gaierror"])
    assert [one["host"] for one in done.report["others"]] == ["other.invalid"]
    assert "also blocked, although not guarded: other.invalid" in done.err


@needs_namespace
@pytest.mark.skipif(not hasattr(os, "setresuid") or os.getuid() != 0, reason="only root can change the user")
def test_no_privileges_are_needed(tmp_path: Path) -> None:
    code = (
        "import ctypes, os, subprocess, sys\n"
        "from pytest_providercalls.sandbox import network_namespace\n"
        "os.setgroups([])\nos.setresgid(65534, 65534, 65534)\nos.setresuid(65534, 65534, 65534)\n"
        # PR_SET_DUMPABLE, as exec does: the process may write to its own files in /proc again.
        "ctypes.CDLL(None).prctl(4, 1)\n"
        "print(network_namespace.unavailable_reason())\nnetwork_namespace.enter()\nprint(os.getuid())\n"
        "sys.stdout.flush()\nsubprocess.run(['id', '-u'])"
    )
    environment = {**os.environ, VARIABLE: ""}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    if "None" not in done.stdout:
        pytest.skip(done.stdout + done.stderr)
    assert done.stdout.split() == ["None", "65534", "65534"]


# without a namespace, the command can run in this process


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def guard(*command: str) -> int:
    return main(["guard", "--no-namespace", "--report", "report.json", "--", *command])


def test_the_report_shows_the_layers_and_their_limits(folder: Path) -> None:
    before = dict(os.environ)
    assert guard("true") == 0
    layers = "\n".join(json.loads((folder / "report.json").read_text())["layers"])
    for part in (
        "network namespace, not active: disabled",
        "proxy, active",
        "Python children, active",
        "NOT BLOCKED",
    ):
        assert part in layers
    assert [file.name for file in folder.iterdir()] == ["report.json"]
    assert dict(os.environ) == before


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)])
def test_the_exit_code_is_that_of_the_command(folder: Path, script: str, code: int) -> None:
    assert guard("sh", "-c", script) == code


@pytest.mark.parametrize(("command", "code"), [("no-such-command", 127), ("/etc/hosts", 126)])
def test_a_command_that_cannot_run_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, code: int
) -> None:
    assert guard(command) == code
    assert command in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--"], ["--no-namespace", "--"]])
def test_a_missing_command_is_a_usage_error(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main(["guard", *words]) == 2
    assert "no command given; put it after --" in capsys.readouterr().err


def test_the_options_of_the_command_are_left_alone(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert guard("echo", "--report", "x", "--", "-h") == 0
    assert capfd.readouterr().out == "--report x -- -h\n"


def test_an_unwritable_report_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["touch", "ran"]
    assert main(["guard", "--no-namespace", "--report", "none/report.json", "--", *command]) == 2
    assert "none/report.json" in capsys.readouterr().err
    # The command has not run for nothing.
    assert list(folder.iterdir()) == []


def test_a_signal_is_forwarded_and_the_report_is_written(tmp_path: Path) -> None:
    command = [
        *GUARD,
        "--no-namespace",
        "--",
        "sh",
        "-c",
        "trap 'echo ended; exit 3' TERM; echo ready; sleep 60 & wait",
    ]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "ended\n"
        assert process.wait(timeout=20) == 3
        # The sleep that the shell may have left running.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        assert process.stderr is not None
        assert "blocked attempts" in process.stderr.read()
