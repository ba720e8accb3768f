"""Calls that are recorded, and requests about them."""

from __future__ import annotations

from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import Call, Recording

SLEEP = {"type": "sleep", "option": {"duration": 600_000}}
RECORDING = {"format": "wav", "end_of_silence": 0, "end_of_key": "", "duration": 0, "on_end_flow_id": ""}


def answered_call(api: ProbeClient, fake: FakeVoipbin, *actions: dict[str, object]) -> Call:
    """Return a call that the callee has answered. Its flow lasts until the test ends it."""
    call = fake.calls[api.place(actions=[*actions, SLEEP])["call_ids"][0]]
    call.answer()
    # The flow starts a moment later.
    fake.clock.advance(0.1)
    return call


def recorded_call(api: ProbeClient, fake: FakeVoipbin, seconds: float = 2.5) -> tuple[Call, Recording]:
    """Return a call, and a recording of it that a client has started and stopped."""
    call = answered_call(api, fake)
    require_success(api.post(f"/calls/{call.id}/recording_start", RECORDING))
    fake.clock.advance(seconds)
    id = require_success(api.post(f"/calls/{call.id}/recording_stop"))["recording_ids"][0]
    return call, fake.state.recordings[id]
