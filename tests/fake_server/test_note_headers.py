"""The header X-Fake-Note: off by default, requested by the server or by a request, and safe for any client."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import Mock

from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.probes import HANDSHAKE
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.env_vars import variables
from pytest_providercalls.fake_server.note_headers import HEADER, NoteHeaders
from pytest_providercalls.fake_server.transports import UpgradingHandler
from pytest_providercalls.fake_server.websockets.connection import Wire

REQUESTED = (("x-fake-note", "1"),)
EMAIL = {"type": "email", "target": "someone@example.net"}


def notes(fake: FakeVoipbin, *headers: tuple[str, str], always: bool = False, **changes: Any) -> list[str]:
    """Return the notes in the response to a POST /providercalls with these changes to its body."""
    body = {
        "provider_id": fake.provider.id,
        "source": {"type": "tel", "target": "+12025550100"},
        "destinations": [{"type": "tel", "target": "+12025550143"}],
        **changes,
    }
    headers = (("Authorization", f"Bearer {fake.super_admin.token}"), *headers)
    request = Request("POST", "/v1.0/providercalls", headers, json.dumps(body).encode())
    response = NoteHeaders(fake, always=always).respond(request).response
    assert response is not None
    return [value for name, value in response.headers if name == HEADER]


def test_an_ignored_field_and_a_dropped_destination_are_in_the_response(fake: FakeVoipbin) -> None:
    destinations = [{"type": "tel", "target": "+12025550143"}, EMAIL]
    found = notes(fake, *REQUESTED, destinations=destinations, destination=EMAIL)
    assert [note.partition(":")[0] for note in found] == ["note", "warning"]
    assert "email" in found[0] and "did you mean 'destinations'" in found[1]
    assert found == fake.requests[-1].remarks()


def test_a_refused_request_is_explained(fake: FakeVoipbin) -> None:
    refused, hint = notes(fake, always=True, destinations=[])
    assert refused.startswith("refused by PC-PRE-04: At least one destination is required.")
    assert hint.startswith("hint: ")


def test_an_injected_fault_is_named(fake: FakeVoipbin) -> None:
    fake.faults.add("error", status=503)
    assert notes(fake, *REQUESTED)[0].startswith("fault: error (before)")


def test_no_response_has_the_header_unless_it_is_requested(fake: FakeVoipbin) -> None:
    assert notes(fake, destination=EMAIL) == []
    assert notes(fake, *REQUESTED) == []


def test_a_request_without_a_response_stays_without(fake: FakeVoipbin) -> None:
    fake.faults.add("drop")
    assert NoteHeaders(fake, always=True).respond(Request("GET", "/ping")).response is None


def test_a_refused_handshake_is_explained(fake: FakeVoipbin) -> None:
    handler = NoteHeaders(fake)
    assert isinstance(handler, UpgradingHandler)
    request = Request("GET", "/v1.0/ws", (*HANDSHAKE, *REQUESTED))
    wire_response, connection = handler.connect(request, Mock(spec=Wire))
    assert connection is None and wire_response.response is not None
    assert (wire_response.response.header(HEADER) or "").startswith("refused by AU-01")


def test_the_headers_are_short_ascii_and_free_of_credentials(fake: FakeVoipbin) -> None:
    token = fake.super_admin.token
    fields = {f"{token}\r\nné-{index} {'of a very long name ' * 45}": 1 for index in range(15)}
    found = notes(fake, *REQUESTED, **fields)
    assert 2 <= len(found) < 15 and sum(map(len, found)) < 8192
    assert found[-1] == "more notes are in the journal: GET /_fake/journal"
    assert all(note.isascii() and note.isprintable() for note in found)
    assert token not in "".join(found)


def test_the_exported_access_key_reads_and_ends_what_the_exported_token_has_placed(fake: FakeVoipbin) -> None:
    notes(fake)
    env = variables("http://127.0.0.1:1/v1.0", fake)
    assert env["VN_ACCESS_KEY"] == env["VOIPBIN_ACCESSKEY"] == env["VOIPBIN_API_KEY"]
    key = env["VN_ACCESS_KEY"]
    [call] = fake.placed()
    for path in ("calls", f"calls/{call.id}", "flows", "accesskeys", "customer", "billing_account", "billings"):
        assert fake.handle(Request("GET", f"/v1.0/{path}?accesskey={key}")).status == 200
    assert fake.handle(Request("POST", f"/v1.0/calls/{call.id}/hangup?accesskey={key}")).status == 200
