"""/routes, tier by tier, with bad ids and bodies, deleted records and lists, in every edition."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Response
from pytest_providercalls.contracts.probes import UNKNOWN_ID, ProbeClient, require_success
from pytest_providercalls.contracts.rules.routing.routes import DEFAULT_CUSTOMER
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.seed_files import Seed

APRIL, AUGUST = "server-2026-04", "server-2026-08"
OPERATIONS = [("GET", ""), ("POST", ""), ("GET", "/{id}"), ("PUT", "/{id}"), ("DELETE", "/{id}")]
BODY = {"customer_id": DEFAULT_CUSTOMER, "name": "n", "detail": "d", "priority": 2, "target": "+1"}
each_operation = pytest.mark.parametrize(("method", "tail"), OPERATIONS)


def send(api: ProbeClient, method: str, tail: str, id: str, **options: Any) -> Response:
    body = {**BODY, "provider_id": UNKNOWN_ID} if method in ("POST", "PUT") else None
    return api.call(method, "/routes" + tail.replace("{id}", id), body, **options)


def reason(response: Response) -> tuple[int, str]:
    return response.status, response.json()["error"]["reason"] if response.body else ""


def refusal(fake: FakeVoipbin, status: int, text: str) -> tuple[int, str]:
    """Return a refusal as the edition sends it: the servers of April 2026 send 400 without a body."""
    return (400, "") if fake.edition.name == APRIL else (status, text)


@each_operation
@pytest.mark.parametrize("role", ["customer_admin", "customer_manager", "customer_agent"])
def test_only_a_super_admin_may_use_routes(
    api: ProbeClient, fake: FakeVoipbin, method: str, tail: str, role: str
) -> None:
    (id,) = fake.routes
    assert reason(send(api, method, tail, id, as_=role)) == refusal(fake, 403, "PERMISSION_DENIED")
    assert reason(send(api, method, tail, UNKNOWN_ID, as_=role)) == refusal(fake, 403, "PERMISSION_DENIED")
    assert [*fake.routes] == [id] and fake.routes[id].tm_update is None


@each_operation
def test_other_credentials(api: ProbeClient, fake: FakeVoipbin, method: str, tail: str) -> None:
    (id,) = fake.routes
    anonymous = send(api, method, tail, id, as_=None)
    assert anonymous.status == 401
    assert reason(send(api, method, tail, id, as_="direct")) == refusal(fake, 403, "DIRECT_ACCESS_NOT_SUPPORTED")
    key = send(api, method, tail, id, as_=None, accesskey=api.accesskey("super_admin"))
    assert (key.status == 200) is fake.edition.accesskeys_inherit_permission


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("id", "expected"),
    [
        (UNKNOWN_ID, (404, "ROUTE_NOT_FOUND")),
        (NIL, (400, "INVALID_ID")),
        ("nope", (400, "INVALID_ID")),
        ("%zz", None),
    ],
)
def test_bad_ids(api: ProbeClient, fake: FakeVoipbin, method: str, id: str, expected: tuple[int, str] | None) -> None:
    response = send(api, method, "/{id}", id)
    assert response.status == 400 if expected is None else reason(response) == refusal(fake, *expected)


def test_a_route_is_created_read_changed_and_deleted(api: ProbeClient, fake: FakeVoipbin) -> None:
    sent = {**BODY, "provider_id": fake.provider.id.upper()}
    created = require_success(api.post("/routes", sent))
    assert created == {
        "id": created["id"],
        **BODY,
        "provider_id": fake.provider.id,
        "tm_create": created["tm_create"],
        "tm_update": None,
        "tm_delete": None,
    }
    path = f"/routes/{created['id']}"
    assert require_success(api.get(path)) == created
    changed = require_success(api.put(path, {"name": "new", "customer_id": UNKNOWN_ID}))
    assert {key: changed[key] for key in ("name", "detail", "provider_id", "priority", "target", "customer_id")} == {
        "name": "new",
        "detail": "",
        "provider_id": NIL,
        "priority": 0,
        "target": "",
        "customer_id": DEFAULT_CUSTOMER,
    }
    deleted = require_success(api.delete(path))
    assert deleted["tm_delete"] == deleted["tm_update"] is not None
    assert require_success(api.get(path)) == deleted
    again = require_success(api.delete(path))
    assert again["tm_delete"] != deleted["tm_delete"]
    assert require_success(api.put(path, {"name": "late"}))["tm_delete"] == again["tm_delete"]
    assert created["id"] not in [row["id"] for row in api.first_page("/routes")]


@pytest.mark.parametrize(
    "body",
    [
        {"priority": 2**31},
        {"priority": -(2**31) - 1},
        {"name": "x" * 256},
        {"target": "x" * 256},
        {"detail": "x" * 65_536},
    ],
)
def test_values_that_do_not_fit(api: ProbeClient, fake: FakeVoipbin, body: dict[str, object]) -> None:
    (id,) = fake.routes
    assert reason(api.post("/routes", body)) == refusal(fake, 400, "INVALID_ARGUMENT")
    late = (500, "INTERNAL") if fake.edition.name == AUGUST else refusal(fake, 400, "INVALID_ARGUMENT")
    assert reason(api.put(f"/routes/{id}", body)) == late
    assert len(fake.routes) == 1 and fake.routes[id].name == "default"


@pytest.mark.parametrize("body", [{"priority": "1"}, {"priority": 1.5}, {"target": 1}, {"name": []}, []])
def test_values_of_a_wrong_type(api: ProbeClient, fake: FakeVoipbin, body: object) -> None:
    for response in (api.post("/routes", body), api.put(f"/routes/{next(iter(fake.routes))}", body)):
        assert reason(response) == refusal(fake, 400, "INVALID_JSON_BODY")


@pytest.mark.parametrize("body", [{}, {"priority": -1, "name": None, "customer_id": "nope", "provider_id": "nope"}])
def test_every_field_is_optional(api: ProbeClient, fake: FakeVoipbin, body: dict[str, object]) -> None:
    created = require_success(api.post("/routes", body))
    assert (created["customer_id"], created["provider_id"], created["name"]) == (NIL, NIL, "")


def test_lists(api: ProbeClient, fake: FakeVoipbin) -> None:
    (default,) = fake.routes
    own = fake.add_route(fake.provider, customer=fake.customer_admin.customer_id)
    other = fake.add_route(fake.provider, customer=fake.super_admin.customer_id)
    gone = fake.delete_route(fake.add_route(fake.provider))
    assert [row["id"] for row in api.first_page("/routes")] == [other.id, own.id, default]
    page = require_success(api.get("/routes", page_size=2))
    assert [row["id"] for row in page["result"]] == [other.id, own.id]
    assert [row["id"] for row in api.first_page("/routes", page_token=page["next_page_token"])] == [default]
    assert [row["id"] for row in api.first_page("/routes", customer_id=own.customer_id)] == [own.id]
    assert [row["id"] for row in api.first_page("/routes", customer_id=DEFAULT_CUSTOMER)] == [default]
    for unfiltered in (NIL, "nope", ""):
        assert len(api.first_page("/routes", customer_id=unfiltered)) == 3
    assert api.first_page("/routes", customer_id=UNKNOWN_ID) == []
    assert api.get(f"/routes?customer_id={NIL}&customer_id={NIL}").status == 400
    assert api.get("/routes", page_token="nope").status == 400
    assert gone.tm_delete is not None


@pytest.mark.parametrize("priority", [2**31, -(2**31) - 1])
def test_a_priority_that_the_api_refuses_cannot_be_added(priority: int) -> None:
    fake = FakeVoipbin()
    with pytest.raises(ValueError, match="does not fit into 32 bits"):
        fake.add_route(fake.provider, priority=priority)
    with pytest.raises(ValidationError, match="priority"):
        Seed.model_validate({"routes": [{"provider": "carrier", "priority": priority}]})
    assert fake.add_route(fake.provider, priority=2**31 - 1).priority == 2**31 - 1
