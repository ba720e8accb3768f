"""`providercalls guard`: whatever the command is, the guarded hosts are out of its reach, and the receipt says so."""

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
from pytest_providercalls.guard.guard.child_processes import VARIABLE

from pytest_providercalls.cli import main
from pytest_providercalls.sandbox import network_namespace

GUARD = [sys.executable, "-m", "pytest_providercalls.cli", "guard"]
HOST = "guarded.invalid"  # RFC 6761: resolves nowhere
WHY_NOT = network_namespace.unavailable_reason()
confined = pytest.mark.skipif(WHY_NOT is not None, reason=f"no network namespace: {WHY_NOT}")
MODES = [pytest.param((), marks=confined, id="namespace"), pytest.param(("--no-namespace",), id="proxy")]
NO_CURL = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
NO_NODE = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node")
ASK_THE_FAKE = """
import json, os, urllib.request
url = f"{os.environ['VOIPBIN_BASE_URL']}/providers?accesskey={os.environ['VOIPBIN_ACCESSKEY']}"
print(json.load(urllib.request.urlopen(url))["result"][0]["id"] == os.environ["VOIPBIN_PROVIDER_ID"])
"""
PYTHON = f"import socket\ntry: socket.create_connection(('{HOST}', 443))\nexcept Exception as error: print(type(error))"


class Done:
    """A command that has been run under guard."""

    def __init__(self, folder: Path, options: tuple[str, ...], *command: str, **environment: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if name not in (VARIABLE, "PYTHONPATH")}
        done = subprocess.run(
            [*GUARD, *options, "--host", HOST, "--receipt", "receipt.json", "--", *command],
            cwd=folder,
            env={**inherited, "TMPDIR": str(folder), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.code, self.out, self.told = done.returncode, done.stdout.strip(), done.stderr
        path = folder / "receipt.json"
        self.receipt: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        assert [file.name for file in folder.iterdir() if file.name.startswith("providercalls")] == []

    @property
    def attempts(self) -> list[tuple[str, int | None, str]]:
        return [(one["host"], one["port"], one["layer"]) for one in self.receipt["attempts"]]


@pytest.mark.parametrize("mode", MODES)
def test_the_fake_is_in_reach(tmp_path: Path, mode: tuple[str, ...]) -> None:
    done = Done(tmp_path, mode, sys.executable, "-c", ASK_THE_FAKE)
    assert (done.code, done.out, done.attempts) == (0, "True", [])
    assert done.receipt["fake"] == {"requests": 1, "calls placed": 0}


@pytest.mark.parametrize("mode", MODES)
def test_a_python_child_is_stopped_and_its_line_is_named(tmp_path: Path, mode: tuple[str, ...]) -> None:
    done = Done(tmp_path, mode, sys.executable, "-c", PYTHON)
    assert "BlockedCall" in done.out
    assert done.code == 1
    assert done.attempts == [(HOST, 443, "Python child")]
    assert done.receipt["attempts"][0]["where"].startswith("<string>:2, `python")
    assert "attempts to reach the real VoIPbin, stopped: 1" in done.told


@NO_CURL
@pytest.mark.parametrize("mode", MODES)
def test_curl_is_stopped_and_named(tmp_path: Path, mode: tuple[str, ...]) -> None:
    # Whatever the environment says of proxies, no way leads past ours, nor to another one.
    seen, proxies = (
        (("proxy", 443), {"NO_PROXY": "*"}) if mode else (("name server", None), {"https_proxy": "x.invalid:1"})
    )
    done = Done(tmp_path, mode, "curl", "-sS", "-m", "9", f"https://{HOST}/", **proxies)
    assert done.code not in (0, 1)
    assert done.attempts == [(HOST, seen[1], seen[0])]


@NO_NODE
@confined
def test_node_is_stopped_and_named(tmp_path: Path) -> None:
    done = Done(tmp_path, (), "node", "-e", f"fetch('https://{HOST}').catch(error => console.log(error.cause.code))")
    assert (done.code, done.out) == (1, "ENOTFOUND")
    assert done.attempts == [(HOST, None, "name server")]


@confined
def test_in_a_namespace_nothing_else_is_in_reach_either(tmp_path: Path) -> None:
    code = """
import socket
for address in (("192.0.2.1", 443), ("other.invalid", 443)):
    try: socket.create_connection(address, 5)
    except OSError as error: print(type(error).__name__)
"""
    done = Done(tmp_path, (), sys.executable, "-c", code)
    assert (done.code, done.out.split()) == (0, ["OSError", "gaierror"])
    assert [one["host"] for one in done.receipt["others"]] == ["other.invalid"]
    assert "out of reach as well, though not guarded: other.invalid" in done.told


@confined
@pytest.mark.skipif(not hasattr(os, "setresuid") or os.getuid() != 0, reason="only root can become somebody else")
def test_no_privilege_is_needed(tmp_path: Path) -> None:
    code = (
        "import ctypes, os, subprocess, sys\n"
        "from pytest_providercalls.sandbox import namespace\n"
        "os.setgroups([])\nos.setresgid(65534, 65534, 65534)\nos.setresuid(65534, 65534, 65534)\n"
        # What exec would do: such a process may write to its own files in /proc again.
        "ctypes.CDLL(None).prctl(4, 1)\n"
        "print(namespace.why_not())\nnamespace.enter()\nprint(os.getuid())\n"
        "sys.stdout.flush()\nsubprocess.run(['id', '-u'])"
    )
    environment = {**os.environ, VARIABLE: ""}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    if "None" not in done.stdout:
        pytest.skip(done.stdout + done.stderr)
    assert done.stdout.split() == ["None", "65534", "65534"]


# without a namespace it may as well run in this process


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def guard(*command: str) -> int:
    return main(["guard", "--no-namespace", "--receipt", "receipt.json", "--", *command])


def test_the_receipt_says_which_layers_were_active_and_what_they_cannot_see(folder: Path) -> None:
    before = dict(os.environ)
    assert guard("true") == 0
    layers = "\n".join(json.loads((folder / "receipt.json").read_text())["layers"])
    for part in (
        "network namespace, not active: switched off",
        "proxy, active",
        "Python children, active",
        "NOT STOPPED",
    ):
        assert part in layers
    assert [file.name for file in folder.iterdir()] == ["receipt.json"]
    assert dict(os.environ) == before


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)])
def test_the_exit_code_is_the_commands(folder: Path, script: str, code: int) -> None:
    assert guard("sh", "-c", script) == code


@pytest.mark.parametrize(("command", "code"), [("no-such-command", 127), ("/etc/hosts", 126)])
def test_a_command_that_cannot_be_run_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, code: int
) -> None:
    assert guard(command) == code
    assert command in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--"], ["--no-namespace", "--"]])
def test_no_command_is_wrong_use(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main(["guard", *words]) == 2
    assert "name the command to run after --" in capsys.readouterr().err


def test_the_commands_own_options_are_its_own(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert guard("echo", "--receipt", "x", "--", "-h") == 0
    assert capfd.readouterr().out == "--receipt x -- -h\n"


def test_a_receipt_that_cannot_be_written_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["guard", "--no-namespace", "--receipt", "none/receipt.json", "--", "true"]) == 2
    assert "none/receipt.json" in capsys.readouterr().err


def test_a_signal_is_passed_on_and_the_receipt_still_comes(tmp_path: Path) -> None:
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
        # The sleep that the shell has left behind, if it came so far.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        assert process.stderr is not None
        assert "attempts to reach" in process.stderr.read()
