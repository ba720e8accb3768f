"""GET /recordings, GET and DELETE /recordings/{id}."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Response
from pytest_providercalls.contracts.probes import UNKNOWN_ID, ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin

from .recorded_calls import RECORDING, answered_call, recorded_call

NOT_FOUND, EMPTY = "RESOURCE_NOT_FOUND", ""
APRIL = "server-2026-04"
START: dict[str, object] = {"type": "recording_start", "option": {"format": "wav"}}


def refusal(response: Response) -> tuple[int, str]:
    return response.status, response.json()["error"]["reason"] if response.body else EMPTY


def expected(fake: FakeVoipbin, status: int, reason: str) -> tuple[int, str]:
    """Return what an edition responds: in April 2026 every error was an empty 400."""
    return (400, EMPTY) if fake.edition.name == APRIL else (status, reason)


def test_a_recording_is_shown_from_its_start_to_its_end(fake: FakeVoipbin, api: ProbeClient) -> None:
    call = answered_call(api, fake)
    id = require_success(api.post(f"/calls/{call.id}/recording_start", RECORDING))["recording_id"]
    active: dict[str, Any] = require_success(api.get(f"/recordings/{id}"))
    assert (active["status"], active["reference_type"], active["reference_id"]) == ("recording", "call", call.id)
    # A field without a value is omitted in every edition, as the documents say.
    assert "tm_start" in active
    assert {"tm_end", "tm_update", "tm_delete"} & active.keys() == set()
    fake.clock.advance(3)
    api.post(f"/calls/{call.id}/recording_stop")
    ended = require_success(api.get(f"/recordings/{id}"))
    assert ended["status"] == "ended"
    assert ended["tm_end"] > ended["tm_start"]
    assert {**ended, "status": "recording"}.items() >= active.items()


@pytest.mark.parametrize("end", ["stop", "hangup", "flow"])
def test_recordings_of_clients_and_of_flows_are_listed(fake: FakeVoipbin, api: ProbeClient, end: str) -> None:
    call = answered_call(api, fake, *([START, {"type": "recording_stop"}] if end == "flow" else [START]))
    fake.clock.advance(1)
    if end == "stop":
        api.post(f"/calls/{call.id}/recording_stop")
    call.hangup()
    (row,) = require_success(api.get("/recordings"))["result"]
    assert (row["id"], row["status"], row["activeflow_id"]) == (call.recording_ids[0], "ended", call.activeflow_id)


def test_a_recording_has_no_owner(fake: FakeVoipbin, api: ProbeClient) -> None:
    _, recording = recorded_call(api, fake)
    shown = require_success(api.get(f"/recordings/{recording.id}"))
    assert (shown["owner_type"], shown["owner_id"]) == ("", NIL)


def test_recordings_are_listed_page_by_page_from_the_newest(fake: FakeVoipbin, api: ProbeClient) -> None:
    ids = [recorded_call(api, fake, seconds=1)[1].id for _ in range(3)]
    first = require_success(api.get("/recordings", page_size=2))
    second = require_success(api.get("/recordings", page_size=2, page_token=first["next_page_token"]))
    assert [row["id"] for page in (first, second) for row in page["result"]] == ids[::-1]
    assert refusal(api.get("/recordings", page_token="yesterday")) == expected(fake, 500, "INTERNAL")


def test_a_deleted_recording_is_gone_for_clients(fake: FakeVoipbin, api: ProbeClient) -> None:
    _, recording = recorded_call(api, fake)
    deleted = require_success(api.delete(f"/recordings/{recording.id}"))
    assert deleted["tm_delete"] == deleted["tm_update"] != deleted["tm_end"]
    assert require_success(api.get("/recordings"))["result"] == []
    for method, path in (("GET", "recordings"), ("DELETE", "recordings"), ("GET", "recordingfiles")):
        assert refusal(api.call(method, f"/{path}/{recording.id}")) == expected(fake, 404, NOT_FOUND)


def test_a_call_is_recorded_on_although_its_recording_is_deleted(fake: FakeVoipbin, api: ProbeClient) -> None:
    call = answered_call(api, fake, START)
    id = call.recording_id
    require_success(api.delete(f"/recordings/{id}"))
    assert (call.recording_id, fake.state.recordings[id].status) == (id, "recording")
    assert require_success(api.post(f"/calls/{call.id}/recording_stop"))["recording_id"] == NIL
    assert fake.state.recordings[id].status == "ended"


def test_who_may_access_recordings(fake: FakeVoipbin, api: ProbeClient) -> None:
    _, recording = recorded_call(api, fake)
    recording.customer_id = fake.customer_admin.customer_id
    for path in ("/recordings", f"/recordings/{recording.id}", f"/recordingfiles/{recording.id}"):
        for role in ("customer_admin", "customer_manager", "super_admin"):
            assert api.get(path, as_=role).status in (200, 307)
        assert refusal(api.get(path, as_="customer_agent")) == expected(fake, 403, "PERMISSION_DENIED")
        assert refusal(api.get(path, as_="direct")) == expected(fake, 403, "DIRECT_ACCESS_NOT_SUPPORTED")
        key = api.accesskey("customer_admin")
        assert api.get(path, as_=None, accesskey=key).status in (200, 307)


def test_another_customer_has_no_access(fake: FakeVoipbin, api: ProbeClient) -> None:
    _, recording = recorded_call(api, fake)
    for method, path in (("GET", "recordings"), ("DELETE", "recordings"), ("GET", "recordingfiles")):
        refused = api.call(method, f"/{path}/{recording.id}", as_="other_admin")
        assert refusal(refused) == expected(fake, 403, "PERMISSION_DENIED")
    assert require_success(api.get("/recordings", as_="other_admin"))["result"] == []
    assert recording.tm_delete is None


def test_a_bad_id_is_refused(fake: FakeVoipbin, api: ProbeClient) -> None:
    for method, path in (("GET", "recordings"), ("DELETE", "recordings"), ("GET", "recordingfiles")):
        assert api.call(method, f"/{path}/%00").status == 400
        for id in ("nope", NIL, UNKNOWN_ID[:-1]):
            assert refusal(api.call(method, f"/{path}/{id}")) == expected(fake, 400, "INVALID_ID")


def test_an_unknown_recording_is_not_found(fake: FakeVoipbin, api: ProbeClient) -> None:
    for method, path in (("GET", "recordings"), ("DELETE", "recordings"), ("GET", "recordingfiles")):
        response = api.call(method, f"/{path}/{UNKNOWN_ID}")
        assert refusal(response) == expected(fake, 404, "RECORDING_NOT_FOUND")


STATUSES = ["initiating", "recording", "stopping", "ended"]


@pytest.mark.parametrize("status", STATUSES)
def test_a_recording_is_added_in_any_status(fake: FakeVoipbin, api: ProbeClient, status: str) -> None:
    _, newer = recorded_call(api, fake)
    recording = fake.add_recording(status, duration=3600.0, reference_id=UNKNOWN_ID)
    assert [row["id"] for row in require_success(api.get("/recordings"))["result"]] == [newer.id, recording.id]
    shown = require_success(api.get(f"/recordings/{recording.id}"))
    assert (shown["status"], shown["reference_id"], shown["format"]) == (status, UNKNOWN_ID, "wav")
    assert ("tm_start" in shown, "tm_end" in shown) == (status != "initiating", status == "ended")
    assert api.get(f"/recordingfiles/{recording.id}").status == 307
    notes = fake.requests[-1].notes
    assert bool(notes) == (status != "ended")


def test_an_unknown_status_of_a_recording_is_an_error() -> None:
    with pytest.raises(ValueError, match="did you mean 'ended'"):
        FakeVoipbin().add_recording("end")
