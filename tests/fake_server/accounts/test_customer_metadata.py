"""The metadata of customers: what is replaced, what the response contains, and its effect on calls."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE
from pytest_providercalls.fake_server import FakeVoipbin

from .requests_to import refusal, refused, send

PATHS = ["/customer/metadata", "/customers/{id}/metadata"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("body", "stored"),
    [
        ({"rtp_debug": True}, True),
        ({"rtp_debug": False}, False),
        ({"rtp_debug": None}, False),
        ({"Rtp_Debug": True}, True),
        ({"other": True}, False),
        ({}, False),
    ],
    ids=str,
)
def test_metadata_is_replaced(fake: FakeVoipbin, path: str, body: Any, stored: bool) -> None:
    customer = fake.state.customers[fake.super_admin.customer_id]
    for earlier in (True, False):
        customer.metadata = {"rtp_debug": earlier}
        response = send(fake, "PUT", path.format(id=customer.id), body)
        assert (response.status, response.json()["metadata"]) == (200, {"rtp_debug": stored})
        assert customer.metadata == {"rtp_debug": stored}
        assert customer.tm_update is not None


@pytest.mark.parametrize(("path", "role"), [("/customer", "customer_admin"), ("/customers/{id}", "super_admin")])
def test_the_response_is_that_of_a_put_of_the_customer(fake: FakeVoipbin, path: str, role: str) -> None:
    path = path.format(id=fake.customer_admin.customer_id)
    fields = {"name": "customer", "detail": "d"}
    whole = send(fake, "PUT", path, fields, role).json()
    changed = send(fake, "PUT", f"{path}/metadata", {}, role).json()
    assert list(changed) == list(whole)
    assert {**changed, "tm_update": None} == {**whole, "tm_update": None}


def test_other_customers_keep_theirs(fake: FakeVoipbin) -> None:
    customer = fake.state.customers[fake.customer_admin.customer_id]
    send(fake, "PUT", f"/customers/{customer.id}/metadata", {"rtp_debug": True})
    flags = {one.id: one.metadata["rtp_debug"] for one in fake.state.customers.values()}
    assert flags == {one: one == customer.id for one in flags}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", [{"rtp_debug": "yes"}, {"rtp_debug": 1}, [], "x"], ids=str)
def test_a_flag_of_another_type_is_refused(fake: FakeVoipbin, path: str, body: Any) -> None:
    id = fake.super_admin.customer_id
    assert refusal(send(fake, "PUT", path.format(id=id), body)) == refused(fake, 400, "INVALID_JSON_BODY")
    assert fake.state.customers[id].metadata == {"rtp_debug": False}


def test_calls_have_the_flag_from_now_on(fake: FakeVoipbin) -> None:
    body = {"source": SOURCE, "destinations": [DESTINATION]}
    for flag in (False, True, False):
        send(fake, "PUT", "/customer/metadata", {"rtp_debug": flag})
        (call,) = send(fake, "POST", "/calls", body).json()["calls"]
        assert call.get("metadata", {}).get("rtp_debug", False) is flag
