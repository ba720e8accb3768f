"""Recordings of calls: their webhooks, how they end, and the flow that follows."""

from __future__ import annotations

from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import Call

from .flow_calls import LONG, action, answered_call, talk


def recording_events(fake: FakeVoipbin) -> list[tuple[str, str]]:
    """Return the type of each event of a recording, with its status."""
    return [(one.type, one.data["status"]) for one in fake.events if one.type.startswith("recording_")]


ENDED = [("recording_started", "recording"), ("recording_finished", "ended")]


def test_recording_ends_with_its_action(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, action("recording_start", format="wav"), action("recording_stop"), LONG)
    assert recording_events(fake) == ENDED
    assert (call.recording_id, len(call.recording_ids)) == (NIL, 1)


def test_recording_ends_with_its_call(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, action("recording_start", format="wav"), LONG)
    assert recording_events(fake) == ENDED[:1]
    call.hangup()
    assert recording_events(fake) == ENDED
    assert [one.type for one in fake.events][-3:] == ["call_hangup", "recording_finished", "activeflow_updated"]


def test_recording_ends_after_its_duration(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, action("recording_start", format="wav", duration=5), LONG)
    fake.clock.advance(4)
    assert recording_events(fake) == ENDED[:1]
    fake.clock.advance(2)
    assert (recording_events(fake), call.status) == (ENDED, "progressing")


def test_webhook_shows_the_recording(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, action("recording_start", format="wav"), LONG)
    (event,) = (one for one in fake.events if one.type == "recording_started")
    shown = event.data
    assert (shown["id"], shown["reference_type"], shown["reference_id"]) == (call.recording_id, "call", call.id)
    assert (shown["activeflow_id"], shown["format"], shown["on_end_flow_id"]) == (call.activeflow_id, "wav", NIL)


def following_flow(fake: FakeVoipbin, call: Call) -> list[str]:
    """Return the ids of the flows that followed the flow of a call."""
    activeflows = fake.activeflows.values()
    return [one.flow_id for one in activeflows if one.reference_activeflow_id == call.activeflow_id]


def test_flow_after_a_recording_has_its_variables_and_can_be_stopped(api: ProbeClient, fake: FakeVoipbin) -> None:
    flow = fake.add_flow(
        [{"type": "variable_set", "option": {"key": "kept", "value": "${voipbin.recording.id}"}}, LONG]
    )
    start = action("recording_start", format="wav", on_end_flow_id=flow.id)
    call = answered_call(api, fake, start, action("recording_stop"), LONG)
    assert following_flow(fake, call) == [flow.id]
    (following,) = (one for one in fake.activeflows.values() if one.flow_id == flow.id)
    assert following.variables["kept"] == call.recording_ids[0]
    assert require_success(api.post(f"/activeflows/{following.id}/stop"))["status"] == "ended"
    assert call.status == "progressing"


def test_unknown_flow_after_a_recording_is_ignored(api: ProbeClient, fake: FakeVoipbin) -> None:
    unknown = "f1f2f3f4-0000-4000-8000-00000000dead"
    start = action("recording_start", format="wav", on_end_flow_id=unknown)
    call = answered_call(api, fake, start, action("recording_stop"), talk("next"), LONG)
    assert (following_flow(fake, call), call.status) == ([], "progressing")
