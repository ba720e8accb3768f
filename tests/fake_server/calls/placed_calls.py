"""Placing calls, bringing them to a status, and reading how they ended."""

from __future__ import annotations

from typing import Any

from pytest_providercalls.contracts.http import Response
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import Call

APRIL, AUGUST = "server-2026-04", "server-2026-08"
CALLER = "+12025550100"
CALLEE = "+12025550143"
LONG = {"type": "sleep", "option": {"duration": 7_200_000}}
"""An action that outlasts every call: the callee or a timer ends the call before the flow completes."""


def place_call(api: ProbeClient, fake: FakeVoipbin, destination: str = CALLEE, **fields: Any) -> Call:
    """Place a call through the healthy provider, with a flow that does not complete."""
    fields.setdefault("provider_id", fake.provider.id)
    fields.setdefault("actions", [LONG])
    record = api.place(destinations=[{"type": "tel", "target": destination}], **fields)
    return fake.calls[record["call_ids"][0]]


def post_calls(api: ProbeClient, path: str, role: str = "super_admin", **fields: object) -> Response:
    """Send POST /providercalls or POST /calls in a role."""
    body: dict[str, object] = {"source": SOURCE, "destinations": [DESTINATION], **fields}
    if path == "/providercalls":
        body["provider_id"] = api.target.healthy_provider_id
    return api.post(path, body, as_=role)


def bring_to(api: ProbeClient, call: Call, status: str) -> Call:
    """Bring a dialing call to a status, by the shortest way."""
    if status in ("progressing", "terminating"):
        call.answer()
    if status == "ringing":
        call.ring()
    if status in ("terminating", "canceling"):
        require_success(api.post(f"/calls/{call.id}/hangup"))
    if status == "hangup":
        call.hangup()
    assert call.status == status
    return call


def outcome(call: Call) -> tuple[str, str, str]:
    """Return a call's status and how it ended."""
    return call.status, call.hangup_reason, call.hangup_by


def fields_of_status(call: Call) -> tuple[Any, ...]:
    """Return all fields that a transition changes."""
    return (*outcome(call), call.tm_ringing, call.tm_progressing, call.tm_hangup, call.tm_update)


def notes(fake: FakeVoipbin) -> str:
    """Return the notes of the latest journal entry."""
    return "\n".join(fake.requests[-1].notes)
