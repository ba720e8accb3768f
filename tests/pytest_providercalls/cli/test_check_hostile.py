"""`providercalls check` against hostile and failing servers: it ends, with exit code 2 and one line with the reason."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator

import pytest
from pytest_providercalls.contracts import RULES, Request, Response
from pytest_providercalls.contracts.checker.bounded_http import MAX_BODY
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.asgi import Application
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer
from pytest_providercalls.fake_server.transports.wire_response import WireResponse

from pytest_providercalls.cli import main
from tests.hostile import HostileServer, Respond, head, response

AGENT = {"id": "a", "customer_id": "c", "username": "u", "permission": 1, "addresses": []}
ME = json.dumps(AGENT).encode()
NESTED = b"[" * 100_000
BOMB = gzip.compress(b" " * (MAX_BODY + 1))


def pages(content: bytes, *headers: str, status: str = "200 OK") -> Respond:
    return lambda request, ended: [response(content, *headers, status=status)]


def drip(request: bytes, ended: threading.Event) -> Iterator[bytes]:
    yield head("Content-Length: 1000000")
    while not ended.wait(0.01):
        yield b" "


def endless(request: bytes, ended: threading.Event) -> Iterator[bytes]:
    yield head("Transfer-Encoding: chunked")
    while not ended.is_set():
        yield b"10000\r\n" + b" " * 65_536 + b"\r\n"


HOSTILE = {
    "slow drip": (drip, r"no complete response within 0\.1 s"),
    "endless body": (endless, f"the body is larger than {MAX_BODY} bytes"),
    "gzip": (pages(BOMB, "Content-Encoding: gzip"), f"the body is larger than {MAX_BODY} bytes"),
    "deep nesting": (pages(NESTED), r"the JSON of the body is nested more than 100 levels deep"),
    "number": (pages(b'{"permission": 1e999}'), "contains the number 1e999, which is out of range"),
    "503": (pages(b"", status="503 Service Unavailable"), "-> 503"),
}
each_hostile = pytest.mark.parametrize(("respond", "reason"), HOSTILE.values(), ids=HOSTILE)

Check = Callable[..., tuple[str, str]]


@pytest.fixture
def check(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    monkeypatch.setenv("TOKEN", "the-token")
    # The others end by themselves, and must not depend on how busy this machine is.
    timeout = "0.1" if "slow drip" in request.node.name else "60"

    def run(url: str, *options: str, code: int = 2) -> tuple[str, str]:
        """Run the command, and return its output and its last error message."""
        assert main(["check", url, "--rate", "10000", "--timeout", timeout, *options]) == code
        output = capsys.readouterr()
        return output.out, (output.err.splitlines() or [""])[-1]

    return run


@each_hostile
def test_a_server_that_is_hostile_from_the_start(check: Check, respond: Respond, reason: str) -> None:
    with HostileServer(respond) as server:
        output, message = check(server.url, "--token-env", "TOKEN")
        assert (output, len(server.requests)) == ("", 1)
    assert re.fullmatch(f"providercalls check: .*GET /v1.0/me.*{reason}.*", message)


@each_hostile
def test_a_server_that_is_hostile_without_a_token(check: Check, respond: Respond, reason: str) -> None:
    with HostileServer(respond) as server:
        output, message = check(server.url)
        assert output == ""
        assert len(server.requests) <= 4
    assert re.fullmatch(f"providercalls check: no rule could be checked: .*{reason}.*", message)


@each_hostile
def test_a_server_that_is_hostile_to_a_user(check: Check, respond: Respond, reason: str) -> None:
    def first_friendly(request: bytes, ended: threading.Event) -> object:
        return [response(ME)] if b" /v1.0/me " in request else respond(request, ended)

    with HostileServer(first_friendly) as server:  # type: ignore[arg-type]
        _, message = check(server.url, "--token-env", "TOKEN", "--rule", "AC-CUST-01")
        assert len(server.requests) <= 8
    assert re.fullmatch(f"providercalls check: .*{reason}.*", message)


@pytest.mark.parametrize("permission", ["true", '"1"', "-1", "1.5", "9" * 300, "[]", "null"])
def test_an_agent_with_an_impossible_permission(check: Check, permission: str) -> None:
    agent = json.dumps(AGENT).replace('"permission": 1', f'"permission": {permission}')
    with HostileServer(pages(agent.encode())) as server:
        _, message = check(server.url, "--token-env", "TOKEN")
    assert message == "providercalls check: GET /v1.0/me did not return an agent: is the server VoIPbin?"


# services that fail


class Failing:
    """A fake behind a gateway: some service crashes at some request, and then responds with an error."""

    def __init__(self, fake: FakeVoipbin, crashes: Callable[[Request], bool], status: int = 503) -> None:
        self.fake, self._crashes, self._status = fake, crashes, status
        self.clock, self.connect = fake.clock, fake.connect
        self.crashed = False

    def respond(self, request: Request, /) -> WireResponse:
        if (self.crashed or self._crashes(request)) and "/provider" in request.target:
            self.crashed = True
            return WireResponse(Response(self._status, (("Content-Length", "0"),), b""))
        return self.fake.respond(request)


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


def crashes_without_a_source(request: Request) -> bool:
    valid = request.method == "POST" and b'"destinations"' in request.body
    return valid and b'"source"' not in request.body


def outcomes(output: str) -> dict[str, str]:
    return {rule["id"]: rule["outcome"] for rule in json.loads(output)["rules"]}


@pytest.mark.parametrize("edition", ["server-2026-04", "server-2026-08"])
def test_the_rule_that_crashes_a_service_runs_last_and_is_named_as_the_cause(
    check: Check, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, edition: str
) -> None:
    fake = FakeVoipbin(edition)
    failing = Failing(fake, crashes_without_a_source, 503 if edition.endswith("8") else 400)
    monkeypatch.setenv("TOKEN", fake.super_admin.token)
    url = f"{server.serve(Application(failing)).url}/v1.0"
    options = ("--token-env", "TOKEN", "--format", "json", "--edition", edition)
    output, message = check(url, *options, "--rule", "PC-NEW-0*", "--rule", "PC-NEW-01", "--max-calls", "99")
    assert "failed" not in outcomes(output).values()
    assert outcomes(output)["PC-NEW-03"] == "passed"
    assert fake.placed()
    assert re.search(
        r"a service has failed since POST /v1.0/providercalls: GET /v1.0/providercalls -> \d+, so", message
    )


def test_a_crash_explains_the_failures_after_it(
    check: Check, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeVoipbin("server-2026-08")
    failing = Failing(fake, lambda request: len(fake.requests) > 60)
    monkeypatch.setenv("TOKEN", fake.super_admin.token)
    url = f"{server.serve(Application(failing)).url}/v1.0"
    output, message = check(url, "--token-env", "TOKEN", "--format", "json", "--allow", "inert")
    assert "a service has failed since " in message
    assert "failed" not in outcomes(output).values()
    assert list(outcomes(output).values()).count("passed") > 30


def test_an_unexpected_error_of_a_working_service_is_a_failure(
    check: Check, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeVoipbin("server-2026-08")
    fake.faults.add("error", path="/providercalls/*", status=503, times=None)
    monkeypatch.setenv("TOKEN", fake.super_admin.token)
    url = f"{server.serve(Application(fake)).url}/v1.0"
    output, _ = check(url, "--token-env", "TOKEN", "--only", "PC-GET-02", code=1)
    assert "failed        PC-GET-02" in output


# the rule that may damage a server


def test_a_rule_that_may_damage_a_server_runs_only_if_its_id_is_given(
    check: Check, server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeVoipbin("server-2026-08")
    monkeypatch.setenv("TOKEN", fake.super_admin.token)
    url = f"{server.serve(Application(fake)).url}/v1.0"
    options = ("--token-env", "TOKEN", "--max-calls", "200")
    for selected in (["--only", "PC-NEW-0[13]"], ["--only", "PC-NEW-0*", "--allow", "billable"]):
        output, warning = check(url, *options, *selected, code=0)
        assert "not run       PC-NEW-01  source is optional" in output
        assert f"({RULES['PC-NEW-01'].hazard}: only --rule PC-NEW-01 runs it)" in output
        assert warning == ""
    _, message = check(url, *options, "--only", "pc-new-0[13]", "--rule", "pc-new-01", code=0)
    assert message.startswith("warning: PC-NEW-01 runs last: it crashes a service of the servers")
    assert [one for one in fake.requests if one.method == "POST"][-1].refused_by == "PC-NEW-01"
