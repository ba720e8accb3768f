"""Requests to a fake with faults, and which of them a fault applied to."""

from __future__ import annotations

import json

from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.transports.wire_response import WireResponse

PATH = "/v1.0/providercalls"


def post(fake: FakeVoipbin) -> WireResponse:
    """Place a call."""
    body = {
        "provider_id": fake.provider.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}],
    }
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"),)
    return fake.respond(Request("POST", PATH, headers, json.dumps(body).encode()))


def get(fake: FakeVoipbin, path: str = "/v1.0/calls", method: str = "GET") -> WireResponse:
    """Send a request without a body."""
    return fake.respond(Request(method, path, (("Authorization", f"Bearer {fake.super_admin.token}"),)))


def faulty_requests(fake: FakeVoipbin) -> list[int]:
    """Return the numbers of the requests that a fault applied to, from 0."""
    return [index for index, entry in enumerate(fake.requests) if entry.fault]
