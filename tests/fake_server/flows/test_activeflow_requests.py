"""POST /activeflows: flows in execution that belong to no call."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, UNKNOWN_ID, ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import Activeflow

BLOCK = {"type": "block"}
each_server = pytest.mark.parametrize("fake", ["server-2026-04", "server-2026-08"], indirect=True)


def execute(api: ProbeClient, fake: FakeVoipbin, *actions: dict[str, Any], **fields: object) -> Activeflow:
    """Create an activeflow of actions, and return it."""
    return fake.state.activeflows[require_success(api.post("/activeflows", {"actions": actions, **fields}))["id"]]


def test_it_ends_after_its_last_action(api: ProbeClient, fake: FakeVoipbin) -> None:
    activeflow = execute(api, fake, {"type": "talk", "option": {"text": "nobody hears this"}})
    assert (activeflow.status, activeflow.call_id, len(fake.calls)) == ("ended", NIL, 0)
    events = [event.type for event in fake.events if event.resource_id == activeflow.id]
    assert events == ["activeflow_created", *3 * ["activeflow_updated"]]


def test_a_condition_about_the_call_is_skipped(api: ProbeClient, fake: FakeVoipbin) -> None:
    absent = {"type": "condition_call_status", "option": {"status": "progressing", "false_target_id": UNKNOWN_ID}}
    assert execute(api, fake, absent, BLOCK).current_action.type == "block"


def test_it_may_place_calls_that_have_no_master(api: ProbeClient, fake: FakeVoipbin) -> None:
    option = {"source": SOURCE, "destinations": [DESTINATION], "actions": [BLOCK], "chained": True}
    execute(api, fake, {"type": "call", "option": option})
    (call,) = fake.calls.values()
    assert (call.master_call_id, call.activeflow_id in fake.state.activeflows) == (NIL, True)


def test_a_service_does_not_take_time(api: ProbeClient, fake: FakeVoipbin) -> None:
    assert execute(api, fake, {"type": "ai_talk", "option": {}}, BLOCK).current_action.type == "block"


def test_variables_describe_no_call(api: ProbeClient, fake: FakeVoipbin) -> None:
    text = "[${voipbin.call.id}] [${voipbin.flow.reference_data}] [${voipbin.activeflow.reference_type}]"
    told = execute(api, fake, {"type": "variable_set", "option": {"key": "told", "value": text}}, BLOCK)
    assert told.variables["told"] == "[] [] [api]"


def test_settings_of_the_request(api: ProbeClient, fake: FakeVoipbin) -> None:
    settings = {"variables": {" campaign ": "spring", "voipbin.call.id": "1"}, "webhook_uri": "https://a.example/"}
    activeflow = execute(api, fake, BLOCK, **settings, webhook_method="PUT", id=UNKNOWN_ID)
    given = dict(activeflow.variables), activeflow.webhook_uri, activeflow.webhook_method
    known = fake.edition.name != "server-2026-04"
    assert given == (({"campaign": "spring"}, "https://a.example/", "PUT") if known else ({}, "", ""))
    assert activeflow.id == UNKNOWN_ID


def test_its_flow_names_the_next_one(api: ProbeClient, fake: FakeVoipbin) -> None:
    following = fake.add_flow([BLOCK])
    first = execute(api, fake, flow_id=fake.add_flow(on_complete_flow_id=following.id).id)
    (second,) = (one for one in fake.state.activeflows.values() if one.flow_id == following.id)
    assert (second.reference_activeflow_id, second.reference_type, second.status) == (first.id, "api", "running")
    require_success(api.delete(f"/activeflows/{second.id}"))
    assert second.status == "ended"


@each_server
@pytest.mark.parametrize("text", ["ftp://a.example", "http://", "a.example", "http://[a"])
def test_a_webhook_needs_a_url(api: ProbeClient, fake: FakeVoipbin, text: str) -> None:
    status = api.post("/activeflows", {"webhook_uri": text}).status
    assert status == (200 if fake.edition.name == "server-2026-04" else 400)
