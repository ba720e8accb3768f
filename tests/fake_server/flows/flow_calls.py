"""Calls with flows, and the actions that their flows have executed."""

from __future__ import annotations

from typing import Any

from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import Activeflow, Call

SOURCE = {"type": "tel", "target": "+12025550100"}
TEL = {"type": "tel", "target": "+12025550143"}
BUSY = {"type": "tel", "target": "+12025550180"}
A, B, C = (f"f1f2f3f4-0000-4000-8000-00000000000{n}" for n in "abc")
"""Ids of actions."""
LONG = {"type": "sleep", "option": {"duration": 3_000_000}}
BEEP = {"id": C, "type": "beep"}


def action(type: str, id: str = "", **option: Any) -> dict[str, Any]:
    """Return an action with an option."""
    return {"id": id, "type": type, "option": option}


def talk(text: str, **option: Any) -> dict[str, Any]:
    """Return a `talk` action."""
    return action("talk", text=text, **option)


def place_call(api: ProbeClient, fake: FakeVoipbin, *actions: dict[str, Any], **fields: Any) -> Call:
    """Place a call with inline actions."""
    record = api.place(provider_id=fake.provider.id, actions=list(actions), **fields)
    return fake.calls[record["call_ids"][0]]


def answered_call(api: ProbeClient, fake: FakeVoipbin, *actions: dict[str, Any], **fields: Any) -> Call:
    """Place a call, and advance the clock until its flow has started: the callee answers after six seconds."""
    call = place_call(api, fake, *actions, **fields)
    fake.clock.advance(6.1)
    return call


def activeflow_of(fake: FakeVoipbin, call: Call) -> Activeflow:
    """Return a call's activeflow."""
    return fake.activeflows[call.activeflow_id]


def executed_types(fake: FakeVoipbin, call: Call) -> list[str]:
    """Return the types of the executed actions, the current one last, without the pseudo-actions."""
    activeflow = activeflow_of(fake, call)
    return [one.type for one in (*activeflow.executed_actions, activeflow.current_action) if one.type]


def outcome(call: Call) -> tuple[str, str, str]:
    """Return a call's status and how it ended."""
    return call.status, call.hangup_reason, call.hangup_by
