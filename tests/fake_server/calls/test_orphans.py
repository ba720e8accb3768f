"""Orphan calls, and `anonymous` (calls.md 3.7 and 3.9)."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_providercalls.contracts.probes import DESTINATION, UNKNOWN_ID, ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin

from .placed_calls import APRIL, AUGUST, notes, post_calls

ORPHANS: list[dict[str, Any]] = [
    {"flow_id": UNKNOWN_ID},
    {"anonymous": "yes", "source": {}},
    {"anonymous": "yes", "source": {"type": "tel", "target": "12025550100"}},
]


@pytest.mark.parametrize("fields", ORPHANS)
def test_orphan_stays_in_dialing_without_a_providercall(
    fake: FakeVoipbin, api: ProbeClient, fields: dict[str, Any]
) -> None:
    assert post_calls(api, "/providercalls", **fields).status == 400
    (call,) = fake.calls.values()
    assert (call.orphan, call.status, len(fake.providercalls)) == (True, "dialing", 0)
    assert require_success(api.get(f"/calls/{call.id}"))["status"] == "dialing"
    assert [row["id"] for row in require_success(api.get("/calls"))["result"]] == [call.id]


def test_unknown_flow_leaves_an_orphan_for_each_destination(fake: FakeVoipbin, api: ProbeClient) -> None:
    post_calls(api, "/providercalls", flow_id=UNKNOWN_ID, destinations=[DESTINATION, DESTINATION])
    assert [call.orphan for call in fake.calls.values()] == [True, True]
    assert notes(fake).count("an orphan call stays in `dialing`") == 2


def test_flow_of_another_customer_leaves_an_orphan(fake: FakeVoipbin, api: ProbeClient) -> None:
    flow = fake.add_flow(customer=fake.customer_admin.customer_id)
    assert post_calls(api, "/providercalls", flow_id=flow.id).status == 400
    assert [call.orphan for call in fake.calls.values()] == [True]


def test_providercall_does_not_list_the_orphan(fake: FakeVoipbin, api: ProbeClient) -> None:
    sip = {"type": "sip", "target": "a@b.example"}
    record = require_success(
        post_calls(api, "/providercalls", anonymous="yes", source={}, destinations=[DESTINATION, sip])
    )
    orphan, placed = fake.calls.values()
    assert (orphan.orphan, placed.orphan, record["call_ids"]) == (True, False, [placed.id])


def test_orphan_stays_in_canceling(fake: FakeVoipbin, api: ProbeClient) -> None:
    post_calls(api, "/providercalls", flow_id=UNKNOWN_ID)
    (call,) = fake.calls.values()
    api.post(f"/calls/{call.id}/hangup")
    assert require_success(api.get(f"/calls/{call.id}"))["status"] == "canceling"


@pytest.mark.parametrize("anonymous", ["no", "auto", "", "Yes", "banana"])
def test_only_anonymous_yes_requires_a_source(fake: FakeVoipbin, api: ProbeClient, anonymous: str) -> None:
    assert post_calls(api, "/providercalls", anonymous=anonymous, source={}).status == 200


def test_anonymous_yes_accepts_a_source_in_e164(fake: FakeVoipbin, api: ProbeClient) -> None:
    record = require_success(post_calls(api, "/providercalls", anonymous="yes"))
    assert (record["anonymous"], [call.orphan for call in fake.placed()]) == ("yes", [False])


@pytest.mark.parametrize(("fake", "status"), [("documented", 400), (APRIL, 400), (AUGUST, 200)], indirect=["fake"])
def test_newest_server_checks_the_normalised_source(api: ProbeClient, status: int) -> None:
    source = {"type": "tel", "target": " +1 202 555 0100"}
    assert post_calls(api, "/providercalls", anonymous="yes", source=source).status == status


def test_time_does_not_change_an_orphan(fake: FakeVoipbin, api: ProbeClient) -> None:
    api.post("/providercalls", api.body(flow_id="0b1f6d16-9d1f-4a6d-8ea5-6f6b3d8b4a11"))
    (orphan,) = fake.calls.values()
    fake.clock.advance(7200)
    assert (orphan.status, orphan.invite) == ("dialing", None)
