"""Running a flow: from the answer to its completion."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.models.action_types import ACTIONS
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .flow_calls import (
    LONG,
    SOURCE,
    TEL,
    A,
    B,
    C,
    action,
    activeflow_of,
    answered_call,
    executed_types,
    outcome,
    place_call,
    talk,
)


def test_actions_of_the_tutorial(api: ProbeClient, fake: FakeVoipbin) -> None:
    text = "This is a provider verification call."
    call = place_call(api, fake, action("answer"), talk(text, language="en-US", gender="female"), action("hangup"))
    fake.clock.advance(60)
    assert executed_types(fake, call) == ["answer", "talk", "hangup"]
    assert call.said == (text,)
    assert outcome(call) == ("hangup", "normal", "local")
    assert activeflow_of(fake, call).status == "ended"


def test_call_shows_its_action_with_the_time_of_execution(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, LONG)
    shown = require_success(api.get(f"/calls/{call.id}"))["action"]
    assert shown["type"] == "sleep"
    assert shown["tm_execute"] is not None
    activeflow = require_success(api.get(f"/activeflows/{call.activeflow_id}"))
    assert activeflow["current_action"] == {**shown, "tm_execute": None}
    assert activeflow["executed_actions"][0]["id"].endswith("1")


def test_answered_call_without_actions_is_hung_up_at_once(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = place_call(api, fake)
    fake.clock.advance(60)
    assert outcome(call) == ("hangup", "normal", "local")
    assert call.tm_progressing is not None
    assert call.tm_hangup is not None
    assert (call.tm_hangup - call.tm_progressing).total_seconds() < 1
    fake.assert_cost(0)


def test_flow_runs_as_it_was_when_the_call_was_placed(api: ProbeClient, fake: FakeVoipbin) -> None:
    flow = fake.add_flow([talk("old text")])
    record = api.place(flow_id=flow.id)
    require_success(api.put(f"/flows/{flow.id}", {"actions": [talk("new text")]}))
    fake.clock.advance(60)
    assert fake.calls[record["call_ids"][0]].said == ("old text",)


def test_callee_hangs_up_during_the_flow(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().hangs_up(after=2)
    call = place_call(api, fake, action("play", stream_urls=["https://media.example/a.wav"]), talk("not spoken"))
    fake.clock.advance(60)
    assert outcome(call) == ("hangup", "normal", "remote")
    assert (activeflow_of(fake, call).status, executed_types(fake, call), call.said) == ("ended", ["play"], ())


def test_call_without_a_running_flow_lasts_until_the_limit(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().never_ends()
    call = place_call(api, fake, talk("not spoken"))
    fake.clock.advance(3599)
    assert (call.status, call.said) == ("progressing", ())
    fake.clock.advance(2)
    assert outcome(call) == ("hangup", "timeout", "remote")


def test_chain_of_completion_flows_ends(api: ProbeClient, fake: FakeVoipbin) -> None:
    flow = fake.add_flow([action("variable_set", key="a", value="b")])
    flow.on_complete_flow_id = flow.id
    api.place(flow_id=flow.id)
    fake.clock.advance(60)
    chain = list(fake.activeflows.values())
    assert [one.depth for one in chain] == list(range(6))
    assert [one.reference_activeflow_id for one in chain[1:]] == [one.id for one in chain[:-1]]
    assert {one.status for one in chain} == {"ended"}


def test_call_actions_of_a_completion_flow_are_not_executed(api: ProbeClient, fake: FakeVoipbin) -> None:
    following = fake.add_flow([action("variable_set", key="a", value="b"), talk("not spoken")])
    flow = fake.add_flow([talk("hello")], on_complete_flow_id=following.id)
    call = fake.calls[api.place(flow_id=flow.id)["call_ids"][0]]
    fake.clock.advance(60)
    first, second = fake.activeflows.values()
    assert (first.status, second.status, second.current_action.type) == ("ended", "running", "talk")
    assert call.said == ("hello",)


def test_snapshot_does_not_record_later_rules(api: ProbeClient, fake: FakeVoipbin) -> None:
    place_call(api, fake, talk("hello"))
    checked, snapshot = len(fake.requests[-1].rule_outcomes), fake.snapshot()
    for _ in range(2):
        fake.clock.advance(30)
        fake.restore(snapshot)
        assert len(fake.requests[-1].rule_outcomes) == checked


def test_added_flow_is_stored_as_by_the_api(api: ProbeClient, fake: FakeVoipbin) -> None:
    flow = fake.add_flow([action("goto", target_id=C.upper(), loop_count=1), {"id": C.upper(), "type": "beep"}, LONG])
    call = fake.calls[api.place(flow_id=flow.id)["call_ids"][0]]
    fake.clock.advance(8)
    assert executed_types(fake, call) == ["goto", "beep", "sleep"]


def test_expired_flow_places_no_call(api: ProbeClient, fake: FakeVoipbin) -> None:
    id = place_call(api, fake, talk("hello")).flow_id
    fake.clock.advance(25 * 3600)
    before = len(fake.calls)
    refused = api.post("/calls", {"source": SOURCE, "destinations": [TEL], "flow_id": id})
    assert refused.status == (400 if fake.edition.name == "server-2026-04" else 404)
    assert len(fake.calls) == before


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 70_000) | st.floats(-1e6, 1e6) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
OPTION_NAMES = sorted({name for kind in ACTIONS.values() for name in kind.option.model_fields} | {"async"})


@given(
    edition=st.sampled_from(list(EDITIONS)),
    actions=st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from(sorted(set(ACTIONS) - {"case_create"}))},
            optional={
                "id": st.sampled_from([A, B, C]),
                "next_id": st.sampled_from([A, B, C]),
                "option": st.dictionaries(
                    st.sampled_from(OPTION_NAMES),
                    JSON_VALUES | st.sampled_from([A, B, C, [TEL], SOURCE, {"1": A}]),
                    max_size=5,
                ),
            },
        ),
        max_size=6,
    ),
    digits=st.text("0123456789#*", max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_every_call_ends_with_any_flow(edition: str, actions: list[dict[str, Any]], digits: str) -> None:
    fake = FakeVoipbin(edition)
    fake.carrier().answers(digits=digits)
    response = ProbeClient(FakeTarget(fake)).post(
        "/providercalls", {"provider_id": fake.provider.id, "source": SOURCE, "destinations": [TEL], "actions": actions}
    )
    for _ in range(40):
        fake.clock.advance(3600)
    assert response.status in (200, 400)
    assert {call.status for call in fake.calls.values()} <= {"hangup"}
    assert all(len(one.executed_actions) <= fake.edition.execution_limit + 2 for one in fake.activeflows.values())
