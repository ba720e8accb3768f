"""Requests to a fake in a role, and what they are refused with."""

from __future__ import annotations

import json

from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.fake_server import FakeVoipbin

ROLES = ("super_admin", "customer_admin", "customer_manager", "customer_agent")
APRIL = "server-2026-04"


def send(fake: FakeVoipbin, method: str, path: str, body: object = None, role: str = "super_admin") -> Response:
    """Send a request with the token of a role, of a kind of token such as `direct`, or an access key (`key:ROLE`)."""
    query, headers = "", []
    if role.startswith("key:"):
        query = f"{'&' if '?' in path else '?'}accesskey={getattr(fake, role[4:]).accesskey}"
    elif role:
        headers.append(("Authorization", f"Bearer {_token(fake, role)}"))
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return fake.handle(Request(method, f"/v1.0{path}{query}", tuple(headers), content))


def _token(fake: FakeVoipbin, role: str) -> str:
    if role in ROLES:
        token: str = getattr(fake, role).token
        return token
    return fake.issue_token(fake.state.agents[fake.super_admin.id], kind=role)


def refusal(response: Response) -> tuple[int, str]:
    """Return the status and the reason of a response; no reason if its body is empty."""
    body = json.loads(response.body) if response.body else {}
    return response.status, body.get("error", {}).get("reason", "")


def refused(fake: FakeVoipbin, status: int, reason: str) -> tuple[int, str]:
    """Return a refusal as the fake's edition sends it: 400 and no body in April 2026."""
    return (400, "") if fake.edition.name == APRIL else (status, reason)
