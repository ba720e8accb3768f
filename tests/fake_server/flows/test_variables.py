"""Variables in the options of actions."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .flow_calls import (
    LONG,
    action,
    activeflow_of,
    answered_call,
    place_call,
    talk,
)


def test_variables_are_replaced_at_every_level(api: ProbeClient, fake: FakeVoipbin) -> None:
    option = {
        "text": "${who} ${voipbin.call.source.target} ${unknown}",
        "list": ["${who}", 1, None],
        "n": {"x": "${who}"},
    }
    call = answered_call(
        api, fake, action("variable_set", key="who", value="Ada"), {"type": "talk", "option": option}, LONG
    )
    filled = activeflow_of(fake, call).current_action.option
    assert filled["text"] == "Ada +12025550100 "
    assert filled["n"] == {"x": "Ada"}
    assert filled["list"] == (["Ada", 1, None] if fake.edition.name == "documented" else ["Ada", "1", "<nil>"])


def test_flow_keeps_the_template(api: ProbeClient, fake: FakeVoipbin) -> None:
    flow = fake.add_flow([talk("${voipbin.call.id}")])
    call = fake.calls[api.place(flow_id=flow.id)["call_ids"][0]]
    fake.clock.advance(60)
    assert call.said == (call.id,)
    assert require_success(api.get(f"/flows/{flow.id}"))["actions"][0]["option"]["text"] == "${voipbin.call.id}"


def test_values_are_not_replaced_again(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = place_call(api, fake, action("variable_set", key="a", value="x"), talk("${a}"), action("hangup"))
    other = place_call(api, fake, talk("${voipbin.flow.reference_data}"))
    fake.clock.advance(60)
    assert call.said == ("x",)
    assert f'"id":"{other.id}"' in other.said[0]


@given(text=st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_text_without_variables_is_spoken_unchanged(text: str) -> None:
    fake = FakeVoipbin()
    call = fake.calls[
        ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id, actions=[talk(text.replace("${", ""))])[
            "call_ids"
        ][0]
    ]
    fake.clock.advance(60)
    assert call.said == (text.replace("${", ""),)


def test_a_variable_that_doubles_has_a_limit(api: ProbeClient, fake: FakeVoipbin) -> None:
    def length(doublings: int) -> int:
        doubled = [action("variable_set", key="a", value="${a}${a}x")] * doublings
        call = answered_call(api, fake, action("variable_set", key="a", value="x"), *doubled, LONG)
        return len(activeflow_of(fake, call).variables["a"])

    assert length(14) == 2**15 - 1
    assert length(24) <= 2**17
