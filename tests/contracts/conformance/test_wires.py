"""Clients on other libraries, and in other processes, reach the fake by a URL on loopback."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
import requests
from pytest_providercalls.contracts import CLIENT_RULES
from pytest_providercalls.contracts.conformance.stage import Stages
from pytest_providercalls.contracts.conformance.trial import judge

from .adapters import Adapter
from .clients.right import AsyncDialer, Dialer, OutcomeUnknown, Refused

TIMEOUT = 0.3


class OverHttp(Adapter):
    wire = "http"
    patience = 0.6


class RequestsDialer(Dialer):
    """The right client, on requests."""

    poll_seconds = pause_seconds = 0.01

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self.session.close()

    def send(self, method: str, path: str, **options: Any) -> Any:
        try:
            return self.session.request(method, self.base_url + path, timeout=TIMEOUT, **options)
        except requests.RequestException as error:
            raise OutcomeUnknown(f"no answer to {method} {path}") from error


class AiohttpDialer(AsyncDialer):
    """The right async client, on aiohttp, which makes its session on the loop that it is used on."""

    poll_seconds = pause_seconds = 0.01

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url = base_url
        self.token = token

    async def __aenter__(self) -> AiohttpDialer:
        headers = {"Authorization": f"Bearer {self.token}"}
        self.session = aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(TIMEOUT))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def ask(self, method: str, path: str, **options: Any) -> Any:
        try:
            async with self.session.request(method, self.base_url + path, **options) as response:
                if response.status != 200:
                    raise Refused(response.status)
                return await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise OutcomeUnknown(f"no answer to {method} {path}") from error


@pytest.mark.parametrize("kind", [RequestsDialer, AiohttpDialer])
def test_a_right_client_keeps_every_rule(kind: Any, stages: Stages) -> None:
    verdicts = [judge(OverHttp(kind), rule, stages) for rule in CLIENT_RULES.values()]
    assert [verdict.why for verdict in verdicts if not verdict.kept] == []
