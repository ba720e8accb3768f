"""`providercalls guard --tls`: programs that know only the production address reach the fake there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_providercalls.cli import main

from .test_guard_command import Done, needs_curl, needs_namespace, needs_node

ME = "https://api.voipbin.net/v1.0/me"
PYTHON = f"""
import json, os, sys
url = "{ME}?token=" + os.environ["VOIPBIN_TOKEN"]
if sys.argv[1] == "urllib":
    import urllib.request
    print(json.load(urllib.request.urlopen(url, timeout=20))["username"])
else:
    print(__import__(sys.argv[1]).get(url, timeout=20).json()["username"])
"""
GO = f"""
package main

import ("fmt"; "io"; "net/http"; "os")

func main() {{
	response, err := http.Get("{ME}?token=" + os.Getenv("VOIPBIN_TOKEN"))
	if err != nil {{ fmt.Println(err); os.Exit(3) }}
	body, _ := io.ReadAll(response.Body)
	fmt.Println(string(body))
}}
"""


@needs_namespace
@pytest.mark.parametrize("library", ["urllib", "requests", "httpx"])
def test_python_reaches_the_fake_under_the_production_name(tmp_path: Path, library: str) -> None:
    done = Done(tmp_path, ("--tls",), sys.executable, "-c", PYTHON, library)
    assert (done.code, done.out, done.attempts) == (0, "super-admin", []), done.err
    assert done.report["fake"] == {"requests": 1, "calls placed": 0}
    layers = "\n".join(done.report["layers"])
    for part in ("resolves api.voipbin.net to the fake", "TLS, active", "Python children, not active"):
        assert part in layers


@needs_curl
@needs_namespace
def test_curl_reaches_the_fake_and_its_checks_stay_on(tmp_path: Path) -> None:
    # The guard of this session would not start a curl whose arguments name the host.
    script = """
        name=voipbin url="https://api.$name.net/v1.0/me"
        curl -sS "$url?token=$VOIPBIN_TOKEN" && unset CURL_CA_BUNDLE SSL_CERT_FILE && curl -sS "$url"
    """
    done = Done(tmp_path, ("--tls",), "sh", "-c", script)
    assert '"username":"super-admin"' in done.out
    # 60: the certificate is not trusted without the CA.
    assert (done.code, done.attempts) == (60, [])


@needs_node
@needs_namespace
def test_node_reaches_the_fake(tmp_path: Path) -> None:
    code = (
        f"fetch('{ME}?token=' + process.env.VOIPBIN_TOKEN)"
        ".then(one => one.json()).then(one => console.log(one.username))"
    )
    done = Done(tmp_path, ("--tls",), "node", "-e", code)
    assert (done.code, done.out, done.attempts) == (0, "super-admin", []), done.err


@pytest.mark.skipif(shutil.which("go") is None, reason="needs Go")
@needs_namespace
def test_go_reaches_the_fake(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text(GO)
    # Without cgo, Go resolves the name itself.
    environment = {**os.environ, "CGO_ENABLED": "0"}
    subprocess.run(["go", "build", "-o", "program", "main.go"], cwd=tmp_path, env=environment, check=True, timeout=120)
    done = Done(tmp_path, ("--tls",), "./program")
    assert (done.code, done.attempts) == (0, []), done.err
    assert '"username":"super-admin"' in done.out


@needs_namespace
def test_other_guarded_hosts_stay_blocked(tmp_path: Path) -> None:
    code = (
        "import socket\nfor host in ('other.voipbin.net', 'guarded.invalid'):\n"
        "    try: socket.create_connection((host, 443))\n    except OSError as error: print(type(error).__name__)"
    )
    done = Done(tmp_path, ("--tls",), sys.executable, "-c", code)
    assert (done.code, done.out.split()) == (1, ["gaierror", "gaierror"])
    assert [(host, layer) for host, _, layer in done.attempts] == [
        ("other.voipbin.net", "DNS"),
        ("guarded.invalid", "DNS"),
    ]


def test_tls_without_a_namespace_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["guard", "--tls", "--no-namespace", "--", "touch", "ran"]) == 2
    assert "--tls requires a network namespace: remove --no-namespace" in capsys.readouterr().err
    monkeypatch.setattr("pytest_providercalls.sandbox.network_namespace.unavailable_reason", lambda: "none here")
    assert main(["guard", "--tls", "--", "touch", "ran"]) == 2
    assert "--tls requires a network namespace, which is not available: none here" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
