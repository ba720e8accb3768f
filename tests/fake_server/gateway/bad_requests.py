"""Valid request bodies to damage, and checks of the responses to damaged requests."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pytest_providercalls.contracts.http import Response
from pytest_providercalls.contracts.models.responses import Envelope
from pytest_providercalls.fake_server import FakeVoipbin

EDITIONS = ("documented", "server-2026-04", "server-2026-08")
RESOURCES = ("providers", "providercalls", "calls", "groupcalls", "flows", "activeflows", "accesskeys")
PROVIDER = FakeVoipbin().provider.id
SOURCE = {"type": "tel", "target": "+12025550100"}
DESTINATION = {"type": "tel", "target": "+12025550143"}
PROVIDERCALL = {"provider_id": PROVIDER, "source": SOURCE, "destinations": [DESTINATION]}
VALID_BODIES: dict[str, Any] = {
    "/v1.0/providercalls": PROVIDERCALL,
    "/v1.0/calls": {"source": SOURCE, "destinations": [DESTINATION]},
    "/v1.0/flows": {"name": "one", "actions": [{"type": "answer"}]},
    "/v1.0/providers": {"hostname": "sip.example", "tech_headers": {"X-A": "1"}},
    "/v1.0/accesskeys": {"name": "one", "expire": 86400},
    "/auth/login": {"username": "super-admin", "password": "x"},
}


def bearer(fake: FakeVoipbin) -> tuple[str, str]:
    """Return the Authorization header of the super-admin."""
    return "Authorization", f"Bearer {fake.super_admin.token}"


def is_own_error(fake: FakeVoipbin, response: Response) -> bool:
    """Return whether a response has one of the API's error formats."""
    if response.status < 400:
        return False
    # The response to HEAD has headers that describe a body, but no body.
    if not response.body or response.body in (b"404 page not found", b"400 Bad Request"):
        return True
    if fake.edition.name == "server-2026-04":
        return list(response.json()) == ["msg"]
    try:
        Envelope.model_validate_json(response.body)
    except ValidationError:
        return False
    return True


def unexpected_changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return what a refused request changed, except for what the servers also leave behind.

    The servers leave orphan calls with their activeflows (calls.md 3.9) and temporary flows (providers.md 3.3).
    """
    orphans = {key for key, call in after["calls"].items() if call.orphan}
    activeflows = {key for key, flow in after["activeflows"].items() if flow.reference_id in orphans}
    allowed = {
        "calls": orphans,
        "activeflows": activeflows,
        "flows": {key for key, flow in after["flows"].items() if flow.temporary},
        "events": {key for key, event in after["events"].items() if event.resource_id in orphans | activeflows},
    }
    return [
        f"{name}: {key}"
        for name, table in after.items()
        for key in table.keys() | before[name].keys()
        if table.get(key) != before[name].get(key) and not (key not in before[name] and key in allowed.get(name, set()))
    ]
