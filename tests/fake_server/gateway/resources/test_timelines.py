"""GET /timelines/{resource_type}/{resource_id}/events."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Response
from pytest_providercalls.contracts.probes import UNKNOWN_ID, ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin

from .recorded_calls import answered_call

APRIL = "server-2026-04"
NO_RESOURCE, INTERNAL = {"message": "resource not found"}, {"message": "internal error"}


def refusal(response: Response) -> tuple[int, Any]:
    """Return the status of an error, and its reason; in April 2026 the body."""
    body = response.json()
    return response.status, body["error"]["reason"] if "error" in body else body


def events(api: ProbeClient, path: str, **query: object) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = require_success(api.get(f"/timelines/{path}/events", **query))["result"]
    return rows


def test_a_call_has_its_events_from_the_newest_on(fake: FakeVoipbin, api: ProbeClient) -> None:
    call = answered_call(api, fake)
    call.hangup()
    rows = events(api, f"calls/{call.id}")
    assert [row["event_type"] for row in rows] == ["call_hangup", "call_updated", "call_progressing", "call_created"]
    assert [row["data"]["status"] for row in rows] == ["hangup", "progressing", "progressing", "dialing"]
    assert rows[0]["data"] == require_success(api.get(f"/calls/{call.id}"))
    own = [event for event in fake.events if event.resource_id == call.id]
    assert [row["timestamp"] for row in rows] == [
        f"{one.at:%Y-%m-%dT%H:%M:%S}.{one.at:%f}"[:-3] + "Z" for one in own[::-1]
    ]


def test_an_activeflow_has_its_events(fake: FakeVoipbin, api: ProbeClient) -> None:
    call = answered_call(api, fake)
    rows = events(api, f"activeflows/{call.activeflow_id}")
    assert rows[-1]["event_type"] == "activeflow_created"
    assert rows[0]["data"] == require_success(api.get(f"/activeflows/{call.activeflow_id}"))


def test_a_flow_has_the_events_that_clients_caused(fake: FakeVoipbin, api: ProbeClient) -> None:
    created = require_success(api.post("/flows", {"name": "one"}))
    changed = require_success(api.put(f"/flows/{created['id']}", {"name": "two"}))
    api.post("/flows", {"name": "another"})
    rows = events(api, f"flows/{created['id']}")
    assert [(row["event_type"], row["data"]) for row in rows] == [("flow_updated", changed), ("flow_created", created)]
    assert [one for one in fake.events if one.type.startswith("flow_")] == []


def test_a_flow_that_a_test_or_a_call_created_has_its_creation(fake: FakeVoipbin, api: ProbeClient) -> None:
    call = answered_call(api, fake)
    for id in (fake.add_flow(name="seeded").id, call.flow_id):
        (row,) = events(api, f"flows/{id}")
        assert (row["event_type"], row["data"]) == ("flow_created", require_success(api.get(f"/flows/{id}")))


def test_pages_are_joined_by_tokens_and_the_last_has_none(fake: FakeVoipbin, api: ProbeClient) -> None:
    call = answered_call(api, fake)
    expected = events(api, f"calls/{call.id}")
    path, found = f"/timelines/calls/{call.id}/events", []
    token = ""
    for _ in expected:
        page = require_success(api.get(path, page_size=1, **({"page_token": token} if token else {})))
        found += page["result"]
        token = page.get("next_page_token", "")
        assert len(token) in (0, len("2026-04-21T23:15:00.000000Z"))
    assert (found, token) == (expected, "")
    for size in (0, -1, 1001):
        assert events(api, f"calls/{call.id}", page_size=size) == expected


def test_up_to_a_thousand_events_are_one_page(fake: FakeVoipbin, api: ProbeClient) -> None:
    id = require_success(api.post("/flows", {"name": "one"}))["id"]
    for _ in range(101):
        api.put(f"/flows/{id}", {"name": "more"})
    sizes = [len(events(api, f"flows/{id}", **query)) for query in ({}, {"page_size": 1000}, {"page_size": 1001})]
    assert sizes == [100, 102, 100]


def test_errors_of_a_request(fake: FakeVoipbin, api: ProbeClient) -> None:
    april = fake.edition.name == APRIL
    bad_type = (400, {"message": "invalid resource type"} if april else "INVALID_RESOURCE_TYPE")
    assert refusal(api.get(f"/timelines/providers/{UNKNOWN_ID}/events")) == bad_type
    for query in ({"page_size": "x"}, {"page_token": "yesterday"}):
        path = f"/timelines/calls/{answered_call(api, fake).id}/events"
        status = 400 if "page_size" in query else 500
        assert api.get(path, **query).status == status
    for id in ("nope", "%00", UNKNOWN_ID[:-1]):
        response = api.get(f"/timelines/calls/{id}/events")
        assert response.status == 400
        assert b"resource_id" in response.body
    # The parameter is parsed before the resource type is looked at.
    assert b"resource_id" in api.get("/timelines/providers/nope/events").body


@pytest.mark.parametrize(
    ("type", "reason"),
    [
        ("calls", "CALL_NOT_FOUND"),
        ("activeflows", "ACTIVEFLOW_NOT_FOUND"),
        ("flows", "FLOW_NOT_FOUND"),
        ("conferences", "CONFERENCE_NOT_FOUND"),
    ],
)
def test_an_unknown_resource_is_not_found(fake: FakeVoipbin, api: ProbeClient, type: str, reason: str) -> None:
    expected = (500, INTERNAL) if fake.edition.name == APRIL else (404, reason)
    for id in (UNKNOWN_ID, NIL):
        assert refusal(api.get(f"/timelines/{type}/{id}/events")) == expected


def test_a_deleted_resource_has_no_timeline(fake: FakeVoipbin, api: ProbeClient) -> None:
    call = answered_call(api, fake)
    april = fake.edition.name == APRIL
    for type, id, expected in (
        ("activeflows", call.activeflow_id, (404, NO_RESOURCE if april else "RESOURCE_NOT_FOUND")),
        ("flows", fake.add_flow().id, (404, NO_RESOURCE if april else "RESOURCE_NOT_FOUND")),
        ("calls", call.id, (500, INTERNAL) if april else (409, "STATE_INVALID")),
    ):
        require_success(api.delete(f"/{type}/{id}"))
        assert refusal(api.get(f"/timelines/{type}/{id}/events")) == expected


def test_who_may_read_events(fake: FakeVoipbin, api: ProbeClient) -> None:
    april = fake.edition.name == APRIL
    call = answered_call(api, fake)
    call.customer_id = fake.customer_admin.customer_id
    path = f"/timelines/calls/{call.id}/events"
    for role in ("customer_admin", "customer_manager", "super_admin"):
        assert api.get(path, as_=role).status == 200
    for role in ("customer_agent", "other_admin"):
        assert refusal(api.get(path, as_=role)) == ((404, NO_RESOURCE) if april else (403, "PERMISSION_DENIED"))
    direct = (500, INTERNAL) if april else (403, "DIRECT_ACCESS_NOT_SUPPORTED")
    assert refusal(api.get(path, as_="direct")) == direct
    key = api.get(path, as_=None, accesskey=api.accesskey("customer_admin"))
    documented = fake.edition.name == "documented"
    assert key.status == (403 if documented else 200)
    assert fake.requests[-1].refused_by == ("TL-AUTH-03" if documented else None)
