"""The request that the benchmarks send, and the recorded response that static mocks return."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
from pytest_providercalls.contracts import Request
from pytest_providercalls.fake_server import FakeVoipbin

PATH = "/v1.0/providercalls"
URL = "https://api.voipbin.net" + PATH
FAKE = FakeVoipbin()
"""Any fake with the same seed has the same provider. Without an owner it also has the same token."""
BODY = json.dumps(
    {
        "provider_id": FAKE.provider.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}],
        "anonymous": "auto",
    }
).encode()
ACTIONS = [
    {"type": "answer"},
    {"type": "talk", "option": {"text": "This is a provider verification call.", "language": "en-US"}},
    {"type": "hangup"},
]
HEADERS = {"Authorization": f"Bearer {FAKE.super_admin.token}", "Content-Type": "application/json"}
POST = Request("POST", PATH, tuple(HEADERS.items()), BODY)
WITH_FLOW = POST._replace(body=json.dumps({**json.loads(BODY), "actions": ACTIONS}).encode())
ANSWER = FAKE.handle(POST)
ANSWER_HEADERS = dict(ANSWER.headers)


def numbered(number: int) -> bytes:
    """Return the body with one of ten million numbers to dial."""
    return BODY.replace(b"2025550143", b"212%07d" % number)


def headers_of(fake: FakeVoipbin) -> dict[str, str]:
    """Return the headers of the request for a fake with credentials of its own."""
    return {**HEADERS, "Authorization": f"Bearer {fake.super_admin.token}"}


def posting(client: httpx.Client, url: str = URL, headers: dict[str, str] = HEADERS) -> Callable[[], object]:
    """Return a function that sends the request and reads the response. Raises if the request is refused."""
    client.post(url, headers=headers, content=BODY).raise_for_status()
    return lambda: client.post(url, headers=headers, content=BODY).json()
