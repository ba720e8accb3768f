"""Billing accounts: what a super-admin reads, and how changes of a balance decide whether calls are placed."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import Customer

from .requests_to import APRIL, refusal, refused, send

ADD, SUBTRACT = "balance_add_force", "balance_subtract_force"


def own(fake: FakeVoipbin) -> Customer:
    return fake.state.customers[fake.super_admin.customer_id]


def change(fake: FakeVoipbin, how: str, body: object, customer: Customer | None = None) -> tuple[int, str]:
    account = (customer or own(fake)).billing_account_id
    return refusal(send(fake, "POST", f"/billing_accounts/{account}/{how}", body))


def test_an_account_is_returned_in_full(fake: FakeVoipbin) -> None:
    customer = fake.add_customer(plan_type="basic", balance_credit=7, balance_token=8, account_name="main")
    found = send(fake, "GET", f"/billing_accounts/{customer.billing_account_id}").json()
    status = {} if fake.edition.name == "documented" else {"status": "active"}
    assert found == {
        "id": customer.billing_account_id,
        "customer_id": customer.id,
        **status,
        "name": "main",
        "detail": "",
        "plan_type": "basic",
        "plan_status": "active",
        "balance_credit": 7,
        "balance_token": 8,
        "payment_type": "",
        "payment_method": "",
        "paddle_subscription_id": "",
        "paddle_customer_id": "",
        "tm_last_topup": None,
        "tm_next_topup": None,
        "tm_create": fake.render.time(customer.tm_create),
        "tm_update": None,
        "tm_delete": None,
    }
    if status:
        assert list(found)[:4] == ["id", "customer_id", "status", "name"]


def test_the_accounts_of_all_customers_are_listed_in_pages(fake: FakeVoipbin) -> None:
    customers = list(fake.state.customers.values())
    for seconds in range(3):
        fake.clock.advance(1)
        customers.append(fake.add_customer(name=f"customer {seconds}"))
    fake.add_customer(status="deleted", tm_delete=fake.clock.timestamp())
    ids, path = [], "/billing_accounts?page_size=2"
    while True:
        page = send(fake, "GET", path).json()
        if not page["result"]:
            break
        ids += [row["id"] for row in page["result"]]
        path = f"/billing_accounts?page_size=2&page_token={page['next_page_token']}"
    assert ids[:3] == [one.billing_account_id for one in customers[:1:-1]]
    assert sorted(ids) == sorted(one.billing_account_id for one in customers)


@pytest.mark.parametrize(("status", "shown"), [("frozen", "frozen"), ("initial", "active"), ("deleted", "deleted")])
def test_the_status_follows_the_customer(status: str, shown: str) -> None:
    fake = FakeVoipbin("deployed")
    customer = fake.add_customer(status=status)
    assert send(fake, "GET", f"/billing_accounts/{customer.billing_account_id}").json()["status"] == shown


def test_a_deleted_account_is_not_read_but_can_be_changed(fake: FakeVoipbin) -> None:
    gone = fake.add_customer(status="deleted", tm_delete=fake.clock.timestamp(), balance_credit=0)
    path = f"/billing_accounts/{gone.billing_account_id}"
    assert refusal(send(fake, "GET", path)) == refused(fake, 404, "RESOURCE_NOT_FOUND")
    changed = send(fake, "POST", f"{path}/{ADD}", {"balance": 1}).json()
    assert (changed["balance_credit"], changed["tm_delete"] is None) == (1_000_000, False)


def test_a_change_is_a_billing_of_the_customer(fake: FakeVoipbin) -> None:
    customer = fake.state.customers[fake.customer_admin.customer_id]
    assert change(fake, ADD, {"balance": 12.5}, customer) == (200, "")
    fake.clock.advance(1)
    assert change(fake, SUBTRACT, {"balance": 0.25}, customer) == (200, "")
    assert customer.balance_credit == 112_250_000
    assert send(fake, "GET", "/billings").json()["result"] == []
    rows = send(fake, "GET", "/billings", role="customer_admin").json()["result"]
    assert [(row["amount_credit"], row["balance_credit_snapshot"]) for row in rows] == [
        (-250_000, 112_250_000),
        (12_500_000, 112_500_000),
    ]
    for row in rows:
        kind = row["transaction_type"], row["reference_type"], row["cost_type"], row["status"]
        assert kind == ("adjustment", "credit_adjustment", "", "end")
        assert (row["reference_id"], row["idempotency_key"]) == (row["id"], NIL)
        assert row["tm_billing_start"] == row["tm_billing_end"] == row["tm_create"]
        assert row["tm_update"] is None
        assert send(fake, "GET", f"/billings/{row['id']}", role="customer_admin").json() == row


def test_changes_are_no_cost_of_calls(fake: FakeVoipbin) -> None:
    change(fake, SUBTRACT, {"balance": 3})
    assert (fake.ledger.billings, fake.ledger.cost, str(fake.ledger)) == ((), 0, "all calls: $0")


AMOUNTS = [
    ({"balance": 1}, 1_000_000),
    ({"balance": 0.1}, 100_000),
    ({"balance": 100.01}, 100_010_002),
    ({"balance": 16_777_217}, 16_777_216_000_000),
    ({"balance": 0.0000006}, 1),
    ({"balance": 0.0000004}, 0),
    ({"balance": -0.0000004}, 0),
    ({"balance": 0}, 0),
    ({"balance": None}, 0),
    ({"BALANCE": 2}, 2_000_000),
    ({"amount": 5}, 0),
    ({}, 0),
]


@pytest.mark.parametrize(("body", "amount"), AMOUNTS, ids=str)
def test_dollars_are_a_32_bit_number_in_millionths(body: object, amount: int) -> None:
    fake = FakeVoipbin("deployed")
    assert change(fake, ADD, body) == (200, "")
    assert own(fake).balance_credit == 100_000_000 + amount
    assert change(fake, SUBTRACT, body) == (200, "")
    assert own(fake).balance_credit == 100_000_000


@pytest.mark.parametrize("body", [{"balance": -1}, {"balance": -0.000001}, {"balance": 1e13}, {"balance": 3.4e38}])
@pytest.mark.parametrize("how", [ADD, SUBTRACT])
def test_an_amount_that_is_negative_or_too_large_is_refused(fake: FakeVoipbin, how: str, body: object) -> None:
    assert change(fake, how, body) == refused(fake, 400, "INVALID_ARGUMENT")
    assert own(fake).balance_credit == 100_000_000


@pytest.mark.parametrize(
    "body", [b'{"balance": "1"}', b'{"balance": true}', b'{"balance": 1e39}', b'{"balance": 1e400}', b"[]", b""]
)
def test_a_balance_that_is_not_a_32_bit_number_is_refused(fake: FakeVoipbin, body: bytes) -> None:
    assert change(fake, ADD, body) == refused(fake, 400, "INVALID_JSON_BODY")
    assert own(fake).balance_credit == 100_000_000


def test_the_credit_wraps_around_like_a_64_bit_number() -> None:
    fake = FakeVoipbin("deployed")
    for _ in range(2):
        assert change(fake, ADD, {"balance": 9e12}) == (200, "")
    assert own(fake).balance_credit < 0


def test_a_refused_change_is_refused_before_the_tier_is_checked_on_the_servers(fake: FakeVoipbin) -> None:
    path = f"/billing_accounts/{own(fake).billing_account_id}/{ADD}"
    found = refusal(send(fake, "POST", path, {"balance": -1}, "customer_admin"))
    documented = fake.edition.name == "documented"
    assert found == refused(fake, 403 if documented else 400, "PERMISSION_DENIED" if documented else "INVALID_ARGUMENT")


def test_the_balance_decides_whether_a_call_is_placed(fake: FakeVoipbin) -> None:
    body = {"provider_id": fake.provider.id, "source": SOURCE, "destinations": [DESTINATION]}
    change(fake, SUBTRACT, {"balance": 100})
    send(fake, "POST", "/providercalls", body)
    assert fake.placed() == []
    assert fake.requests[-1].refused_by or fake.requests[-1].notes
    change(fake, ADD, {"balance": 0.01})
    assert send(fake, "POST", "/providercalls", body).status == 200
    assert len(fake.placed()) == 1


@pytest.mark.parametrize(
    ("body", "fits"),
    [({"name": "x" * 255}, True), ({"name": "x" * 256}, False), ({"detail": "ö" * 32_768}, False)],
    ids=["255", "256", "bytes"],
)
def test_the_database_limits_the_name_and_the_detail(fake: FakeVoipbin, body: object, fits: bool) -> None:
    expected = (200, "") if fits else refused(fake, 500, "INTERNAL")
    assert refusal(send(fake, "PUT", "/billing_account", body)) == expected
    assert (own(fake).account_name == "default") is not fits


def test_snapshots_contain_the_balance(fake: FakeVoipbin) -> None:
    before = fake.snapshot()
    change(fake, ADD, {"balance": 1})
    fake.restore(before)
    assert own(fake).balance_credit == 100_000_000
    assert send(fake, "GET", "/billings").json()["result"] == []


def test_an_invalid_page_token_is_an_internal_error(fake: FakeVoipbin) -> None:
    for resource in ("billing_accounts", "numbers", "agents"):
        found = refusal(send(fake, "GET", f"/{resource}?page_token=yesterday"))
        assert found == refused(fake, 500, "INTERNAL"), resource
    expected = (400, "") if fake.edition.name == APRIL else (400, "INVALID_ARGUMENT")
    assert refusal(send(fake, "GET", "/extensions?page_token=yesterday")) == expected
