"""Checks before the handlers: credentials, customers, permissions, paths."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin


@pytest.mark.parametrize("fake", ["documented", "server-2026-08"], indirect=True)
def test_error_of_a_frozen_customer_has_its_deletion_dates(fake: FakeVoipbin, api: ProbeClient) -> None:
    customer = fake.state.customers[fake.customer_admin.customer_id]
    customer.status, customer.tm_deletion_scheduled = "frozen", datetime(2026, 4, 1, tzinfo=timezone.utc)
    (details,) = api.get("/calls", as_="customer_admin").json()["error"]["details"]
    assert details["deletion_scheduled_at"][:10] == "2026-04-01"
    assert details["deletion_effective_at"][:10] == "2026-05-01"
    assert api.get("/calls").status == 200


def test_accesskey_of_a_customer_admin_cannot_place_providercalls(fake: FakeVoipbin, api: ProbeClient) -> None:
    key = api.accesskey("customer_admin")
    assert api.get(f"/calls?accesskey={key}", as_=None).status == 200
    assert api.post(f"/providercalls?accesskey={key}", api.body(), as_=None).status == 403


def test_id_in_a_path_is_decoded_twice(fake: FakeVoipbin, api: ProbeClient) -> None:
    id = api.place()["id"]
    for dash in ("%2D", "%252D", "%252d"):
        assert require_success(api.get(f"/providercalls/{id.replace('-', dash)}"))["id"] == id


def test_first_of_two_tokens_in_a_query_counts(fake: FakeVoipbin, api: ProbeClient) -> None:
    good = fake.super_admin.token
    assert api.get(f"/calls?token={good}&token=bad", as_=None).status == 200
    assert api.get(f"/calls?token=bad&token={good}", as_=None).status == 401


@pytest.mark.parametrize("path", ["/calls/{call}", "/providercalls/{record}", "/flows/{flow}", "/groupcalls/{group}"])
def test_agent_without_permission_is_forbidden(fake: FakeVoipbin, api: ProbeClient, path: str) -> None:
    record = api.place()
    ids = {"call": record["call_ids"][0], "record": record["id"], "flow": fake.add_flow().id}
    group = {"destinations": [{"type": "tel", "target": "+12025550143"}], "source": record["source"]}
    path = path.format(**ids, group=require_success(api.post("/groupcalls", group))["id"])
    agent = fake.state.agents[fake.super_admin.id]
    agent.permission = 0
    token = fake.issue_token(agent)
    refused = api.get(path, as_=None, headers=(("Authorization", f"Bearer {token}"),))
    assert refused.status == (400 if fake.edition.name == "server-2026-04" and "provider" not in path else 403)


@pytest.mark.parametrize("slash", ["/", "%2F", "%2f"])
def test_trailing_slash_is_redirected(api: ProbeClient, slash: str) -> None:
    redirect = api.get(f"/calls{slash}?page_size=1", as_=None)
    assert (redirect.status, redirect.header("Location")) == (301, "/v1.0/calls?page_size=1")
    assert api.get(f"//{slash}", as_=None).status == 404
