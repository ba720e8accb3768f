"""Live calls: hold, mute, music on hold, silence, speech and recordings, as a test and as a client see them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, UNKNOWN_ID
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import Call

SLEEP = {"type": "sleep", "option": {"duration": 600_000}}
RECORDING = {"format": "wav", "end_of_silence": 0, "end_of_key": "", "duration": 0, "on_end_flow_id": ""}
CONTROLS = [
    *((method, control) for control in ("hold", "mute", "moh", "silence") for method in ("POST", "DELETE")),
    ("POST", "talk"),
    ("POST", "recording_start"),
    ("POST", "recording_stop"),
]
EMPTY_400, EMPTY_401 = (400, ""), (401, "")


class Phone:
    """A fake with one call, and requests about it."""

    def __init__(self, edition: str = "deployed", *, answered: bool = True) -> None:
        self.fake = FakeVoipbin(edition, lifecycle="manual")
        body = {"provider_id": self.fake.provider.id, "source": SOURCE, "destinations": [DESTINATION]}
        placed = json.loads(self.send("POST", "/providercalls", {**body, "actions": [SLEEP]}).body)
        self.call: Call = self.fake.calls[placed["call_ids"][0]]
        if answered:
            self.call.answer()

    def send(self, method: str, path: str, body: object = None, token: str = "") -> Response:
        headers = (("Authorization", f"Bearer {token or self.fake.super_admin.token}"),)
        return self.fake.handle(
            Request(method, f"/v1.0{path}", headers, b"" if body is None else json.dumps(body).encode())
        )

    def control(self, method: str, control: str, body: object = None, **options: Any) -> Response:
        return self.send(method, f"/calls/{self.call.id}/{control}", body, **options)


def body_for(control: str) -> object:
    return {} if control in ("mute", "talk", "recording_start") else None


def error_of(response: Response) -> tuple[int, str]:
    return response.status, json.loads(response.body)["error"]["reason"] if response.body else ""


@pytest.mark.parametrize("edition", ["documented", "server-2026-04", "server-2026-08"])
@pytest.mark.parametrize(("control", "state"), [("hold", "held"), ("moh", "music_on_hold"), ("silence", "silenced")])
def test_a_client_turns_a_state_of_the_call_on_and_off(edition: str, control: str, state: str) -> None:
    phone = Phone(edition)
    events = len(phone.fake.events)
    for method, on in (("POST", True), ("POST", True), ("DELETE", False), ("DELETE", False)):
        response = phone.control(method, control)
        assert (response.status, response.body, response.header("Content-Type")) == (200, b"", None)
        assert getattr(phone.call, state) is on
    assert len(phone.fake.events) == events


@pytest.mark.parametrize("edition", ["documented", "server-2026-08"])
@pytest.mark.parametrize(
    ("muted", "unmuted", "left"),
    [
        ("both", "in", "out"),
        ("both", "out", "in"),
        ("both", None, ""),
        ("in", "in", ""),
        ("in", "out", "in"),
        ("in", "both", "in"),
        (None, "both", ""),
    ],
)
def test_each_direction_is_muted_on_its_own(edition: str, muted: str | None, unmuted: str | None, left: str) -> None:
    phone = Phone(edition)
    assert phone.control("POST", "mute", {"direction": muted}).status == 200
    assert phone.call.mute_direction == (muted or "both")
    assert phone.fake.events[-1].type == "call_updated"
    assert phone.control("DELETE", "mute", {"direction": unmuted}).status == 200
    assert phone.call.mute_direction == left
    assert phone.fake.events[-1].type == "call_updated"


def test_mute_requires_a_body_even_to_unmute() -> None:
    phone = Phone()
    for method in ("POST", "DELETE"):
        assert error_of(phone.control(method, "mute")) == (400, "INVALID_JSON_BODY")
    assert phone.call.mute_direction == ""


def test_a_text_is_said_without_advancing_the_flow() -> None:
    phone = Phone()
    action = phone.call.action
    assert phone.control("POST", "talk", {"text": "Please hold.", "language": "en-US"}).status == 200
    assert phone.control("POST", "talk", {}).status == 200
    assert phone.call.said == ("Please hold.", "")
    assert phone.call.action == action
    assert phone.fake.requests[-1].notes == ()


def test_a_text_that_nobody_hears_is_noted() -> None:
    phone = Phone(answered=False)
    assert phone.control("POST", "talk", {"text": "Hello"}).status == 200
    assert phone.fake.requests[-1].notes == ("the status of the call is 'dialing': nobody hears the text",)


def test_a_recording_starts_and_stops() -> None:
    phone = Phone()
    started = json.loads(phone.control("POST", "recording_start", RECORDING).body)
    assert started["recording_ids"] == [started["recording_id"]]
    assert error_of(phone.control("POST", "recording_start", RECORDING)) == (500, "INTERNAL")
    stopped = json.loads(phone.control("POST", "recording_stop").body)
    assert (stopped["recording_id"], stopped["recording_ids"]) == (NIL, started["recording_ids"])
    again = json.loads(phone.control("POST", "recording_start", RECORDING).body)
    assert again["recording_ids"] == [*started["recording_ids"], again["recording_id"]]
    phone.call.hangup()
    types = [event.type for event in phone.fake.events if event.type.startswith("recording_")]
    assert types == ["recording_started", "recording_finished"] * 2


def test_the_duration_of_a_stopped_recording_does_not_end_the_next_one() -> None:
    phone = Phone()
    phone.control("POST", "recording_start", {**RECORDING, "duration": 10})
    phone.fake.clock.advance(2)
    phone.control("POST", "recording_stop")
    phone.control("POST", "recording_start", {**RECORDING, "duration": 60})
    second = phone.call.recording_id
    phone.fake.clock.advance(30)
    assert phone.call.recording_id == second
    phone.fake.clock.advance(30)
    assert phone.call.recording_id == NIL


def test_the_end_of_a_recording_starts_the_flow_of_the_request() -> None:
    phone = Phone()
    flow = json.loads(phone.send("POST", "/flows", {"name": "after", "actions": [{"type": "answer"}]}).body)
    phone.control("POST", "recording_start", {**RECORDING, "on_end_flow_id": flow["id"]})
    before = len(phone.fake.activeflows)
    phone.control("POST", "recording_stop")
    assert len(phone.fake.activeflows) == before + 1


@pytest.mark.parametrize(
    ("edition", "started", "stopped"),
    [
        ("documented", (409, "CALL_STATE_INVALID"), (409, "RECORDING_NOT_ACTIVE")),
        ("server-2026-04", EMPTY_400, None),
        ("server-2026-08", (500, "INTERNAL"), None),
    ],
)
def test_what_cannot_be_recorded(edition: str, started: tuple[int, str], stopped: tuple[int, str] | None) -> None:
    phone = Phone(edition, answered=False)
    assert error_of(phone.control("POST", "recording_start", RECORDING)) == started
    response = phone.control("POST", "recording_stop")
    if stopped is None:
        assert (response.status, json.loads(response.body)["id"]) == (200, NIL)
    else:
        assert error_of(response) == stopped


@pytest.mark.parametrize("edition", ["documented", "server-2026-04", "server-2026-08"])
def test_an_orphan_that_a_test_has_answered_has_nothing_to_record(edition: str) -> None:
    phone = Phone(edition)
    placed = {"provider_id": phone.fake.provider.id, "source": SOURCE, "destinations": [DESTINATION]}
    phone.send("POST", "/providercalls", {**placed, "flow_id": UNKNOWN_ID})
    *_, phone.call = phone.fake.calls.values()
    phone.call.answer()
    assert phone.call.orphan
    for method, control in CONTROLS[:-1]:
        assert 400 <= phone.control(method, control, body_for(control)).status <= 500
    assert phone.call.recording_ids == ()


@pytest.mark.parametrize(
    ("edition", "controlled", "spoken"),
    [
        ("documented", (409, "CALL_ALREADY_HANGUP"), (409, "CALL_ALREADY_HANGUP")),
        ("server-2026-04", EMPTY_400, EMPTY_400),
        ("server-2026-08", (400, "INVALID_ARGUMENT"), (500, "INTERNAL")),
    ],
)
def test_a_call_that_has_ended_cannot_be_controlled(
    edition: str, controlled: tuple[int, str], spoken: tuple[int, str]
) -> None:
    phone = Phone(edition)
    phone.call.hangup()
    for method, control in CONTROLS[:9]:
        assert error_of(phone.control(method, control, body_for(control))) == (
            spoken if control == "talk" else controlled
        )
    assert (phone.call.held, phone.call.mute_direction, phone.call.said) == (False, "", ())


@pytest.mark.parametrize(("method", "control"), CONTROLS)
def test_access_is_that_of_calls(method: str, control: str) -> None:
    phone = Phone()
    body = body_for(control)
    foreign = phone.fake.customer_admin.token
    assert error_of(phone.control(method, control, body, token=foreign)) == (403, "PERMISSION_DENIED")
    assert error_of(phone.send(method, f"/calls/{UNKNOWN_ID}/{control}", body)) == (404, "CALL_NOT_FOUND")
    assert error_of(phone.send(method, f"/calls/nope/{control}", body)) == (400, "INVALID_ID")
    phone.send("DELETE", f"/calls/{phone.call.id}")
    assert error_of(phone.control(method, control, body)) == (409, "STATE_INVALID")
