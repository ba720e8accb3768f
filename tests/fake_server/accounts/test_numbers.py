"""Numbers: those of seeds and those that a test adds, as records and as numbers to call from."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.probes import DESTINATION, UNKNOWN_ID
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.seeder import OWN_NUMBER
from pytest_providercalls.fake_server.world.resources import numbers

from .requests_to import refusal, refused, send


def listed(fake: FakeVoipbin, role: str = "super_admin") -> list[str]:
    return [row["number"] for row in send(fake, "GET", "/numbers", role=role).json()["result"]]


def test_the_number_of_a_new_fake_is_a_record(fake: FakeVoipbin) -> None:
    page = send(fake, "GET", "/numbers").json()
    (number,) = page["result"]
    created = fake.render.time(fake.state.customers[fake.super_admin.customer_id].tm_create)
    assert number == {
        "id": number["id"],
        "customer_id": fake.super_admin.customer_id,
        "number": OWN_NUMBER,
        "type": "normal",
        "call_flow_id": NIL,
        "message_flow_id": NIL,
        "name": "",
        "detail": "",
        "status": "active",
        "t38_enabled": False,
        "emergency_enabled": False,
        "metadata": {"rtp_debug": False},
        "tm_purchase": created,
        "tm_renew": None,
        "tm_create": created,
        "tm_update": None,
        "tm_delete": None,
    }
    assert send(fake, "GET", f"/numbers/{number['id']}").json() == number


def test_an_id_depends_on_the_seed_and_the_owner_only() -> None:
    def ids(fake: FakeVoipbin) -> dict[str, str]:
        rows = [send(fake, "GET", "/numbers", role=role).json()["result"] for role in ("super_admin", "customer_admin")]
        return {row["id"]: row["number"] for row in (*rows[0], *rows[1])}

    fake, other, seeded = FakeVoipbin(), FakeVoipbin("deployed"), FakeVoipbin(seed=1)
    added = other.add_number("+12025550111")
    assert len(ids(fake)) == 2
    assert ids(other) == {**ids(fake), added.id: "+12025550111"}
    assert not ids(fake).keys() & ids(seeded).keys()


def test_reading_numbers_changes_no_other_id() -> None:
    fake, other = FakeVoipbin(), FakeVoipbin()
    send(fake, "GET", "/numbers")
    send(other, "GET", "/providers")
    assert fake.add_flow().id == other.add_flow().id


def test_numbers_of_a_customer_and_added_ones_are_listed_newest_first(fake: FakeVoipbin) -> None:
    fake.clock.advance(1)
    customer = fake.add_customer(numbers=["+12025550112", "+12025550111"])
    admin = fake.add_agent(customer=customer)
    fake.clock.advance(1)
    fake.add_number("+12025550113", customer=customer, name="sales")
    rows = send(fake, "GET", f"/numbers?token={admin.token}", role="").json()["result"]
    assert rows[0]["number"] == "+12025550113"
    assert {row["number"] for row in rows} == {"+12025550111", "+12025550112", "+12025550113"}
    assert rows[0]["name"] == "sales"
    assert listed(fake) == [OWN_NUMBER]


def test_an_added_number_has_its_fields_and_may_be_called_from(fake: FakeVoipbin) -> None:
    flow = fake.add_flow()
    number = fake.add_number(
        "+12025550111", name="sales", detail="d", call_flow_id=flow.id, metadata={"rtp_debug": True}
    )
    found = send(fake, "GET", f"/numbers/{number.id}").json()
    assert (found["name"], found["detail"], found["call_flow_id"]) == ("sales", "d", flow.id)
    assert found["metadata"] == {"rtp_debug": True}
    body = {"source": {"type": "tel", "target": "+12025550111"}, "destinations": [DESTINATION]}
    assert send(fake, "POST", "/calls", body).status == 200
    assert fake.placed()[0].source.target == "+12025550111"


@pytest.mark.parametrize("fields", [{"type": "virtual"}, {"deleted": True}, {"status": "deleted"}], ids=str)
def test_no_call_is_placed_from_a_virtual_or_deleted_number(fields: dict[str, object]) -> None:
    fake = FakeVoipbin("deployed")
    fake.add_number(OWN_NUMBER, **fields)  # type: ignore[arg-type]
    body = {"source": {"type": "tel", "target": OWN_NUMBER}, "destinations": [DESTINATION]}
    assert send(fake, "POST", "/calls", body).status == 500
    assert fake.placed() == []


def test_a_virtual_number_was_never_bought(fake: FakeVoipbin) -> None:
    number = fake.add_number("+899100000001", type="virtual")
    found = send(fake, "GET", f"/numbers/{number.id}").json()
    assert (found["type"], found["tm_purchase"]) == ("virtual", None)


def test_a_deleted_number_is_neither_listed_nor_read(fake: FakeVoipbin) -> None:
    gone = fake.add_number(OWN_NUMBER, deleted=True)
    assert (gone.status, gone.tm_delete) == ("deleted", gone.tm_update)
    assert listed(fake) == []
    assert refusal(send(fake, "GET", f"/numbers/{gone.id}")) == refused(fake, 404, "RESOURCE_NOT_FOUND")


def test_adding_a_number_again_replaces_it(fake: FakeVoipbin) -> None:
    first = fake.add_number("+12025550111", name="old")
    fake.clock.advance(1)
    assert fake.add_number("+12025550111", name="new").id == first.id
    assert send(fake, "GET", f"/numbers/{first.id}").json()["name"] == "new"
    assert sorted(listed(fake)) == [OWN_NUMBER, "+12025550111"]
    assert [one.name for one in numbers.ADDED.of(fake.state).newest()] == ["new"]


SERVERS = pytest.mark.parametrize("fake", ["server-2026-04", "server-2026-08"], indirect=True)
UNOWNED = {"source": {"type": "tel", "target": "+12025550199"}, "destinations": [DESTINATION]}


@SERVERS
def test_a_call_without_a_valid_source_begins_from_the_default_number(fake: FakeVoipbin) -> None:
    owner = fake.state.customers[fake.super_admin.customer_id]
    assert send(fake, "POST", "/calls", UNOWNED).status != 200
    owner.default_outgoing_source_number_id = fake.add_number("+12025550111").id
    assert send(fake, "POST", "/calls", UNOWNED).status == 200
    (call,) = fake.placed()
    assert (call.source.target, call.source.target_name) == ("+12025550111", "+12025550111")
    if fake.edition.name == "server-2026-08":
        shown = send(fake, "GET", "/outbound_config").json()
        assert shown["default_outgoing_source_number_id"] == owner.default_outgoing_source_number_id


@SERVERS
@pytest.mark.parametrize("kind", ["virtual", "deleted", "foreign", "unknown"])
def test_a_default_number_is_checked_where_it_is_configured_for_calls(fake: FakeVoipbin, kind: str) -> None:
    """In August 2026 it must be a number of the customer; before, any number was used."""
    owner = fake.state.customers[fake.super_admin.customer_id]
    other = fake.customer_admin.customer_id if kind == "foreign" else None
    type = "virtual" if kind == "virtual" else "normal"
    number = fake.add_number("+12025550111", customer=other, type=type, deleted=kind == "deleted")
    owner.default_outgoing_source_number_id = UNKNOWN_ID if kind == "unknown" else number.id
    placed = fake.edition.name == "server-2026-04" and kind != "unknown"
    assert (send(fake, "POST", "/calls", UNOWNED).status == 200) == placed
    assert len(fake.placed()) == placed


def test_snapshots_contain_the_numbers(fake: FakeVoipbin) -> None:
    before = fake.snapshot()
    fake.add_number("+12025550111")
    fake.restore(before)
    assert listed(fake) == [OWN_NUMBER]


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(TypeError, match="did you mean 'name'"):
        FakeVoipbin().add_number("+12025550111", nam="sales")


def test_its_admins_and_managers_replace_the_flows_of_a_number(fake: FakeVoipbin) -> None:
    number = fake.add_number("+12025550111", customer=fake.customer_admin.customer_id)
    path = f"/numbers/{number.id}/flow_ids"
    flow = fake.add_flow()
    for role in ("customer_admin", "customer_manager", "key:customer_admin"):
        changed = send(fake, "PUT", path, {"call_flow_id": flow.id.upper(), "message_flow_id": flow.id}, role).json()
        assert (changed["call_flow_id"], changed["message_flow_id"]) == (flow.id, flow.id)
        assert changed["tm_update"] is not None
        assert send(fake, "PUT", path, {"message_flow_id": None}, role).json()["message_flow_id"] == NIL
    assert refusal(send(fake, "PUT", path, {}, "customer_agent")) == refused(fake, 403, "PERMISSION_DENIED")


def test_a_changed_number_keeps_its_place_among_those_that_its_customer_begins_with(fake: FakeVoipbin) -> None:
    customer = fake.add_customer(numbers=["+12025550111", "+12025550112", "+12025550113"])
    query = f"?token={fake.add_agent(customer=customer).token}"
    before = send(fake, "GET", f"/numbers{query}", role="").json()["result"]
    start = fake.snapshot()
    for number in before:
        path = f"/numbers/{number['id']}/flow_ids{query}"
        assert send(fake, "PUT", path, {"call_flow_id": UNKNOWN_ID}, role="").status == 200
    after = send(fake, "GET", f"/numbers{query}", role="").json()["result"]
    assert [{**one, "tm_update": None} for one in after] == [{**one, "call_flow_id": UNKNOWN_ID} for one in before]
    fake.restore(start)
    assert send(fake, "GET", f"/numbers{query}", role="").json()["result"] == before


def test_the_flows_of_a_deleted_number_cannot_be_replaced(fake: FakeVoipbin) -> None:
    number = fake.add_number("+12025550111", deleted=True)
    path = f"/numbers/{number.id}/flow_ids"
    assert refusal(send(fake, "PUT", path, {})) == refused(fake, 404, "RESOURCE_NOT_FOUND")
    assert refusal(send(fake, "PUT", path, b"{")) == refused(fake, 400, "INVALID_JSON_BODY")
