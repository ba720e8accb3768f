"""DTMF digits: received, collected, branched on, and sent by a carrier script."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin, InvalidScript, InvalidTransition
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .flow_calls import (
    LONG,
    A,
    B,
    C,
    action,
    answered_call,
    executed_types,
    outcome,
    place_call,
    talk,
)


def test_digits_are_collected_up_to_a_length(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(
        api, fake, action("digits_receive", duration=60_000, length=3), talk("${voipbin.call.digits}"), LONG
    )
    call.press("12")
    assert executed_types(fake, call) == ["digits_receive"]
    call.press("3")
    assert (executed_types(fake, call), call.said) == (["digits_receive", "talk"], ("123",))


def test_key_ends_the_digits_and_is_included(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(
        api, fake, action("digits_receive", duration=60_000, key="#*"), talk("${voipbin.call.digits}"), LONG
    )
    call.press("42*")
    assert call.said == ("42*",)


def test_digits_sent_before_the_action_count(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(
        api, fake, action("play", stream_urls=["a"]), action("digits_receive", duration=60_000, length=1), LONG
    )
    call.press("12")
    fake.clock.advance(6)
    assert executed_types(fake, call) == ["play", "digits_receive", "sleep"]


def test_digit_ends_a_talk_that_waits_for_one(api: ProbeClient, fake: FakeVoipbin) -> None:
    menu = talk("x" * 600, digits_handle="next")
    branch = action("branch", target_ids={"2": C}, default_target_id=B)
    call = answered_call(api, fake, menu, branch, action("beep", B), action("mute", C), LONG)
    call.press("2")
    assert executed_types(fake, call) == ["talk", "branch", "mute", "sleep"]


def test_branch_deletes_its_variable(api: ProbeClient, fake: FakeVoipbin) -> None:
    flow = [action("variable_set", key="v", value="1"), action("branch", variable="v", target_ids={"1": C}), LONG]
    call = answered_call(api, fake, *flow, action("talk", C, text="[${v}]"))
    assert call.said == ("[]",)


def test_branch_without_a_target_ends_the_flow(api: ProbeClient, fake: FakeVoipbin) -> None:
    assert answered_call(api, fake, action("branch"), LONG).status == "hangup"


def test_carrier_script_sends_digits(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().answers(digits="7#")
    call = place_call(api, fake, action("digits_receive", duration=60_000, key="#"), talk("${voipbin.call.digits}"))
    fake.clock.advance(60)
    assert call.said == ("7#",)


def test_carrier_script_sends_digits_once(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().answers(digits="7")
    first, again = (action("digits_receive", id, duration=60_000, length=1) for id in (A, B))
    # A branch deletes the collected digits, so the second action needs new ones.
    call = place_call(api, fake, first, action("branch", default_target_id=B), again, LONG)
    fake.clock.advance(30)
    assert executed_types(fake, call) == ["digits_receive", "branch", "digits_receive"]
    call.press("1")
    assert executed_types(fake, call)[-1] == "sleep"


@pytest.mark.parametrize("lifecycle", ["scheduled", "on_poll"])
def test_carrier_script_sends_no_digits_in_a_test_controlled_call(lifecycle: str) -> None:
    fake = FakeVoipbin(lifecycle=lifecycle)
    fake.carrier().answers(digits="7#")
    api = ProbeClient(FakeTarget(fake))
    call = place_call(api, fake, action("digits_receive", duration=10_000, key="#", length=9), LONG)
    call.answer()
    fake.clock.advance(9)
    assert executed_types(fake, call) == ["digits_receive"]
    fake.clock.advance(9)
    assert (executed_types(fake, call), call.status) == (["digits_receive", "sleep"], "progressing")


def test_press_requires_an_answered_call_and_valid_digits(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = place_call(api, fake, LONG)
    with pytest.raises(InvalidTransition, match="a call with status 'dialing' cannot receive digits"):
        call.press("1")
    with pytest.raises(ValueError, match="'x' are not DTMF digits"):
        call.press("x")


def test_invalid_digits_of_a_script_are_refused(fake: FakeVoipbin) -> None:
    with pytest.raises(InvalidScript, match="'1-2' are not DTMF digits"):
        fake.carrier().answers(digits="1-2")


def test_digits_after_the_end_have_no_effect(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().answers(digits="123")
    call = place_call(api, fake, action("digits_receive", duration=5000, length=1), action("hangup"))
    fake.clock.advance(20)
    assert outcome(call) == ("hangup", "normal", "local")


def test_digit_during_an_unlisted_action_only_replaces_the_variable(api: ProbeClient, fake: FakeVoipbin) -> None:
    interruptible = talk("x", digits_handle="next")
    call = answered_call(api, fake, interruptible, action("conference_join"), LONG)
    fake.clock.advance(2)
    call.press("1")
    assert executed_types(fake, call) == ["talk", "conference_join"]
    skipped = answered_call(api, fake, action("digits_receive", duration="x"), action("ai_talk"), LONG)
    skipped.press("1")
    assert executed_types(fake, skipped) == ["digits_receive", "ai_talk"]


def test_digits_have_no_effect_on_an_answered_orphan(api: ProbeClient, fake: FakeVoipbin) -> None:
    api.post("/providercalls", api.body(flow_id=A))
    (orphan,) = fake.calls.values()
    orphan.answer()
    orphan.press("1")
    assert orphan.status == "progressing"
