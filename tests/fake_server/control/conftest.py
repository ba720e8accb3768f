"""A fake with its control API, without a socket."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.api import ControlApi


class ControlHarness:
    """A fake, its control API, and ways to send requests to both."""

    def __init__(self, lifecycle: str = "scheduled") -> None:
        self.fake = FakeVoipbin(lifecycle=lifecycle)
        self.control = ControlApi(self.fake)

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Response:
        """Send a request to the control API."""
        pairs = {"Host": "127.0.0.1:8080", **headers}
        response = self.control.respond(Request(method, f"/_fake{path}", tuple(pairs.items()), body)).response
        assert response is not None
        assert response.header("Content-Length") == str(len(response.body))
        return response

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """Send JSON to the control API. Return the result, or the status, reason and message of an error."""
        response = self.send(method, path, b"" if body is None else json.dumps(body).encode())
        if response.status == 200:
            return response.json()
        error = response.json()["error"]
        return response.status, error["reason"], error["message"]

    def place(self, *targets: str) -> list[str]:
        """Place calls as a client of VoIPbin does, and return their ids."""
        body = {
            "provider_id": self.fake.provider.id,
            "source": {"type": "tel", "target": "+12025550100"},
            "destinations": [{"type": "tel", "target": target} for target in targets or ["+12025550143"]],
        }
        ids: list[str] = self.post("/providercalls", body).json()["call_ids"]
        return ids

    def post(self, path: str, body: Any) -> Response:
        """Send a POST to the fake itself, as super-admin."""
        headers = (("Authorization", f"Bearer {self.fake.super_admin.token}"), ("Content-Type", "application/json"))
        response = self.fake.respond(Request("POST", f"/v1.0{path}", headers, json.dumps(body).encode()))
        return response.response or Response(0)


@pytest.fixture
def harness() -> ControlHarness:
    return ControlHarness()
