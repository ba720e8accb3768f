"""Clients with other libraries and in other processes reach the fake by a URL on loopback, or by TLS."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections import defaultdict
from typing import Any

import aiohttp
import pytest
import requests
from pytest_providercalls.contracts import CLIENT_RULES
from pytest_providercalls.contracts.conformance.harness import HarnessFactory
from pytest_providercalls.contracts.conformance.rule_check import run_check

from .adapters import Adapter
from .clients.correct import AsyncDialer, Dialer, OutcomeUnknown, Refused

TIMEOUT = 0.5


class OverHttp(Adapter):
    transport = "http"
    max_request_timeout = 10


class PlaceOnly(OverHttp):
    """Defines one operation only: CLIENT-RETRY-02 takes two real seconds for each."""

    get_record = list_records = get_call = wait_until_done = delete_record = None  # type: ignore[assignment]


class RequestsDialer(Dialer):
    """The correct client, with requests."""

    poll_seconds = default_retry_delay = 0.01
    timeout = TIMEOUT

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self.session.close()

    def send(self, method: str, path: str, **options: Any) -> Any:
        try:
            return self.session.request(method, self.base_url + path, timeout=self.timeout, **options)
        except requests.RequestException as error:
            raise OutcomeUnknown(f"no response to {method} {path}") from error


class AiohttpDialer(AsyncDialer):
    """The correct async client, with aiohttp, whose session must be created on the loop that uses it."""

    poll_seconds = default_retry_delay = 0.01
    timeout = TIMEOUT

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url = base_url
        self.token = token

    async def __aenter__(self) -> AiohttpDialer:
        headers = {"Authorization": f"Bearer {self.token}"}
        self.session = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(self.timeout))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def request(self, method: str, path: str, **options: Any) -> Any:
        try:
            async with self.session.request(method, self.base_url + path, **options) as response:
                if response.status != 200:
                    raise Refused(response.status)
                return await response.json(content_type=None)
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            raise OutcomeUnknown(f"no response to {method} {path}") from error


@pytest.mark.parametrize("kind", [RequestsDialer, AiohttpDialer])
def test_a_correct_client_complies_with_every_rule(kind: Any, harness_factory: HarnessFactory) -> None:
    adapters = defaultdict(lambda: OverHttp, {"CLIENT-RETRY-02": PlaceOnly})
    verdicts = [run_check(adapters[id](kind), rule, harness_factory) for id, rule in CLIENT_RULES.items()]
    assert [verdict.reason for verdict in verdicts if not verdict.passed] == []


class OverTls(OverHttp):
    transport = "tls"


NOT_FOR_SHARED_SESSIONS = ("CLIENT-CLOSE-01", "CLIENT-RETRY-01", "CLIENT-RETRY-02")
SHARED_SESSION_RULES = [id for id in CLIENT_RULES if id not in NOT_FOR_SHARED_SESSIONS]
TLS_RULES = ("CLIENT-SEND-01", "CLIENT-ERR-01", "CLIENT-ERR-04", "CLIENT-PAGE-01", "CLIENT-CLOSE-01")


# aiohttp aborts TLS connections, and the asyncio of Python 3.10 warns that an aborted one is unclosed.
@pytest.mark.filterwarnings("ignore:.*<function _SSLProtocolTransport:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", [RequestsDialer, AiohttpDialer])
def test_a_client_is_checked_over_tls_at_its_production_url(kind: Any, harness_factory: HarnessFactory) -> None:
    addresses = []

    class WithLongTimeout(kind):
        # A TLS handshake takes long on a busy machine.
        timeout = 10

    def make(base_url: str, token: str) -> Any:
        addresses.append(base_url)
        return WithLongTimeout(base_url, token)

    verdicts = [run_check(OverTls(make), CLIENT_RULES[id], harness_factory) for id in TLS_RULES]
    assert [verdict.reason for verdict in verdicts if not verdict.passed] == []
    assert {*addresses} == {"https://api.voipbin.net/v1.0"}


def test_a_client_with_a_shared_session_complies_over_tls(harness_factory: HarnessFactory) -> None:
    """Its connections survive each check. It does leave them open, and the two rules about retries are slow."""
    shared = requests.Session()

    class Sharing(RequestsDialer):
        # A TLS handshake takes long on a busy machine.
        timeout = 2

        def __init__(self, base_url: str, token: str) -> None:
            self.base_url, self.token = base_url, token

        def close(self) -> None:
            pass

        def send(self, method: str, path: str, **options: Any) -> Any:
            headers = {"Authorization": f"Bearer {self.token}"}
            try:
                return shared.request(method, self.base_url + path, timeout=self.timeout, headers=headers, **options)
            except requests.RequestException as error:
                raise OutcomeUnknown(f"no response to {method} {path}") from error

    with shared:
        verdicts = [run_check(OverTls(Sharing), CLIENT_RULES[id], harness_factory) for id in SHARED_SESSION_RULES]
    assert [verdict.reason for verdict in verdicts if not verdict.passed] == []


def test_a_faulty_client_is_detected_over_tls(harness_factory: HarnessFactory) -> None:
    class Repeating(RequestsDialer):
        def send(self, method: str, path: str, **options: Any) -> Any:
            try:
                return super().send(method, path, **options)
            except OutcomeUnknown:
                return super().send(method, path, **options)

    verdict = run_check(OverTls(Repeating), CLIENT_RULES["CLIENT-RETRY-01"], harness_factory)
    assert "failure points" in verdict.reason


def test_a_connection_that_is_left_open_is_detected(harness_factory: HarnessFactory) -> None:
    class NeverCloses(RequestsDialer):
        def close(self) -> None:
            pass

    verdict = run_check(OverHttp(NeverCloses), CLIENT_RULES["CLIENT-CLOSE-01"], harness_factory)
    assert "left open: connections: 1" in verdict.reason


class Curl(OverHttp):
    """Places calls with a program in another language."""

    def place(self, client: list[str], body: dict[str, Any]) -> Any:
        done = subprocess.run([*client, "--data", json.dumps(body)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise OSError(done.returncode, done.stderr)
        return json.loads(done.stdout)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("id", ["CLIENT-SEND-01", "CLIENT-RETRY-01"])
def test_a_client_may_be_another_program(id: str, harness_factory: HarnessFactory) -> None:
    def make(base_url: str, token: str) -> list[str]:
        command = ["curl", "--silent", "--show-error", "--fail", "--max-time", "1"]
        return [*command, "--header", f"Authorization: Bearer {token}", f"{base_url}/providercalls"]

    verdict = run_check(Curl(make), CLIENT_RULES[id], harness_factory)
    assert (verdict.passed, verdict.reason) == (True, "")
