"""The stand-alone server: a script starts it, sends requests and stops it, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_providercalls.fake_server import ControlClient
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from pytest_providercalls.cli import main

from ...waiting import wait_for

SERVE = [sys.executable, "-m", "pytest_providercalls.cli", "serve", "--port", "0"]
SEED = {
    "customers": [{"name": "acme"}],
    "agents": [{"username": "alice", "customer": "acme", "password": "open sesame"}],
    "providers": [{"name": "flaky", "hostname": "sip.flaky.example"}],
    "flows": [{"name": "hello", "actions": [{"type": "answer"}]}],
}


class Served:
    """A server in a separate process, in an empty folder."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        temporary = folder / "tmp"
        temporary.mkdir()
        self.before = set(folder.rglob("*"))
        command = [*SERVE, "--json", "--port-file", "port", *options]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "TMPDIR": str(temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.description: dict[str, Any] = json.loads(self.process.stdout.readline() or "{}")

    @property
    def address(self) -> tuple[str, int]:
        url = urlsplit(self.description["base_url"])
        return str(url.hostname), int(url.port or 0)

    def get(self, path: str, context: ssl.SSLContext | None = None, **headers: str) -> Any:
        request = urllib.request.Request(self.description["base_url"] + path, headers=headers)
        with urllib.request.urlopen(request, timeout=10, context=context) as response:
            return json.load(response)

    def stop(self, number: int = signal.SIGTERM) -> list[dict[str, Any]]:
        """Stop the server and return its log. Nothing may be left in its folders."""
        self.process.send_signal(number)
        _, log = self.process.communicate(timeout=20)
        assert self.process.returncode == 0, log
        assert set(self.folder.rglob("*")) - {self.folder / "log.jsonl"} == self.before
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(self.address)
        return [json.loads(line) for line in log.splitlines()]


def token_of(served: Served, name: str = "super_admin") -> dict[str, str]:
    return {"Authorization": f"Bearer {served.description['identities'][name]['token']}"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_script_starts_uses_and_stops_the_server(tmp_path: Path, number: int) -> None:
    served = Served(tmp_path)
    wait_for(tmp_path / "port")
    assert served.description["base_url"] == f"http://127.0.0.1:{(tmp_path / 'port').read_text().strip()}/v1.0"
    provider = served.get("/providers", **token_of(served))["result"][0]
    assert (
        provider["id"]
        == served.description["providers"]["carrier"]
        == served.description["environment"]["VOIPBIN_PROVIDER_ID"]
    )
    served.stop(number)


@pytest.mark.parametrize("tls", [(), ("--tls", "--ca-file", "ca.pem")], ids=["http", "tls"])
def test_open_connections_do_not_delay_the_shutdown(tmp_path: Path, tls: tuple[str, ...]) -> None:
    served = Served(tmp_path, *tls)
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem")) if tls else None
    url = served.description["base_url"].replace("http", "ws", 1) + "/ws"
    with (
        connect(url, additional_headers=token_of(served), ssl=context, open_timeout=20) as websocket,
        socket.create_connection(served.address),
        socket.create_connection(served.address) as half,
    ):
        half.sendall(b"POST /v1.0/providercalls HTTP/1.1\r\nContent-Length: 10\r\n\r\n{")
        log = served.stop()
        with pytest.raises(ConnectionClosed) as closed:
            websocket.recv(20)
    assert closed.value.rcvd is not None
    handshake = log[0]
    assert (handshake["path"], handshake["status"], closed.value.rcvd.code) == ("/v1.0/ws", 101, 1001)


def test_the_log_has_a_line_per_request_and_no_credentials(tmp_path: Path) -> None:
    served = Served(tmp_path)
    identity = served.description["identities"]["customer_admin"]
    served.get(f"/me?token={identity['token']}")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        served.get(f"/billing_account?accesskey={identity['accesskey']}x")
    refusal.value.close()
    first, second = served.stop()
    assert (first["method"], first["path"], first["status"], first["refused_by"]) == (
        "GET",
        "/v1.0/me?token=***",
        200,
        None,
    )
    assert (second["status"], second["path"][-3:]) == (401, "***")
    assert second["refused_by"].startswith("AU-")
    assert set(first) == {"time", "method", "path", "status", "refused_by", "fault", "ms"}
    assert not [
        value for key, value in identity.items() if key in ("token", "accesskey") and value in f"{first}{second}"
    ]


def test_the_log_can_go_to_a_file(tmp_path: Path) -> None:
    served = Served(tmp_path, "--log", "log.jsonl")
    served.get("/me", **token_of(served))
    assert served.stop() == []
    assert json.loads((tmp_path / "log.jsonl").read_text())["path"] == "/v1.0/me"


def test_every_line_of_the_log_is_json_even_what_libraries_and_refused_requests_cause(tmp_path: Path) -> None:
    served = Served(tmp_path, "--allow-host", "fake", "--allow-origin", "http://localhost:5173")
    for head in (
        b"NOT HTTP\r\n\r\n",
        b"GET /ping HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ):
        with socket.create_connection(served.address, 20) as connection:
            connection.sendall(head)
            assert b"HTTP/1.1 40" in connection.recv(65536)
    for allowed in ({"Host": "fake"}, {"Origin": "http://localhost:5173"}):
        assert served.get("/me", **allowed, **token_of(served))["username"] == "super-admin"
    token = token_of(served)["Authorization"].removeprefix("Bearer ")
    with pytest.raises(urllib.error.HTTPError) as refused:
        served.get(f"/me?token={token}", Origin="http://localhost:5174")
    refused.value.close()
    lines = served.stop()
    assert next(line["message"] for line in lines if line.get("logger") == "uvicorn.error").startswith("Invalid HTTP")
    assert [line["path"] for line in lines if line.get("status") == 403] == ["/ping", "/v1.0/me?token=***"]
    assert "--allow-origin http://localhost:5174" in lines[-1]["message"]


def test_tls_is_trusted_only_with_its_own_ca(tmp_path: Path) -> None:
    served = Served(tmp_path, "--tls")
    ca = served.description["ca_file"]
    assert served.description["base_url"].startswith("https://127.0.0.1:")
    for host in ("127.0.0.1", "api.voipbin.net"):
        headers = {"Host": host, **token_of(served)}
        assert served.get("/me", ssl.create_default_context(cafile=ca), **headers)["username"] == "super-admin"
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        served.get("/me", ssl.create_default_context())
    served.stop()


def test_the_environment_is_all_that_a_child_process_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child trusts the temporary CA and the usual ones, and bypasses the proxy of its parent."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "intranet.example")
    served = Served(tmp_path, "--tls", "--notes")
    environment = served.description["environment"]
    assert environment["NO_PROXY"] == environment["no_proxy"] == "intranet.example,127.0.0.1"
    trusted = {environment[name] for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")}
    assert trusted == {environment["NODE_EXTRA_CA_CERTS"]} != {served.description["ca_file"]}
    done = subprocess.run(
        [sys.executable, "-c", CHILD], env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )
    status, notes, authorities = done.stdout.splitlines()
    assert (status, notes) == ("200", "warning: the API ignores the field `nmae` (did you mean 'name'?)"), done.stderr
    assert int(authorities) > len(ssl.create_default_context(cafile=served.description["ca_file"]).get_ca_certs())
    served.stop()


CHILD = """
import json, os, ssl, urllib.request
url = os.environ["VOIPBIN_BASE_URL"] + "/flows?accesskey=" + os.environ["VN_ACCESS_KEY"]
request = urllib.request.Request(url, json.dumps({"nmae": "x", "actions": []}).encode(), method="POST")
with urllib.request.urlopen(request) as response:
    print(response.status, *response.headers.get_all("X-Fake-Note"), sep="\\n")
print(len(ssl.create_default_context().get_ca_certs()))
"""


def test_a_seed_file_is_applied(tmp_path: Path) -> None:
    (tmp_path / "seed.json").write_text(json.dumps(SEED))
    served = Served(
        tmp_path, "--seed-file", "seed.json", "--seed", "7", "--lifecycle", "manual", "--edition", "deployed"
    )
    assert (served.description["seed"], served.description["lifecycle"], served.description["edition"]) == (
        7,
        "manual",
        "server-2026-08",
    )
    assert served.description["identities"]["alice"]["password"] == "open sesame"
    assert served.get("/me", **token_of(served, "alice"))["username"] == "alice"
    assert set(served.description["providers"]) == {"carrier", "flaky"}
    assert set(served.description["flows"]) == {"hello"}
    assert served.description["inspector"] == served.description["base_url"].replace("/v1.0", "/_fake/ui")
    with ControlClient(served.description["base_url"]) as control:
        assert control.reset().model_dump().items() <= served.description.items(), "the seed is applied again"
    served.stop()


def test_a_server_can_break_rules_and_apply_rate_limits(tmp_path: Path) -> None:
    served = Served(tmp_path, "--broken", "PC-GET-02", "--rate-limits", "--lifecycle", "manual")
    unknown = "/providercalls/f1f2f3f4-0000-4000-8000-00000000dead"
    statuses = []
    while 429 not in statuses:
        try:
            served.get(unknown, **token_of(served))
            statuses.append(200)
        except urllib.error.HTTPError as error:
            statuses.append(error.code)
            error.close()
    assert set(statuses) == {200, 429}
    served.stop()


def test_the_text_contains_all_that_a_client_needs(tmp_path: Path) -> None:
    process = subprocess.Popen([*SERVE, "--port-file", "port"], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    wait_for(tmp_path / "port")
    port = (tmp_path / "port").read_text().strip()
    # The port file is written before the text.
    text = ""
    while "export VOIPBIN_BASE_URL=" not in text and (line := process.stdout.readline()):
        text += line
    process.terminate()
    text += process.communicate(timeout=20)[0]
    for part in (
        f"http://127.0.0.1:{port}/v1.0",
        "super_admin",
        "token",
        "accesskey",
        "carrier",
        "export VOIPBIN_BASE_URL=",
    ):
        assert part in text


REFUSED = {
    ("--host", "0.0.0.0"): "would expose the fake to other machines",
    ("--host", "::"): "would expose the fake to other machines",
    ("--host", "example.net"): "is not an address of this machine",
    ("--port", "70000"): "--port 70000: expected 0 to 65535",
    ("--port-file", "none/port"): "cannot write none/port",
    ("--tls", "--ca-file", "none/ca.pem"): "cannot write none/ca.pem",
    ("--log", "none/log"): "cannot write none/log",
    ("--ca-file", "ca.pem"): "--ca-file has no effect without --tls",
    ("--broken", "PC-PRE-99"): "unknown rule 'PC-PRE-99' (did you mean 'PC-PRE-",
    ("--seed-file", "none.json"): "--seed-file none.json: [Errno 2]",
    ("--lifecycle", "fast"): "unknown lifecycle 'fast'",
    ("--allow-origin", "localhost:5173"): "--allow-origin: invalid origin 'localhost:5173'; expected one such as http:",
    ("--allow-origin", "null"): "* for all pages, including those whose origin is null",
    ("--allow-host", "fake:8080"): "--allow-host: invalid host 'fake:8080'; expected a name or an address without a",
}


@pytest.mark.parametrize(("options", "message"), REFUSED.items())
def test_unusable_options_are_reported(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert main(["serve", "--port", "0", *options]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers


def test_a_port_in_use_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "--port", port]) == 2
    assert f"cannot listen on 127.0.0.1, port {port}: it is in use; choose another one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("module", "options", "extra"), [("uvicorn.config", (), "server"), ("trustme", ("--tls",), "tls")]
)
def test_a_missing_library_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    module: str,
    options: tuple[str, ...],
    extra: str,
) -> None:
    for name in [name for name in sys.modules if name.startswith("pytest_providercalls.fake_server.")]:
        if name.endswith((".loopback_server", ".http11", ".asgi")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    assert main(["serve", "--port", "0", *options]) == 2
    assert f"pip install 'pytest-providercalls[{extra}]'" in capsys.readouterr().err
