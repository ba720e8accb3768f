"""Who may use each endpoint, with which credential, and the responses to bad ids."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.probes import UNKNOWN_ID
from pytest_providercalls.fake_server import FakeVoipbin

from .requests_to import APRIL, refusal, refused, send

STAFF = {"super_admin", "customer_admin", "customer_manager", "key:customer_admin", "delegate"}
ADMINS = STAFF - {"customer_manager"}
SUPER_ADMINS = {"super_admin"}
EVERYBODY = (*sorted(STAFF), "customer_agent", "direct")
TIERS = {
    ("GET", "/agents"): STAFF,
    ("GET", "/billing_accounts"): SUPER_ADMINS,
    ("GET", "/billing_accounts/{account}"): SUPER_ADMINS,
    ("POST", "/billing_accounts/{account}/balance_add_force"): SUPER_ADMINS,
    ("POST", "/billing_accounts/{account}/balance_subtract_force"): SUPER_ADMINS,
    ("PUT", "/customer/metadata"): ADMINS,
    ("PUT", "/customers/{customer}/metadata"): SUPER_ADMINS,
    ("GET", "/extensions"): STAFF,
    ("GET", "/numbers"): STAFF,
}
"""The endpoints without another customer's records, and the roles that may use them."""
WITH_ID = [
    ("GET", "/agents/{id}", "AGENT_NOT_FOUND"),
    ("GET", "/billing_accounts/{id}", "BILLING_ACCOUNT_NOT_FOUND"),
    ("POST", "/billing_accounts/{id}/balance_add_force", "RESOURCE_NOT_FOUND"),
    ("POST", "/billing_accounts/{id}/balance_subtract_force", "RESOURCE_NOT_FOUND"),
    ("PUT", "/customers/{id}/metadata", ""),
    ("GET", "/extensions/{id}", "EXTENSION_NOT_FOUND"),
    ("GET", "/numbers/{id}", "NUMBER_NOT_FOUND"),
    ("PUT", "/numbers/{id}/flow_ids", "NUMBER_NOT_FOUND"),
]


@pytest.mark.parametrize(("method", "path"), TIERS)
@pytest.mark.parametrize("role", EVERYBODY)
def test_only_the_tier_may_use_an_endpoint(fake: FakeVoipbin, method: str, path: str, role: str) -> None:
    customer = fake.state.customers[fake.customer_admin.customer_id]
    target = path.format(account=customer.billing_account_id, customer=customer.id)
    denied = refused(fake, 403, "DIRECT_ACCESS_NOT_SUPPORTED" if role == "direct" else "PERMISSION_DENIED")
    found = refusal(send(fake, method, target, {} if method != "GET" else None, role))
    if role == "delegate" and fake.edition.name == APRIL:
        assert found[0] == 401  # these servers have no delegate tokens
    else:
        assert found == ((200, "") if role in TIERS[method, path] else denied)


@pytest.mark.parametrize(("method", "path"), [*TIERS, *((method, path) for method, path, _ in WITH_ID)])
def test_a_credential_is_required(fake: FakeVoipbin, method: str, path: str) -> None:
    path = path.format(account=UNKNOWN_ID, customer=UNKNOWN_ID, id=UNKNOWN_ID)
    assert send(fake, method, path, {}, role="").status == 401


@pytest.mark.parametrize(("method", "path", "reason"), WITH_ID)
def test_an_unknown_id_is_not_found(fake: FakeVoipbin, method: str, path: str, reason: str) -> None:
    # Customers are looked up by a service that responds 400.
    expected = refused(fake, 404, reason) if reason else refused(fake, 400, "INVALID_ARGUMENT")
    assert refusal(send(fake, method, path.format(id=UNKNOWN_ID), {})) == expected


@pytest.mark.parametrize("id", ["nope", NIL, "123", UNKNOWN_ID + "0"])
@pytest.mark.parametrize(("method", "path", "reason"), WITH_ID)
def test_a_bad_id_is_refused_first(fake: FakeVoipbin, method: str, path: str, reason: str, id: str) -> None:
    for body, role in (({}, "super_admin"), (None, "super_admin"), ({}, "customer_agent"), ({}, "direct")):
        response = send(fake, method, path.format(id=id), body, role)
        assert refusal(response) == refused(fake, 400, "INVALID_ID"), (body, role)


@pytest.mark.parametrize(
    ("method", "resource", "part"),
    [("GET", "agents", ""), ("GET", "extensions", ""), ("GET", "numbers", ""), ("PUT", "numbers", "/flow_ids")],
)
def test_a_record_of_another_customer_is_for_super_admins_only(
    fake: FakeVoipbin, method: str, resource: str, part: str
) -> None:
    owner = fake.super_admin.customer_id
    ids = {
        "agents": fake.super_admin.id,
        "extensions": fake.add_extension("2000", customer=owner).id,
        "numbers": fake.add_number("+12025550111", customer=owner).id,
    }
    path, body = f"/{resource}/{ids[resource]}{part}", {} if method == "PUT" else None
    other_super_admin = fake.add_agent("super_admin", customer=fake.add_customer())
    assert send(fake, method, f"{path}?token={other_super_admin.token}", body, role="").status == 200
    denied = refused(fake, 403, "PERMISSION_DENIED")
    for role in ("customer_admin", "customer_manager", "customer_agent", "key:customer_admin"):
        assert refusal(send(fake, method, path, body, role)) == denied, role
    assert refusal(send(fake, method, path, body, "direct")) == refused(fake, 403, "DIRECT_ACCESS_NOT_SUPPORTED")


@pytest.mark.parametrize("resource", ["agents", "extensions", "numbers"])
def test_an_unknown_id_is_not_found_for_any_tier(fake: FakeVoipbin, resource: str) -> None:
    # The servers look the record up before they check the tier.
    status, _ = refusal(send(fake, "GET", f"/{resource}/{UNKNOWN_ID}", role="customer_agent"))
    assert status == (400 if fake.edition.name == APRIL else 404)
