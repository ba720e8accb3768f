"""Action handlers: every type, valid and invalid options, and how long each takes."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.models.action_types import ACTIONS, NO_CALL
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin

from .flow_calls import (
    BUSY,
    LONG,
    SOURCE,
    TEL,
    A,
    C,
    action,
    activeflow_of,
    answered_call,
    executed_types,
    outcome,
    place_call,
    talk,
)

VALID_OPTIONS: dict[str, dict[str, Any]] = {
    "branch": {"default_target_id": C},
    "call": {"source": SOURCE, "destinations": [TEL], "actions": [talk("elsewhere")]},
    "condition_call_digits": {"false_target_id": C},
    "condition_call_status": {"status": "progressing", "false_target_id": C},
    "condition_datetime": {"condition": ">=", "hour": -1, "minute": -1, "false_target_id": C},
    "condition_variable": {"condition": "==", "value_type": "string", "false_target_id": C},
    "connect": {"source": SOURCE, "destinations": [TEL]},
    "digits_receive": {"duration": 1000},
    "digits_send": {"digits": "12", "duration": 100, "interval": 100},
    "echo": {"duration": 1000},
    "fetch": {"event_url": "https://client.example/actions"},
    "goto": {"target_id": C, "loop_count": 1},
    "play": {"stream_urls": ["https://media.example/a.wav"]},
    "sleep": {"duration": 1000},
    "stream_echo": {"duration": 1000},
    "talk": {"text": "hello"},
    "variable_set": {"key": "a", "value": "b"},
    "webhook_send": {"uri": "https://client.example/", "method": "POST", "data": "{}"},
}
INVALID_OPTIONS: dict[str, dict[str, Any]] = {
    "ai_talk": {"ai_id": "mine"},
    "amd": {"async": "yes"},
    "branch": {"target_ids": {"1": "sales"}},
    "call": {"destinations": "me"},
    "condition_call_digits": {"length": "1"},
    "condition_call_status": {"status": 1},
    "condition_datetime": {"hour": 8.5},
    "condition_variable": {"value_number": "7"},
    "confbridge_join": {"confbridge_id": ""},
    "conference_join": {"conference_id": "here"},
    "connect": {"early_media": 1},
    "digits_receive": {"duration": "1000"},
    "digits_send": {"digits": 12},
    "echo": {"duration": True},
    "fetch": {"event_url": []},
    "fetch_flow": {"flow_id": "mine"},
    "goto": {"target_id": "first", "loop_count": 1},
    "hangup": {"reason": 1},
    "message_send": {"text": 1},
    "play": {"stream_urls": "https://media.example/a.wav"},
    "queue_join": {"queue_id": "q"},
    "recording_start": {"duration": "1"},
    "sleep": {"duration": "1000"},
    "stream_echo": {"duration": "1"},
    "talk": {"text": ["hello"]},
    "transcribe_start": {"language": 1},
    "variable_set": {"key": 1},
    "webhook_send": {"sync": "yes"},
}


TIMED = ("sleep", "echo", "stream_echo", "digits_send", "digits_receive")
"""The actions that VoIPbin's timer ends, but not on the servers."""


@pytest.mark.parametrize("type", sorted(ACTIONS))
def test_every_type_is_accepted_and_ends(api: ProbeClient, fake: FakeVoipbin, type: str) -> None:
    if type in fake.edition.unsupported_actions:
        assert api.post("/flows", {"actions": [{"type": type}]}).status == 400
        return
    fake.add_fetchable("https://client.example/actions", [talk("fetched")])
    flow = fake.add_flow([talk("other flow")])
    option = {"flow_id": flow.id} if type == "fetch_flow" else VALID_OPTIONS.get(type, {})
    call = place_call(api, fake, {"type": type, "option": option}, talk("next"), action("hangup", C))
    fake.clock.advance(3500)
    executed = executed_types(fake, call)
    assert executed[0] == type
    if type in TIMED and not fake.edition.timed_actions_end:
        assert (executed, call.status) == ([type], "progressing")
        fake.clock.advance(100)
        assert outcome(call) == ("hangup", "timeout", "remote")
        return
    assert outcome(call) == ("hangup", "normal", "local")
    assert (executed[-1] == "hangup") is (type != "stop")


@pytest.mark.parametrize("type", sorted(INVALID_OPTIONS))
def test_action_with_an_invalid_option_ends_the_flow_or_is_skipped(
    api: ProbeClient, fake: FakeVoipbin, type: str
) -> None:
    call = answered_call(api, fake, {"type": type, "option": INVALID_OPTIONS[type]}, LONG)
    activeflow = activeflow_of(fake, call)
    if ACTIONS[type].failure_ends_flow:
        assert (activeflow.status, activeflow.current_action.type) == ("ended", type)
        assert outcome(call) == ("hangup", "normal", "local")
    else:
        assert (activeflow.status, activeflow.current_action.type) == ("running", "sleep")


def test_every_type_with_a_checked_option_has_an_invalid_one() -> None:
    unchecked = {"ai_summary", "ai_task", "email_send", "conversation_send", "case_create", "transcribe_recording"}
    with_options = {name for name, kind in ACTIONS.items() if kind.option.model_fields and kind.media != NO_CALL}
    assert with_options - unchecked <= INVALID_OPTIONS.keys() | {"external_media_start"}


@pytest.mark.parametrize("type", ["ai_summary", "ai_task", "block"])
def test_actions_not_for_calls_are_recorded_and_skipped(api: ProbeClient, fake: FakeVoipbin, type: str) -> None:
    call = answered_call(api, fake, {"type": type}, LONG)
    assert executed_types(fake, call) == [type, "sleep"]
    assert type not in [event.data["action"].get("type") for event in fake.events if event.type == "call_updated"]


@pytest.mark.parametrize(
    ("tested", "seconds"),
    [
        (action("sleep", duration=2500), 2.5),
        (action("sleep", duration=2500.0), 2.5),
        (action("echo", duration=4000), 4),
        (action("echo"), 180),
        (action("digits_send", digits="123", duration=200, interval=100), 0.8),
        (action("digits_receive", duration=5000, length=4), 5),
        (action("play", stream_urls=["a", "b"]), 10),
        (action("beep"), 0.5),
        (action("amd"), 2),
        (action("amd", **{"async": True}), 0),
        (talk("x" * 60), 4),
        (talk("<speak>" + "x" * 60 + "</speak>"), 4),
        (action("sleep"), 0),
        (action("mute"), 0),
    ],
)
def test_duration_of_an_action(fake: FakeVoipbin, api: ProbeClient, tested: dict[str, Any], seconds: float) -> None:
    call = place_call(api, fake, tested, LONG)
    fake.clock.advance(6.02 + seconds - 0.01)
    if seconds:
        assert executed_types(fake, call) == [tested["type"]]
    fake.clock.advance(0.1)
    ended = fake.edition.timed_actions_end or tested["type"] not in TIMED
    assert executed_types(fake, call) == [tested["type"], *(["sleep"] if ended else [])]


@pytest.mark.parametrize("asynchronous", [False, True])
def test_answering_machine_is_hung_up(api: ProbeClient, fake: FakeVoipbin, asynchronous: bool) -> None:
    fake.carrier().answers(machine=True)
    call = place_call(api, fake, action("amd", machine_handle="hangup", **{"async": asynchronous}), LONG)
    fake.clock.advance(60)
    assert outcome(call) == ("hangup", "amd", "local")


@pytest.mark.parametrize(("machine", "handle"), [(True, "continue"), (False, "hangup")])
def test_flow_continues_unless_a_machine_is_hung_up(
    api: ProbeClient, fake: FakeVoipbin, machine: bool, handle: str
) -> None:
    fake.carrier().answers(machine=machine)
    call = place_call(api, fake, action("amd", machine_handle=handle), LONG)
    fake.clock.advance(60)
    assert executed_types(fake, call) == ["amd", "sleep"]


def test_call_action_places_independent_calls(api: ProbeClient, fake: FakeVoipbin) -> None:
    option = {
        "source": SOURCE,
        "destinations": [TEL, BUSY],
        "actions": [talk("${voipbin.call.id}")],
    }
    call = answered_call(api, fake, {"type": "call", "option": option}, talk("done"))
    fake.clock.advance(60)
    first, second = (one for one in fake.calls.values() if one.id != call.id)
    # Variables in nested actions are replaced when the outer action is executed.
    assert first.said == (call.id,)
    assert (first.provider_id, first.metadata, first.master_call_id) == (
        NIL,
        {},
        NIL,
    )
    assert second.hangup_reason == "busy"
    assert call.said == ("done",)


def test_invalid_actions_of_a_call_action_end_the_flow(api: ProbeClient, fake: FakeVoipbin) -> None:
    option = {"source": SOURCE, "destinations": [TEL], "actions": [{"type": "no_such"}]}
    call = answered_call(api, fake, {"type": "call", "option": option}, LONG)
    assert (activeflow_of(fake, call).status, call.status, len(fake.calls)) == ("ended", "hangup", 1)


def test_call_shows_its_recording_while_it_runs(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, action("recording_start"), action("beep"), action("recording_stop"), LONG)
    shown = require_success(api.get(f"/calls/{call.id}"))
    assert shown["recording_ids"] == [shown["recording_id"]]
    fake.clock.advance(2)
    assert call.recording_id.endswith("000")
    assert len(call.recording_ids) == 1


@pytest.mark.parametrize("type", ["sleep", "echo", "digits_receive"])
@pytest.mark.parametrize("duration", [10**15, 2**62])
def test_too_long_action_reaches_the_limit_of_a_call(
    api: ProbeClient, fake: FakeVoipbin, type: str, duration: int
) -> None:
    call = place_call(api, fake, action(type, duration=duration, length=9))
    fake.clock.advance(3601)
    assert outcome(call) == ("hangup", "timeout", "remote")


def test_number_too_large_for_go_is_an_invalid_option(api: ProbeClient, fake: FakeVoipbin) -> None:
    assert executed_types(fake, answered_call(api, fake, action("sleep", duration=1e300), LONG)) == ["sleep", "sleep"]


def test_hangup_by_reference_to_an_unknown_call_is_normal(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, action("hangup", reason="amd", reference_id=A))
    assert outcome(call) == ("hangup", "normal", "local")
