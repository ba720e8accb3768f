"""Credentials that belong to one owner: other fakes refuse them, and name the owner."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world import credential_owner
from pytest_providercalls.fake_server.world.credential_owner import CredentialOwner, CredentialRegistry

ROLES = ("super_admin", "customer_admin", "customer_manager", "customer_agent")


def fakes(*names: str, **options: Any) -> list[FakeVoipbin]:
    registry = CredentialRegistry()
    return [FakeVoipbin(owner=CredentialOwner(name, registry), **options) for name in names]


def token(fake: FakeVoipbin) -> Request:
    return Request("GET", "/v1.0/calls", (("Authorization", f"Bearer {fake.super_admin.token}"),))


def token_in_query(fake: FakeVoipbin) -> Request:
    return Request("GET", f"/v1.0/calls?token={fake.super_admin.token}", ())


def accesskey(fake: FakeVoipbin) -> Request:
    return Request("GET", f"/v1.0/calls?accesskey={fake.super_admin.accesskey}", ())


def new_agent(fake: FakeVoipbin) -> Request:
    return Request("GET", f"/v1.0/calls?token={fake.add_agent().token}", ())


def new_accesskey(fake: FakeVoipbin) -> Request:
    return Request("GET", f"/v1.0/calls?accesskey={fake.add_accesskey().secret}", ())


def password(fake: FakeVoipbin) -> Request:
    body = {"username": fake.super_admin.username, "password": fake.super_admin.password}
    return Request("POST", "/auth/login", (), json.dumps(body).encode())


def issued_at_login(fake: FakeVoipbin) -> Request:
    return Request("GET", f"/v1.0/calls?token={fake.handle(password(fake)).json()['token']}", ())


KINDS = [token, token_in_query, accesskey, new_agent, new_accesskey, password, issued_at_login]


@pytest.mark.parametrize("options", [{}, {"lifecycle": "realtime"}, {"broken": {"PC-PRE-04"}}], ids=str)
@pytest.mark.parametrize("request_of", KINDS)
def test_a_credential_of_another_owner_is_refused_and_noted(
    request_of: Callable[[FakeVoipbin], Request], options: dict[str, Any]
) -> None:
    first, second = fakes("test_a", "test_b", **options)
    request = request_of(first)
    assert first.handle(request).status == 200
    assert second.handle(request).status in (400, 401)
    assert "test_a" in second.requests[-1].notes[0]
    assert "test_a" in second.transcript()
    assert second.handle(request_of(second)).status == 200
    assert second.requests[-1].notes == ()


@pytest.mark.parametrize("request_of", KINDS)
def test_it_is_refused_like_any_invalid_credential(request_of: Callable[[FakeVoipbin], Request]) -> None:
    (first,), (unrelated,) = fakes("test_a"), fakes("test_b")
    _, related = fakes("test_a", "test_b")
    request = request_of(first)
    assert related.handle(request) == unrelated.handle(request)
    assert unrelated.requests[-1].notes == ()


def test_the_same_owner_and_seed_return_the_same_bytes() -> None:
    for request_of in KINDS:
        one, other = fakes("test_a")[0], fakes("test_a")[0]
        assert request_of(one) == request_of(other)
        assert one.handle(request_of(one)) == other.handle(request_of(other))


def test_only_credentials_depend_on_the_owner() -> None:
    plain = FakeVoipbin()
    (owned,) = fakes("test_a")
    for fake in (plain, owned):
        fake.add_agent(), fake.add_customer(), fake.add_provider()
    assert [*plain.state.agents] == [*owned.state.agents]
    assert [*plain.providers] == [*owned.providers]
    secrets = [[one.webhook_secret for one in fake.state.customers.values()] for fake in (plain, owned)]
    assert secrets[0] == secrets[1]
    assert len(plain.super_admin.accesskey) == len(owned.super_admin.accesskey) == 35
    assert len(plain.super_admin.token) == len(owned.super_admin.token)


def test_no_credential_is_shared() -> None:
    plain, (first, second) = FakeVoipbin(), fakes("test_a", "test_b")
    for role in ROLES:
        identities = [getattr(fake, role) for fake in (plain, first, second)]
        for name in ("token", "accesskey", "password"):
            assert len({getattr(identity, name) for identity in identities}) == 3


def test_credentials_are_in_the_format_of_the_servers() -> None:
    (fake,) = fakes("test_a")
    for role in ROLES:
        identity = getattr(fake, role)
        for part in identity.token.split("."):
            # A strict reader refuses a last letter of which some bits are unused.
            assert base64.urlsafe_b64encode(base64.urlsafe_b64decode(f"{part}==")).rstrip(b"=").decode() == part
        assert len(base64.urlsafe_b64decode(f"{identity.token.rpartition('.')[2]}=")) == 32
        assert re.fullmatch(r"vb_[\w-]{32}", identity.accesskey)


def test_a_reset_keeps_the_credentials() -> None:
    first, second = fakes("test_a", "test_b")
    requests = [token(first), accesskey(first), password(first)]
    first.reset()
    assert [first.handle(request).status for request in requests] == [200] * 3
    assert [second.handle(request).status for request in requests] == [401, 401, 400]


def test_owners_of_one_name_may_differ_by_a_salt() -> None:
    registry = CredentialRegistry()
    one, other = (FakeVoipbin(owner=CredentialOwner("test_a", registry, salt)) for salt in ("1", "2"))
    assert other.handle(token(one)).status == 401
    assert "an earlier part of this test" in other.requests[-1].notes[0]


def test_the_oldest_credentials_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credential_owner, "_REMEMBERED", 2)
    registry = CredentialRegistry()
    owners = [CredentialOwner(f"test_{number}", registry) for number in range(3)]
    for owner in owners:
        owner.remember(f"credential of {owner.name}")
    assert [registry.owner_of(f"credential of {owner.name}") for owner in owners] == [None, *owners[1:]]
