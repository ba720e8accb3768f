"""Recordings of calls: their variables, their webhooks, and the flow that starts when one ends (flows.md 3.5)."""

from __future__ import annotations

from collections.abc import Mapping

from ...contracts import models
from ...contracts.formats.go_uuids import NIL
from ...contracts.rules import activeflows as rules
from ..world.records import Activeflow, Call, Recording
from ..world.values import extended
from ..world.world import World
from .call_control import CallControl

STOP_RECORDING = "stop_recording"
"""The kind of the event that ends a recording after its duration."""


def start(
    world: World, calls: CallControl, activeflow: Activeflow, call: Call, option: models.actions.RecordingStartOption
) -> Recording:
    """Start a recording of a call, until its duration has passed. Its variables are those of an activeflow."""
    now = world.clock.timestamp()
    recording = Recording(
        id=world.ids.uuid(),
        tm_create=now,
        tm_start=now,
        customer_id=call.customer_id,
        activeflow_id=activeflow.id,
        reference_id=call.id,
        format=option.format,
        on_end_flow_id=option.on_end_flow_id,
    )
    world.state.recordings.add(recording)
    call.recording_id = recording.id
    call.recording_ids = extended(call.recording_ids, recording.id)
    if world.enforces(rules.recording_sets_variables):
        activeflow.variables = {**activeflow.variables, **variables(recording)}
    world.emit("recording_started", recording)
    if option.duration > 0:
        calls.schedule(call, STOP_RECORDING, option.duration)
    return recording


def stop(world: World, call: Call) -> Recording | None:
    """End the recording of a call, and return it; None if there is none."""
    recording = world.state.recordings.get(call.recording_id)
    if recording is None:
        return None
    call.recording_id = NIL
    recording.status = "ended"
    recording.tm_end = recording.tm_update = world.clock.timestamp()
    world.emit("recording_finished", recording)
    return recording


def variables(recording: Recording) -> Mapping[str, str]:
    """Return the variables that describe a recording."""
    return {
        "voipbin.recording.id": recording.id,
        "voipbin.recording.reference_type": recording.reference_type,
        "voipbin.recording.reference_id": recording.reference_id,
        "voipbin.recording.format": recording.format,
        "voipbin.recording.recording_name": _name(recording),
        "voipbin.recording.filenames": ",".join(file_names(recording)),
    }


def file_names(recording: Recording) -> list[str]:
    """Return the names of a recording's files: one for each direction."""
    return [f"{_name(recording)}_{direction}.{recording.format}" for direction in ("in", "out")]


def _name(recording: Recording) -> str:
    return f"{recording.reference_type}_{recording.reference_id}_{recording.tm_create:%Y-%m-%dT%H:%M:%SZ}"
