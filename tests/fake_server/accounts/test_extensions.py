"""Extensions: as records with their SIP credentials, and as destinations."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.credential_owner import CredentialOwner, CredentialRegistry
from pytest_providercalls.fake_server.world.resources import extensions

from .requests_to import refusal, send


def test_an_extension_has_its_sip_credentials(fake: FakeVoipbin) -> None:
    record = fake.add_extension("2000", ["sip:2000@pbx.example"], name="desk", detail="d")
    found = send(fake, "GET", f"/extensions/{record.id}").json()
    assert found == {
        "id": record.id,
        "customer_id": fake.super_admin.customer_id,
        "name": "desk",
        "detail": "d",
        "extension": "2000",
        "domain_name": fake.super_admin.customer_id,
        "username": "2000",
        "password": record.password,
        "direct_hash": record.direct_hash,
        "tm_create": fake.render.time(record.tm_create),
        "tm_update": None,
        "tm_delete": None,
    }
    assert send(fake, "GET", "/extensions").json()["result"] == [found]
    assert send(fake, "GET", "/extensions", role="customer_admin").json()["result"] == []


def test_extensions_of_a_customer_are_records(fake: FakeVoipbin) -> None:
    customer = fake.add_customer(extensions={"2000": ("sip:2000@pbx.example",), "2001": ()})
    admin = fake.add_agent(customer=customer)
    rows = send(fake, "GET", f"/extensions?token={admin.token}", role="").json()["result"]
    assert {row["extension"] for row in rows} == {"2000", "2001"}
    assert len({row["password"] for row in rows}) == 2
    assert send(fake, "GET", f"/extensions/{rows[0]['id']}").json() == rows[0]


@pytest.mark.parametrize("path", ["/extensions", "/numbers"])
def test_pages_lose_no_record_of_a_customer(fake: FakeVoipbin, path: str) -> None:
    names = ("2000", "2001", "2002")
    customer = fake.add_customer(extensions=dict.fromkeys(names, ()), numbers=names)
    token, ids, page_token = fake.add_agent(customer=customer).token, list[str](), ""
    while len(ids) < len(names):
        query = urlencode({"token": token, "page_size": 1, "page_token": page_token})
        page = send(fake, "GET", f"{path}?{query}", role="").json()
        ids += [row["id"] for row in page["result"]] or ["the last page"]
        page_token = page["next_page_token"]
    assert ids == [row["id"] for row in send(fake, "GET", f"{path}?token={token}", role="").json()["result"]]


def test_a_deleted_extension_is_read_but_not_listed_and_has_no_contacts(fake: FakeVoipbin) -> None:
    fake.add_extension("2000", ["sip:2000@pbx.example"])
    gone = fake.add_extension("2000", deleted=True)
    assert send(fake, "GET", "/extensions").json()["result"] == []
    assert send(fake, "GET", f"/extensions/{gone.id}").json()["tm_delete"] is not None
    assert fake.state.customers[fake.super_admin.customer_id].extensions == {}


def test_a_password_is_redacted_and_belongs_to_the_owner_of_the_fake() -> None:
    registry = CredentialRegistry()
    passwords = set()
    for name in ("one", "other"):
        fake = FakeVoipbin(owner=CredentialOwner(name, registry))
        fake.state.customers[fake.super_admin.customer_id].extensions = {"2000": ()}
        (row,) = send(fake, "GET", "/extensions").json()["result"]
        assert send(fake, "GET", f"/extensions/{row['id']}").json() == row
        assert row["password"] not in f"{fake.transcript()} {fake.requests}"
        passwords.add(row["password"])
    assert len(passwords) == 2


def test_a_given_password_is_redacted_wherever_it_appears() -> None:
    fake, password = FakeVoipbin(), "X9k2-vQ7_pLw3"
    assert password not in repr(fake.add_extension("2000", password=password))
    send(fake, "GET", f"/calls?page_token={password}")
    assert password not in f"{fake.transcript()} {fake.requests}"


def test_an_agent_of_the_customer_may_not_read_passwords(fake: FakeVoipbin) -> None:
    record = fake.add_extension("2000", customer=fake.customer_agent.customer_id)
    status, _ = refusal(send(fake, "GET", f"/extensions/{record.id}", role="customer_agent"))
    assert status >= 400


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(TypeError, match="did you mean 'detail'"):
        FakeVoipbin().add_extension("2000", detial="x")


def test_adding_an_extension_again_replaces_it(fake: FakeVoipbin) -> None:
    fake.add_extension("2000", name="old")
    fake.add_extension("2000", name="new")
    assert [one.name for one in extensions.ADDED.of(fake.state).newest()] == ["new"]
    assert [one["name"] for one in send(fake, "GET", "/extensions").json()["result"]] == ["new"]
