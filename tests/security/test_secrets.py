"""Every kind of credential is put everywhere a client can send one, and all output is searched for them.

A credential that the fake issued may appear in the output of `providercalls serve`, in `/_fake/info` and in the
response that issues it. A credential that the fake never issued is a leaked real one, and must not appear anywhere.
"""

from __future__ import annotations

import json
import logging
import os
import pprint
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.asgi_app import FakeApp
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer

from pytest_providercalls.sandbox.report import SandboxReport

from ..waiting import wait_for

REAL_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJhZ2VudCI6InJlYWwifQ.cmVhbC1zaWduYXR1cmU"
REAL_KEY = "vb_R3alAccessKey0fSomebodyAtVoIPbin12"
OPAQUE = "0paque-s3cret-value"
REAL = (REAL_JWT, REAL_JWT[:36], REAL_KEY, OPAQUE)
"""Credentials that no fake has issued, and the start of one."""
HOOK = f"http://me:{OPAQUE}@127.0.0.1:9/hook?token={OPAQUE}"


def found(text: str, *more: str) -> list[str]:
    """Return the secrets that appear in a text."""
    return [secret for secret in (*REAL, *more) if secret in text]


class World:
    """A fake with a secret in every place that a client can fill."""

    def __init__(self) -> None:
        self.fake = FakeVoipbin(lifecycle="manual")
        self.control = ControlApi(self.fake)
        leaked = (("Authorization", f"Bearer {REAL_JWT}"), ("Cookie", f"token={REAL_JWT}"), ("X-Api-Key", REAL_KEY))
        for target in (f"?token={REAL_JWT}", f"?accesskey={REAL_KEY}", f"/{REAL_JWT}", f"%3Ftoken%3D{OPAQUE}"):
            self.ask("GET", f"/v1.0/providercalls{target}", headers=leaked)
        self.ask("POST", "/auth/login", {"username": "x", "password": OPAQUE})
        self.ask("POST", "/v1.0/providercalls", {"provider_id": REAL_JWT, REAL_KEY: 1, "token": OPAQUE})
        customer = {"name": "n", "email": "a@b.example", "webhook_method": "POST", "webhook_uri": HOOK}
        assert self.ask("PUT", "/v1.0/customer", {**customer, "webhook_secret": OPAQUE}).status == 200
        headers = {"X-Auth-Token": OPAQUE, "Authorization": f"Basic {OPAQUE}"}
        carrier = {"type": "sip", "hostname": "sip.own.example", "name": "own", "tech_headers": headers}
        provider = self.ask("POST", "/v1.0/providers", carrier).json()["id"]
        self.key: str = self.ask("POST", "/v1.0/accesskeys", {"name": "k", "expire": 86400}).json()["token"]
        self.call: str = self.place(provider).json()["call_ids"][0]
        self.fake.calls[self.call].answer()
        self.fake.clock.advance(5)
        self.own = [self.key, *self.fake.state.tokens, *self.fake.state.secrets]
        self.own += [agent.password for agent in self.fake.state.agents.values()]
        self.own += [customer.webhook_secret for customer in self.fake.state.customers.values()]

    def place(self, provider: str) -> Response:
        option = {"uri": HOOK, "method": "POST", "data_type": "application/json", "data": f'{{"token": "{OPAQUE}"}}'}
        body = {
            "provider_id": provider,
            "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": "+12025550143"}],
            "actions": [{"type": "webhook_send", "option": option}],
        }
        return self.ask("POST", "/v1.0/providercalls", body)

    def ask(self, method: str, target: str, body: Any = None, headers: Any = None) -> Response:
        own = (("Authorization", f"Bearer {self.fake.super_admin.token}"),)
        return self.fake.handle(
            Request(method, target, headers or own, b"" if body is None else json.dumps(body).encode())
        )

    def shown(self, path: str) -> str:
        answer = self.control.respond(Request("GET", f"/_fake{path}", (("Host", "127.0.0.1"),))).response
        assert answer is not None and answer.status == 200
        return answer.body.decode()


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


@pytest.fixture(scope="module")
def world() -> World:
    return World()


OBJECTS = [
    *(
        "requests",
        "calls",
        "providers",
        "providercalls",
        "flows",
        "groupcalls",
        "events",
        "webhooks",
        "ledger",
        "faults",
    ),
    *("super_admin", "customer_admin", "provider", "clock", "edition"),
]


@pytest.mark.parametrize("name", OBJECTS)
def test_no_public_object_shows_a_secret(world: World, name: str) -> None:
    one = getattr(world.fake, name)
    several = list(one.values()) if hasattr(one, "values") else [one]
    text = "\n".join([repr(one), str(one), pprint.pformat(one), *map(repr, several), *map(str, several)])
    assert not found(text, *world.own)


def test_no_text_of_a_fake_shows_a_secret(world: World) -> None:
    fake = world.fake
    texts = [repr(fake), fake.transcript(), fake.ladder(world.call), fake.webhooks.summary(), repr(fake.snapshot())]
    texts += [*map(str, fake.requests), *map(str, fake.webhooks.deliveries), repr(list(fake.webhooks.deliveries))]
    texts += [
        repr(fake.state.customers.get(fake.super_admin.customer_id)),
        repr(world.control),
        repr(world.control.seeded),
    ]
    assert fake.webhooks.deliveries
    with pytest.raises(AssertionError) as failed:
        fake.assert_placed(7)
    assert not found("\n".join([*texts, str(failed.value)]), *world.own)


@pytest.mark.parametrize(
    "path", ["/overview", "/journal", "/report", "/carriers", "/providercalls", "/ledger", "/faults"]
)
def test_the_control_api_shows_no_secret(world: World, path: str) -> None:
    assert not found(world.shown(path), *world.own)


def test_info_shows_only_credentials_that_the_fake_has_issued(world: World) -> None:
    shown = world.shown("/info")
    assert world.fake.super_admin.token in shown
    assert not found(shown)


def test_a_sandbox_report_redacts_the_command() -> None:
    command = ["curl", "-H", f"Authorization: Bearer {OPAQUE}", f"https://x.example/?token={OPAQUE}", REAL_KEY]
    assert not found(SandboxReport(command).as_json())


# a server, with all logging of its libraries


def test_no_logger_receives_a_secret(server: LoopbackServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "httpcore"):
        caplog.set_level(1, logger=name)
    fake = FakeVoipbin()
    listener = server.serve(FakeApp(fake, lambda: ControlApi(fake)))
    headers = {"Authorization": f"Bearer {OPAQUE}", "X-Api-Key": REAL_KEY}
    # A transport, because httpx's client itself logs URLs.
    with httpx.HTTPTransport() as wire:
        for path in (f"/v1.0/calls?token={REAL_JWT}", f"/_fake/calls/{OPAQUE}?token={OPAQUE}", f"/{REAL_KEY}"):
            wire.handle_request(httpx.Request("GET", listener.url + path, headers=headers)).read()
    listener.close()
    assert not found(caplog.text, fake.super_admin.token)


def test_a_standalone_server_shows_only_its_own_credentials(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest_providercalls.cli",
        "serve",
        "--port",
        "0",
        "--port-file",
        "port",
        "--json",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        started = process.stdout.readline()
        url = json.loads(started)["base_url"]
        own = [json.loads(started)["identities"]["super_admin"][kind] for kind in ("token", "accesskey", "password")]
        send(f"{url}/calls?token={REAL_JWT}", OPAQUE)
        send(f"{url}/calls/{REAL_JWT}?accesskey={REAL_KEY}", OPAQUE)
        send(f"{url}/calls?token={own[0]}", OPAQUE)
        send(f"{url.removesuffix('/v1.0')}/_fake/calls/x?token={OPAQUE}", OPAQUE)
        send(f"{url.removesuffix('/v1.0')}/_fake/info", OPAQUE, Origin="http://[")
        wait_for(tmp_path / "port")
        contents = "".join(path.read_text() for path in tmp_path.iterdir())
        process.terminate()
        out, err = process.communicate(timeout=20)
    assert [json.loads(line)["method"] for line in err.splitlines()] == ["GET"] * 4
    assert not found(started + out + err + contents)
    assert not [secret for secret in own if secret in out + err + contents]


def send(url: str, token: str, **more: str) -> None:
    headers = {"Authorization": f"Bearer {token}", **more}
    with httpx.Client(trust_env=False) as client:
        client.get(url, headers=headers)


# a session whose tests fail in every way, with all output of pytest

SUITE = f"""
import http.client, logging, urllib.request
import httpx, pytest, requests

JWT, KEY, OPAQUE = {REAL_JWT!r}, {REAL_KEY!r}, {OPAQUE!r}
URL = "https://api.voipbin.net/v1.0/providercalls"
BEARER = {{"Authorization": "Bearer " + OPAQUE, "X-Api-Key": KEY}}

def dial(token, password):
    return requests.post(URL, params={{"token": token}}, headers=BEARER, json={{"password": password}})

def test_requests_leaks():
    dial(JWT, OPAQUE)

def test_urllib_leaks():
    urllib.request.urlopen(urllib.request.Request(URL + "?token=" + OPAQUE, headers=BEARER))

def test_http_client_leaks():
    connection = http.client.HTTPSConnection("api.voipbin.net")
    connection.request("POST", URL + "?accesskey=" + KEY, body='{{"token": "' + OPAQUE + '"}}', headers=BEARER)

def test_httpx_leaks_and_is_caught():
    try:
        httpx.get(URL, params={{"token": JWT}}, headers=BEARER)
    except Exception as error:
        raise RuntimeError("cannot get " + URL + "?token=" + OPAQUE) from error

@pytest.fixture
def leaking():
    yield
    dial(JWT, OPAQUE)

def test_teardown_leaks(leaking):
    pass

def test_status(voipbin):
    httpx.get(URL, params={{"token": JWT}}, headers=BEARER).raise_for_status()

def test_compared(voipbin):
    sent = {{"url": URL + "?token=" + JWT, "headers": dict(BEARER)}}
    assert httpx.get(**sent).json() == sent

def test_logged(voipbin):
    logging.getLogger("client").warning("GET %s?token=%s with %s", URL, OPAQUE, BEARER)
    httpx.get(URL, params={{"accesskey": KEY}})
    httpx.post(URL, json={{"provider_id": JWT, JWT: 1, "token": OPAQUE}}, params={{"token": voipbin.super_admin.token}})
    assert False

@pytest.mark.providercalls(strict=True)
def test_strict(voipbin, voipbin_client):
    body = {{"provider_id": voipbin.provider.id, "source": {{"type": "tel", "target": "+12025550100"}},
            "destinations": [{{"type": "tel", "target": "+12025550143"}}], KEY: 1}}
    voipbin_client.post("/providercalls", json=body, params={{"token": OPAQUE}})

def test_covered(voipbin, voipbin_client):
    voipbin_client.get("/providercalls", params={{"page_token": JWT}})
    voipbin_client.get("/calls/" + KEY)
    logging.getLogger("client").warning("covered with %s", JWT)
"""
REPORTS = ("--junitxml=out/junit.xml", "--providercalls-report=out/report.json", "--providercalls-report=out/page.html")
SESSIONS = {
    "all": ("--showlocals", "--tb=long", "-v", "-rA", "--log-level=DEBUG", *REPORTS),
    "native": ("--tb=native", "-o", "junit_logging=all", *REPORTS),
    "workers": ("-p", "xdist", "-n", "2", "--tb=short", "--showlocals", "--capture=no", *REPORTS),
    "analyses": ("--tb=line", "-v", "--providercalls-mutants", "--providercalls-editions", *REPORTS),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_no_session_shows_a_secret(bare_pytester: pytest.Pytester, name: str) -> None:
    bare_pytester.makepyfile(SUITE)
    done = bare_pytester.runpytest_subprocess(*SESSIONS[name])
    output = [*done.outlines, *done.errlines, *files(bare_pytester.path)]
    assert done.parseoutcomes()["failed"] >= 7
    assert not found("\n".join(output))


def files(folder: Path) -> Iterator[str]:
    """Yield the contents of the files that a session wrote."""
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            yield path.read_text(errors="replace")


def test_a_failed_collection_shows_no_secret(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(
        f"{SUITE}\nurllib.request.urlopen(urllib.request.Request(URL + '?token=' + OPAQUE, headers=BEARER))"
    )
    done = bare_pytester.runpytest_subprocess("-p", "no:cacheprovider")
    assert not found("\n".join([*done.outlines, *done.errlines]))


def test_tests_without_voipbin_are_not_redacted(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(f"def test_it(): assert {REAL_JWT!r} == 1")
    assert REAL_JWT in bare_pytester.runpytest_subprocess("-p", "no:cacheprovider").stdout.str()


def test_child_processes_receive_only_the_settings_of_the_guard(bare_pytester: pytest.Pytester) -> None:
    bare_pytester.makepyfile(
        """
import os
from pytest_providercalls.guard.child_environment import VARIABLE

def test_it(voipbin):
    ours = {name for name in os.environ if "PROVIDERCALLS" in name or "VOIPBIN" in name}
    assert ours == {VARIABLE}
    assert voipbin.super_admin.token not in str(dict(os.environ))
"""
    )
    environment = {name for name in os.environ if "VOIPBIN" in name}
    assert environment == set()
    bare_pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
