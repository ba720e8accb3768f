"""Rules of live calls: hold, mute, music on hold, silence, speech and recordings (calls.md 1.10)."""

from __future__ import annotations

from typing import Any

from ...answer import INTERNAL, INVALID_DATA, accepted, empty_error, error
from ...formats.go_uuids import NIL
from ...http import Response
from ...probes import ProbeClient, require_equal, require_success
from ...rule import Safety, rule

_SOURCE = "calls.md 1.10"
_ALREADY_ENDED = error(409, "CALL_ALREADY_HANGUP", "The call has already ended.")
_RECORDING = {"format": "wav", "end_of_silence": 0, "end_of_key": "", "duration": 0, "on_end_flow_id": ""}


@rule(
    "CL-LIVE-01",
    _SOURCE,
    Safety.BILLABLE,
    _ALREADY_ENDED,
    server_2026_04=empty_error(400),
    server_2026_08=INVALID_DATA,
    hint="The call has ended, or never had a channel. Read its status with GET /calls/{id} before the request.",
)
def controlled_while_live(api: ProbeClient) -> Response:
    """A call can be held, muted, silenced or given music only until it ends."""
    return api.post(f"/calls/{_ended(api)}/hold")


@rule("CL-LIVE-02", _SOURCE, Safety.BILLABLE)
def controls_answer_nothing(api: ProbeClient) -> None:
    """Hold, mute, music on hold, silence and talk return 200 with an empty body, and so do their DELETEs."""
    path = f"/calls/{_answered(api)}"
    for name in ("hold", "moh", "silence"):
        for method in ("POST", "DELETE"):
            _require_nothing(api.call(method, f"{path}/{name}"))
    for method in ("POST", "DELETE"):
        _require_nothing(api.call(method, f"{path}/mute", {}))
    _require_nothing(api.post(f"{path}/talk", {"text": "Hello"}))


@rule("CL-MUTE-01", _SOURCE, Safety.BILLABLE)
def mute_has_a_direction(api: ProbeClient) -> None:
    """A muted call shows the `mute_direction` of the request; without one it is `both`."""
    path = f"/calls/{_answered(api)}"
    for sent, shown in (({"direction": "in"}, "in"), ({"direction": "out"}, "out"), ({}, "both")):
        require_equal("the status", api.post(f"{path}/mute", sent).status, 200)
        require_equal("mute_direction", _muted(api, path), shown)


@rule("CL-MUTE-02", _SOURCE, Safety.BILLABLE, depends_on=("CL-MUTE-01",))
def unmute_leaves_the_other_direction(api: ProbeClient) -> None:
    """Unmuting one direction of `both` leaves the other; unmuting a direction that is not muted changes nothing."""
    path = f"/calls/{_answered(api)}"
    for muted, unmuted, left in (("both", "in", "out"), ("both", "out", "in"), ("in", "out", "in"), ("in", "in", "")):
        api.post(f"{path}/mute", {"direction": muted})
        api.delete(f"{path}/mute", body={"direction": unmuted})
        require_equal(f"{muted} without {unmuted}", _muted(api, path), left)


@rule(
    "CL-MUTE-03",
    _SOURCE,
    Safety.BILLABLE,
    INVALID_DATA,
    server_2026_04=empty_error(400),
    hint="`direction` is `in`, `out` or `both`; `both` is the default.",
)
def mute_direction_known(api: ProbeClient) -> Response:
    """The direction to mute must be `in`, `out` or `both`."""
    return api.post(f"/calls/{_answered(api)}/mute", {"direction": "left"})


@rule(
    "CL-TALK-01",
    _SOURCE,
    Safety.BILLABLE,
    _ALREADY_ENDED,
    server_2026_04=empty_error(400),
    server_2026_08=INTERNAL,
    hint="The call has ended. Speak into a call while its status is progressing.",
)
def spoken_into_while_live(api: ProbeClient) -> Response:
    """A text can be spoken into a call only until it ends."""
    return api.post(f"/calls/{_ended(api)}/talk", {"text": "Hello"})


@rule("CL-REC-01", _SOURCE, Safety.BILLABLE)
def recording_is_shown(api: ProbeClient) -> None:
    """A recording's id is the call's `recording_id` until it stops, and remains one of its `recording_ids`."""
    path = f"/calls/{_answered(api)}"
    call = require_success(api.post(f"{path}/recording_start", _RECORDING))
    id = call["recording_id"]
    require_equal("a recording has started", (id != NIL, call["recording_ids"]), (True, [id]))
    call = require_success(api.post(f"{path}/recording_stop"))
    require_equal("the recording has stopped", (call["recording_id"], call["recording_ids"]), (NIL, [id]))


@rule(
    "CL-REC-02",
    _SOURCE,
    Safety.BILLABLE,
    error(409, "CALL_STATE_INVALID", "The operation is invalid for the current call state."),
    server_2026_04=empty_error(400),
    server_2026_08=INTERNAL,
    hint="Start to record once the call's status is progressing.",
)
def recorded_while_progressing(api: ProbeClient) -> Response:
    """Only an answered call can be recorded."""
    return api.post(f"/calls/{api.place()['call_ids'][0]}/recording_start", _RECORDING)


@rule(
    "CL-REC-03",
    _SOURCE,
    Safety.BILLABLE,
    error(409, "RECORDING_ALREADY_ACTIVE", "A recording is already active on this call."),
    server_2026_04=empty_error(400),
    server_2026_08=INTERNAL,
    hint="Stop the present recording first, with POST /calls/{id}/recording_stop.",
)
def one_recording_at_a_time(api: ProbeClient) -> Response:
    """A call that is being recorded cannot be recorded twice."""
    path = f"/calls/{_answered(api)}/recording_start"
    require_success(api.post(path, _RECORDING))
    return api.post(path, _RECORDING)


@rule(
    "CL-REC-04",
    _SOURCE,
    Safety.BILLABLE,
    error(409, "RECORDING_NOT_ACTIVE", "No recording is active on this call."),
    server_2026_04=accepted("a call without any values is returned"),
    server_2026_08=accepted("a call without any values is returned"),
    hint="Start a recording first, with POST /calls/{id}/recording_start.",
)
def recording_is_active(api: ProbeClient) -> Response:
    """Only a recording that is active can be stopped."""
    return api.post(f"/calls/{_answered(api)}/recording_stop")


def _ended(api: ProbeClient) -> str:
    """Return the id of a call that has ended."""
    id: str = api.place()["call_ids"][0]
    require_success(api.post(f"/calls/{id}/hangup"))
    api.ended_call(id)
    return id


def _answered(api: ProbeClient) -> str:
    """Return the id of an answered call, which continues until it is hung up."""
    id: str = api.place(actions=[{"type": "sleep", "option": {"duration": 600_000}}])["call_ids"][0]
    api.drive_call(id, "answer")
    return id


def _require_nothing(response: Response) -> None:
    require_equal("the response", (response.status, response.body), (200, b""))


def _muted(api: ProbeClient, path: str) -> Any:
    return require_success(api.get(path)).get("mute_direction") or ""
