"""The initial resources of a fake, and those that a test adds."""

from __future__ import annotations

import json

import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.identity import Permission
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, UNKNOWN_ID, require_success
from pytest_providercalls.contracts.rules.routing.routes import DEFAULT_CUSTOMER
from pytest_providercalls.fake_server import FakeVoipbin

from .scenario import client_of


def test_new_fake_has_its_documented_resources(fake: FakeVoipbin) -> None:
    identities = (fake.super_admin, fake.customer_admin, fake.customer_manager, fake.customer_agent)
    assert [one.permission for one in identities] == [0x01, 0x20, 0x40, 0x10]
    assert len({one.customer_id for one in identities}) == 2
    assert (fake.provider.health_status, list(fake.providers)) == ("healthy", [fake.provider.id])
    assert not (fake.calls or fake.providercalls or fake.groupcalls or fake.flows or fake.activeflows)


def test_added_customer_can_place_calls(fake: FakeVoipbin) -> None:
    admin = fake.add_agent(Permission.SUPER_ADMIN, customer=fake.add_customer())
    body = json.dumps({"provider_id": fake.provider.id, "source": SOURCE, "destinations": [DESTINATION]})
    response = fake.handle(Request("POST", f"/v1.0/providercalls?token={admin.token}", (), body.encode()))
    assert (response.status, response.json()["customer_id"]) == (200, admin.customer_id)


@pytest.mark.parametrize("name", ["super_admin", "customer_admin", "customer_manager", "customer_agent"])
def test_credentials_of_an_identity_work(fake: FakeVoipbin, name: str) -> None:
    one = getattr(fake, name)
    assert fake.handle(Request("GET", f"/v1.0/me?token={one.token}")).json()["id"] == one.id
    login = json.dumps({"username": one.username, "password": one.password}).encode()
    assert fake.handle(Request("POST", "/auth/login", (), login)).status == 200
    assert fake.handle(Request("GET", f"/v1.0/calls?accesskey={one.accesskey}")).status == 200


def test_added_accesskey_works(fake: FakeVoipbin) -> None:
    key = fake.add_accesskey(fake.state.agents[fake.customer_admin.id], name="mine")
    assert (key.customer_id, key.name) == (fake.customer_admin.customer_id, "mine")
    assert fake.handle(Request("GET", f"/v1.0/flows?accesskey={key.secret}")).status == 200


def test_added_provider_is_healthy_by_default(fake: FakeVoipbin) -> None:
    one, other = fake.add_provider(hostname="a.example"), fake.add_provider(health_status="unknown")
    assert (one.health_status, one.health_checked_at, one.hostname) == ("healthy", one.tm_create, "a.example")
    assert (other.health_status, other.health_checked_at) == ("unknown", None)


def test_deleted_provider_is_soft_deleted(fake: FakeVoipbin) -> None:
    gone = fake.delete_provider(fake.provider.id)
    assert gone.tm_delete == gone.tm_update is not None
    assert require_success(client_of(fake).get(f"/providers/{gone.id}"))["tm_delete"] is not None
    assert require_success(client_of(fake).get("/providers"))["result"] == []


def test_unknown_provider_cannot_be_deleted(fake: FakeVoipbin) -> None:
    with pytest.raises(KeyError):
        fake.delete_provider("nope")


def test_added_route_is_a_default_one_unless_it_names_a_customer(fake: FakeVoipbin) -> None:
    default, own = fake.add_route(UNKNOWN_ID), fake.add_route(fake.provider, customer=fake.customer_admin.customer_id)
    assert (default.customer_id, default.provider_id, default.target) == (DEFAULT_CUSTOMER, UNKNOWN_ID, "all")
    assert (own.customer_id, own.provider_id) == (fake.customer_admin.customer_id, fake.provider.id)
    assert fake.delete_route(own).tm_delete == own.tm_update is not None
    with pytest.raises(KeyError, match="nope"):
        fake.delete_route("nope")
    with pytest.raises(KeyError, match="this is a name; pass the id"):
        fake.add_route(fake.provider.name)
    with pytest.raises(TypeError, match="prio"):
        fake.add_route(fake.provider, prio=1)


def test_a_customer_without_outbound_configuration_can_call_no_telephone(fake: FakeVoipbin) -> None:
    customer = fake.add_customer(has_outbound_config=False)
    assert customer.destination_whitelist == frozenset()
    assert customer.id not in {config.customer_id for config in fake.outbound_configs.values()}


def test_added_flow_belongs_to_the_super_admin_by_default(fake: FakeVoipbin) -> None:
    mine = fake.add_flow([{"type": "talk", "option": {"text": "hi"}}], name="mine")
    other = fake.add_flow(customer=fake.customer_admin.customer_id)
    assert [row["id"] for row in require_success(client_of(fake).get("/flows"))["result"]] == [mine.id]
    assert other.customer_id == fake.customer_admin.customer_id
