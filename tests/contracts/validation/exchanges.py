"""Requests, response bodies and shortcuts that the tests of validation share."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_providercalls.contracts import Violation, validate_exchange
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, UNKNOWN_ID
from pytest_providercalls.fake_server import FakeVoipbin

each_edition = pytest.mark.parametrize("edition", EDITIONS)
SIGNED = (("Authorization", "Bearer t"),)
CALL = f"/v1.0/calls/{UNKNOWN_ID}"


def place(fake: FakeVoipbin) -> Request:
    """A request that places one call."""
    body = {"provider_id": fake.provider.id, "source": SOURCE, "destinations": [DESTINATION]}
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    return Request("POST", "/v1.0/providercalls", headers, json.dumps(body).encode())


def call(**change: object) -> dict[str, Any]:
    """A ringing call in the documented format."""
    fake = FakeVoipbin()
    id = fake.handle(place(fake)).json()["call_ids"][0]
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    found: dict[str, Any] = fake.handle(Request("GET", f"/v1.0/calls/{id}", headers)).json()
    return {**found, "id": UNKNOWN_ID, **change}


def violations(request: Request, status: int, body: object) -> list[str]:
    """Validate a JSON response against every edition, and return the messages."""
    response = Response(status, (("Content-Type", "application/json"),), json.dumps(body).encode())
    found = validate_exchange(request, response)
    assert all(isinstance(one, Violation) and one.editions for one in found)
    return [str(one) for one in found]
