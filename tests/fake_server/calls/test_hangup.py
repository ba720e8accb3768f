"""POST /calls/{id}/hangup (calls.md 7)."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.probes import UNKNOWN_ID, ProbeClient, require_success
from pytest_providercalls.fake_server.world.records import Call

from .placed_calls import APRIL, AUGUST, bring_to, fields_of_status

HANGUPS = {
    # status before, in the response, and by the next GET with hangup_reason and hangup_by
    "dialing": ("canceling", ("hangup", "cancel", "local")),
    "ringing": ("canceling", ("hangup", "cancel", "local")),
    "progressing": ("terminating", ("hangup", "normal", "local")),
    "canceling": ("canceling", ("hangup", "cancel", "local")),
    "terminating": ("terminating", ("hangup", "normal", "local")),
    "hangup": ("hangup", ("hangup", "normal", "remote")),
}


@pytest.mark.parametrize("start", HANGUPS)
def test_hangup_takes_effect_by_the_next_get(api: ProbeClient, call: Call, start: str) -> None:
    immediate, final = HANGUPS[start]
    bring_to(api, call, start)
    response = require_success(api.post(f"/calls/{call.id}/hangup"))
    assert response["status"] == immediate
    found = require_success(api.get(f"/calls/{call.id}"))
    assert (found["status"], found["hangup_reason"], found["hangup_by"]) == final


@pytest.mark.parametrize("start", ["dialing", "ringing", "progressing"])
def test_response_to_a_hangup_has_no_hangup_fields(api: ProbeClient, call: Call, start: str) -> None:
    bring_to(api, call, start)
    response = require_success(api.post(f"/calls/{call.id}/hangup"))
    assert not (response.get("hangup_by") or response.get("hangup_reason") or response.get("tm_hangup"))


@pytest.mark.parametrize("start", ["canceling", "terminating", "hangup"])
def test_hangup_of_an_ending_call_changes_nothing(api: ProbeClient, call: Call, start: str) -> None:
    before = fields_of_status(bring_to(api, call, start))
    require_success(api.post(f"/calls/{call.id}/hangup"))
    assert fields_of_status(call) == before


def test_ended_call_does_not_change(api: ProbeClient, call: Call) -> None:
    require_success(api.post(f"/calls/{call.id}/hangup"))
    first = require_success(api.get(f"/calls/{call.id}"))
    assert require_success(api.get(f"/calls/{call.id}")) == first


@pytest.mark.parametrize(("fake", "status"), [("documented", 409), (APRIL, 400), (AUGUST, 409)], indirect=["fake"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_deleted_call_cannot_be_used(api: ProbeClient, call: Call, status: int, method: str) -> None:
    require_success(api.delete(f"/calls/{call.id}"))
    assert api.call(method, f"/calls/{call.id}").status == status
    assert api.post(f"/calls/{call.id}/hangup").status == status


@pytest.mark.parametrize(("fake", "status"), [("documented", 404), (APRIL, 400), (AUGUST, 404)], indirect=["fake"])
def test_unknown_call_cannot_be_hung_up(api: ProbeClient, status: int) -> None:
    assert api.post(f"/calls/{UNKNOWN_ID}/hangup").status == status


@pytest.mark.parametrize(("fake", "status"), [("documented", 403), (APRIL, 400), (AUGUST, 403)], indirect=["fake"])
def test_call_of_another_customer_cannot_be_hung_up(api: ProbeClient, call: Call, status: int) -> None:
    assert api.post(f"/calls/{call.id}/hangup", as_="customer_admin").status == status
    assert call.status == "dialing"


def test_hangup_does_not_change_the_providercall(api: ProbeClient) -> None:
    record = api.place()
    require_success(api.post(f"/calls/{record['call_ids'][0]}/hangup"))
    assert require_success(api.get(f"/providercalls/{record['id']}")) == record
