"""The asker's own customer: who may change it, and what."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin

FIELDS = {"name": "n", "detail": "d", "email": "e@client.example", "phone_number": "+12025550100", "address": "a"}
HOOK = {"webhook_method": "POST", "webhook_uri": "https://client.example/hooks"}


def test_a_put_is_kept_and_shown(fake: FakeVoipbin, api: ProbeClient) -> None:
    answer = require_success(api.put("/customer", {**FIELDS, **HOOK}))
    assert {key: answer[key] for key in (*FIELDS, *HOOK)} == {**FIELDS, **HOOK}
    shown = require_success(api.get("/customer"))
    shown.pop("webhook_secret", None)
    assert shown == answer


@pytest.mark.parametrize("path", ["/customer", "/customers/{id}"])
def test_what_is_left_out_becomes_empty_and_nothing_else_is_touched(
    fake: FakeVoipbin, api: ProbeClient, path: str
) -> None:
    path = path.format(id=fake.super_admin.customer_id)
    before = require_success(api.get("/customer"))
    require_success(api.put(path, {**FIELDS, **HOOK}))
    # A client may send back all that it was shown.
    require_success(api.put(path, {**before, "id": "x", "status": "frozen", "webhook_secret": "mine"}))
    assert {**require_success(api.get("/customer")), "tm_update": None} == {**before, "tm_update": None}


@pytest.mark.parametrize("role", ["customer_manager", "customer_agent", "direct"])
@pytest.mark.parametrize("path", ["/customer", "/customers/{id}"])
def test_others_may_not(fake: FakeVoipbin, api: ProbeClient, role: str, path: str) -> None:
    refused = api.put(path.format(id=fake.customer_admin.customer_id), {"name": "mine"}, as_=role)
    assert refused.status == (400 if fake.edition.name == "server-2026-04" else 403)
    assert require_success(api.get("/customer", as_="customer_admin"))["name"] == "customer"


def test_a_super_admin_changes_another_customer(fake: FakeVoipbin, api: ProbeClient) -> None:
    answer = require_success(api.put(f"/customers/{fake.customer_admin.customer_id}", HOOK))
    assert answer["id"] == fake.customer_admin.customer_id
    assert (
        "webhook_uri" not in require_success(api.get("/customer"))
        or require_success(api.get("/customer"))["webhook_uri"] == ""
    )
    assert require_success(api.get("/customer", as_="customer_admin"))["webhook_uri"] == HOOK["webhook_uri"]


@pytest.mark.parametrize("uri", ["client.example", "ftp://client.example/", "https://", "https://[::1/", "/hooks"])
def test_the_documents_take_whole_urls_only(fake: FakeVoipbin, api: ProbeClient, uri: str) -> None:
    documented = fake.edition.name == "documented"
    assert api.put("/customer", {"webhook_uri": uri}).status == (400 if documented else 200)
    assert require_success(api.get("/customer")).get("webhook_uri", "") == ("" if documented else uri)


def test_a_secret_that_a_client_sends_is_not_written_down(fake: FakeVoipbin, api: ProbeClient) -> None:
    api.put("/customer", {"webhook_secret": "hunter2"})
    assert "hunter2" not in f"{fake.transcript()} {fake.requests}"


@pytest.mark.parametrize("fake", ["documented", "server-2026-08"], indirect=True)
def test_a_frozen_customer_is_told_when_it_ends(fake: FakeVoipbin, api: ProbeClient) -> None:
    customer = fake.state.customers[fake.customer_admin.customer_id]
    customer.status, customer.tm_deletion_scheduled = "frozen", datetime(2026, 4, 1, tzinfo=timezone.utc)
    (told,) = api.get("/calls", as_="customer_admin").json()["error"]["details"]
    assert told["deletion_scheduled_at"][:10] == "2026-04-01"
    assert told["deletion_effective_at"][:10] == "2026-05-01"
    assert api.get("/calls").status == 200


def test_the_key_of_a_customer_admin_is_no_super_admins(fake: FakeVoipbin, api: ProbeClient) -> None:
    key = api.accesskey("customer_admin")
    assert api.get(f"/calls?accesskey={key}", as_=None).status == 200
    assert api.post(f"/providercalls?accesskey={key}", api.body(), as_=None).status == 403


def test_an_id_in_a_path_is_decoded_twice(fake: FakeVoipbin, api: ProbeClient) -> None:
    id = api.place()["id"]
    for dash in ("%2D", "%252D", "%252d"):
        assert require_success(api.get(f"/providercalls/{id.replace('-', dash)}"))["id"] == id


def test_of_two_tokens_in_a_query_the_first_counts(fake: FakeVoipbin, api: ProbeClient) -> None:
    good = fake.super_admin.token
    assert api.get(f"/calls?token={good}&token=bad", as_=None).status == 200
    assert api.get(f"/calls?token=bad&token={good}", as_=None).status == 401


@pytest.mark.parametrize("path", ["/calls/{call}", "/providercalls/{record}", "/flows/{flow}", "/groupcalls/{group}"])
def test_an_agent_of_the_right_customer_is_still_only_an_agent(fake: FakeVoipbin, api: ProbeClient, path: str) -> None:
    record = api.place()
    made = {"call": record["call_ids"][0], "record": record["id"], "flow": fake.add_flow().id}
    group = {"destinations": [{"type": "tel", "target": "+12025550143"}], "source": record["source"]}
    path = path.format(**made, group=require_success(api.post("/groupcalls", group))["id"])
    agent = fake.state.agents[fake.super_admin.id]
    agent.permission = 0
    token = fake.issue_token(agent)
    refused = api.get(path, as_=None, headers=(("Authorization", f"Bearer {token}"),))
    assert refused.status == (400 if fake.edition.name == "server-2026-04" and "provider" not in path else 403)


@pytest.mark.parametrize("slash", ["/", "%2F", "%2f"])
def test_a_slash_too_many_is_redirected_to_the_path_without_it(api: ProbeClient, slash: str) -> None:
    moved = api.get(f"/calls{slash}?page_size=1", as_=None)
    assert (moved.status, moved.header("Location")) == (301, "/v1.0/calls?page_size=1")
    assert api.get(f"//{slash}", as_=None).status == 404
