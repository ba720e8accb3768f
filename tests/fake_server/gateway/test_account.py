"""The principal's own customer: who may change which fields."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin

FIELDS = {"name": "n", "detail": "d", "email": "e@client.example", "phone_number": "+12025550100", "address": "a"}
HOOK = {"webhook_method": "POST", "webhook_uri": "https://client.example/hooks"}


def test_put_stores_all_fields(fake: FakeVoipbin, api: ProbeClient) -> None:
    response = require_success(api.put("/customer", {**FIELDS, **HOOK}))
    assert {key: response[key] for key in (*FIELDS, *HOOK)} == {**FIELDS, **HOOK}
    shown = require_success(api.get("/customer"))
    shown.pop("webhook_secret", None)
    assert shown == response


@pytest.mark.parametrize("path", ["/customer", "/customers/{id}"])
def test_omitted_fields_become_empty_and_others_are_ignored(fake: FakeVoipbin, api: ProbeClient, path: str) -> None:
    path = path.format(id=fake.super_admin.customer_id)
    before = require_success(api.get("/customer"))
    require_success(api.put(path, {**FIELDS, **HOOK}))
    # A client may send back everything that it received.
    require_success(api.put(path, {**before, "id": "x", "status": "frozen", "webhook_secret": "mine"}))
    assert {**require_success(api.get("/customer")), "tm_update": None} == {**before, "tm_update": None}


@pytest.mark.parametrize("role", ["customer_manager", "customer_agent", "direct"])
@pytest.mark.parametrize("path", ["/customer", "/customers/{id}"])
def test_other_roles_cannot_change_a_customer(fake: FakeVoipbin, api: ProbeClient, role: str, path: str) -> None:
    refused = api.put(path.format(id=fake.customer_admin.customer_id), {"name": "mine"}, as_=role)
    assert refused.status == (400 if fake.edition.name == "server-2026-04" else 403)
    assert require_success(api.get("/customer", as_="customer_admin"))["name"] == "customer"


def test_super_admin_can_change_another_customer(fake: FakeVoipbin, api: ProbeClient) -> None:
    response = require_success(api.put(f"/customers/{fake.customer_admin.customer_id}", HOOK))
    assert response["id"] == fake.customer_admin.customer_id
    assert (
        "webhook_uri" not in require_success(api.get("/customer"))
        or require_success(api.get("/customer"))["webhook_uri"] == ""
    )
    assert require_success(api.get("/customer", as_="customer_admin"))["webhook_uri"] == HOOK["webhook_uri"]


@pytest.mark.parametrize("uri", ["client.example", "ftp://client.example/", "https://", "https://[::1/", "/hooks"])
def test_only_the_documents_validate_the_webhook_uri(fake: FakeVoipbin, api: ProbeClient, uri: str) -> None:
    documented = fake.edition.name == "documented"
    assert api.put("/customer", {"webhook_uri": uri}).status == (400 if documented else 200)
    assert require_success(api.get("/customer")).get("webhook_uri", "") == ("" if documented else uri)


@pytest.mark.parametrize(
    ("field", "characters"),
    [("name", 255), ("email", 255), ("address", 1024), ("webhook_uri", 1023), ("detail", 65_535)],
)
def test_texts_that_do_not_fit_the_database_are_refused(
    fake: FakeVoipbin, api: ProbeClient, field: str, characters: int
) -> None:
    text = "https://client.example/".ljust(characters, "x")
    assert require_success(api.put("/customer", {field: text}))[field] == text
    assert api.put("/customer", {field: text + "x"}).status == 400
    assert require_success(api.get("/customer"))[field] == text


def test_webhook_secret_in_a_request_is_redacted(fake: FakeVoipbin, api: ProbeClient) -> None:
    api.put("/customer", {"webhook_secret": "hunter2"})
    assert "hunter2" not in f"{fake.transcript()} {fake.requests}"
