"""Flows that run: every action type, the order of actions, jumps, variables, digits, AMD, bridges, completion."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_providercalls.contracts.models.actions import ACTIONS
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin, InvalidScript, InvalidTransition
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.records import Activeflow, Call

NUMBER = "+12025550143"
TEL = {"type": "tel", "target": NUMBER}
SOURCE = {"type": "tel", "target": "+12025550100"}
A, B, C = (f"f1f2f3f4-0000-4000-8000-00000000000{n}" for n in "abc")
LONG = {"type": "sleep", "option": {"duration": 3_000_000}}
BEEP = {"id": C, "type": "beep"}
EDITIONS = ["documented", "server-2026-04", "server-2026-08"]


def action(type: str, id: str = "", **option: Any) -> dict[str, Any]:
    return {"id": id, "type": type, "option": option}


def talk(text: str, **option: Any) -> dict[str, Any]:
    return action("talk", text=text, **option)


def placed(api: ProbeClient, fake: FakeVoipbin, *actions: dict[str, Any], **fields: Any) -> Call:
    record = api.place(provider_id=fake.provider.id, actions=list(actions), **fields)
    return fake.calls[record["call_ids"][0]]


def answered(api: ProbeClient, fake: FakeVoipbin, *actions: dict[str, Any], **fields: Any) -> Call:
    """A call whose flow has just begun: the far side answers after six seconds."""
    call = placed(api, fake, *actions, **fields)
    fake.clock.advance(6.1)
    return call


def flow_of(fake: FakeVoipbin, call: Call) -> Activeflow:
    return fake.activeflows[call.activeflow_id]


def types(fake: FakeVoipbin, call: Call) -> list[str]:
    """The actions that a call has executed, the present one last; without the pseudo-actions."""
    activeflow = flow_of(fake, call)
    return [one.type for one in (*activeflow.executed_actions, activeflow.current_action) if one.type]


def end(call: Call) -> tuple[str, str, str]:
    return call.status, call.hangup_reason, call.hangup_by


# the tutorial's flow


def test_the_tutorials_actions(api: ProbeClient, fake: FakeVoipbin) -> None:
    text = "This is a provider verification call."
    call = placed(api, fake, action("answer"), talk(text, language="en-US", gender="female"), action("hangup"))
    fake.clock.advance(60)
    assert types(fake, call) == ["answer", "talk", "hangup"]
    assert call.said == (text,)
    assert end(call) == ("hangup", "normal", "local")
    assert flow_of(fake, call).status == "ended"


def test_a_call_shows_its_action_with_the_time_of_execution(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(api, fake, LONG)
    shown = require_success(api.get(f"/calls/{call.id}"))["action"]
    assert shown["type"] == "sleep"
    assert shown["tm_execute"] is not None
    activeflow = require_success(api.get(f"/activeflows/{call.activeflow_id}"))
    assert activeflow["current_action"] == {**shown, "tm_execute": None}
    assert activeflow["executed_actions"][0]["id"].endswith("1")


def test_without_actions_an_answered_call_is_hung_up_at_once(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = placed(api, fake)
    fake.clock.advance(60)
    assert end(call) == ("hangup", "normal", "local")
    assert call.tm_progressing is not None
    assert call.tm_hangup is not None
    assert (call.tm_hangup - call.tm_progressing).total_seconds() < 1
    fake.assert_cost(0)


def test_a_flow_by_its_id_runs_as_it_was_when_the_call_was_placed(api: ProbeClient, fake: FakeVoipbin) -> None:
    flow = fake.add_flow([talk("as it was")])
    record = api.place(flow_id=flow.id)
    require_success(api.put(f"/flows/{flow.id}", {"actions": [talk("as it is")]}))
    fake.clock.advance(60)
    assert fake.calls[record["call_ids"][0]].said == ("as it was",)


def test_the_far_side_hangs_up_in_the_middle(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().hangs_up(after=2)
    call = placed(api, fake, action("play", stream_urls=["https://media.example/a.wav"]), talk("never said"))
    fake.clock.advance(60)
    assert end(call) == ("hangup", "normal", "remote")
    assert (flow_of(fake, call).status, types(fake, call), call.said) == ("ended", ["play"], ())


# every type is accepted, checked, and executed or shown as done

GOOD: dict[str, dict[str, Any]] = {
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
ENDS_THE_CALL = {"hangup", "stop"}
WRONG: dict[str, dict[str, Any]] = {
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


def known_types(fake: FakeVoipbin) -> set[str]:
    return set(ACTIONS) - fake.edition.unsupported_actions


@pytest.mark.parametrize("type", sorted(ACTIONS))
def test_every_type_is_accepted_and_comes_to_an_end(api: ProbeClient, fake: FakeVoipbin, type: str) -> None:
    if type not in known_types(fake):
        assert api.post("/flows", {"actions": [{"type": type}]}).status == 400
        return
    fake.add_fetchable("https://client.example/actions", [talk("fetched")])
    flow = fake.add_flow([talk("other flow")])
    option = {"flow_id": flow.id} if type == "fetch_flow" else GOOD.get(type, {})
    call = placed(api, fake, {"type": type, "option": option}, talk("and on"), action("hangup", C))
    fake.clock.advance(3500)
    executed = types(fake, call)
    assert executed[0] == type
    assert end(call) == ("hangup", "normal", "local")
    assert (executed[-1] == "hangup") is (type != "stop")


@pytest.mark.parametrize("type", sorted(WRONG))
def test_a_wrong_option_ends_the_flow_or_is_left_out(api: ProbeClient, fake: FakeVoipbin, type: str) -> None:
    call = answered(api, fake, {"type": type, "option": WRONG[type]}, LONG)
    activeflow = flow_of(fake, call)
    if ACTIONS[type].failure_ends_flow:
        assert (activeflow.status, activeflow.current_action.type) == ("ended", type)
        assert end(call) == ("hangup", "normal", "local")
    else:
        assert (activeflow.status, activeflow.current_action.type) == ("running", "sleep")


def test_every_type_with_a_checked_option_has_a_wrong_one() -> None:
    without = {"ai_summary", "ai_task", "email_send", "conversation_send", "case_create", "transcribe_recording"}
    taking = {name for name, kind in ACTIONS.items() if kind.option.model_fields and kind.in_calls}
    assert taking - without <= WRONG.keys() | {"external_media_start"}


@pytest.mark.parametrize("type", ["ai_summary", "ai_task", "block"])
def test_what_does_not_run_in_calls_is_recorded_and_skipped(api: ProbeClient, fake: FakeVoipbin, type: str) -> None:
    call = answered(api, fake, {"type": type}, LONG)
    assert types(fake, call) == [type, "sleep"]
    assert type not in [event.data["action"].get("type") for event in fake.events if event.type == "call_updated"]


@pytest.mark.parametrize(
    ("one", "seconds"),
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
def test_how_long_an_action_takes(fake: FakeVoipbin, api: ProbeClient, one: dict[str, Any], seconds: float) -> None:
    call = placed(api, fake, one, LONG)
    fake.clock.advance(6.02 + seconds - 0.01)
    if seconds:
        assert types(fake, call) == [one["type"]]
    fake.clock.advance(0.1)
    assert types(fake, call) == [one["type"], "sleep"]


# the order of actions


def test_next_id_leads_the_way(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(api, fake, {"type": "answer", "next_id": C}, talk("left out"), {"id": C, "type": "beep"}, LONG)
    fake.clock.advance(1)
    assert types(fake, call) == ["answer", "beep", "sleep"]


def test_a_next_id_that_is_not_there_is_the_end(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(api, fake, {"type": "answer", "next_id": C}, LONG)
    assert types(fake, call) == ["answer"]
    assert end(call) == ("hangup", "normal", "local")


def test_goto_counts_or_runs_into_the_limit(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(api, fake, action("answer", A), action("goto", target_id=A, loop_count=3), LONG)
    answers = types(fake, call).count("answer")
    assert (answers, call.status) == ((4, "progressing") if fake.edition.name == "documented" else (51, "hangup"))


def test_goto_without_a_count_goes_on(api: ProbeClient, fake: FakeVoipbin) -> None:
    assert types(fake, answered(api, fake, action("goto", target_id=A), LONG)) == ["goto", "sleep"]


def test_goto_leads_to_the_start(api: ProbeClient, fake: FakeVoipbin) -> None:
    start = "00000000-0000-0000-0000-000000000001"
    call = answered(api, fake, action("answer"), action("goto", target_id=start, loop_count=1), LONG)
    assert types(fake, call)[:3] == ["answer", "goto", "answer"]


def test_of_two_equal_ids_the_first_counts(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(api, fake, action("answer", A), action("mute", A), LONG)
    # Behind the second comes what follows the first: the second itself, until the limit.
    assert types(fake, call)[:4] == ["answer", "mute", "mute", "mute"]
    assert call.status == "hangup"


def test_a_fetched_list_runs_and_then_the_flow_goes_on(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.add_fetchable("https://client.example/", [action("answer"), action("goto", target_id=C, loop_count=1)])
    call = answered(
        api, fake, action("fetch", event_url="https://client.example/"), talk("left out"), action("beep", C), LONG
    )
    fake.clock.advance(1)
    assert types(fake, call) == ["fetch", "answer", "goto", "beep", "sleep"]


def test_after_a_list_comes_what_follows_the_action_that_pushed_it(api: ProbeClient, fake: FakeVoipbin) -> None:
    inner = fake.add_flow([talk("inner")])
    outer = fake.add_flow([action("fetch_flow", flow_id=inner.id), talk("outer")])
    call = placed(api, fake, action("fetch_flow", flow_id=outer.id), talk("last"))
    fake.clock.advance(60)
    assert call.said == ("inner", "outer", "last")


def test_what_cannot_be_fetched_ends_the_flow(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(api, fake, action("fetch", event_url="https://nobody.example/"), LONG)
    assert (flow_of(fake, call).status, call.status) == ("ended", "hangup")
    foreign = fake.add_flow([LONG], customer=fake.customer_admin.customer_id)
    assert answered(api, fake, action("fetch_flow", flow_id=foreign.id), LONG).status == "hangup"


# variables


def test_variables_are_filled_in_everywhere(api: ProbeClient, fake: FakeVoipbin) -> None:
    option = {
        "text": "${who} ${voipbin.call.source.target} ${nobody}",
        "list": ["${who}", 1, None],
        "n": {"x": "${who}"},
    }
    call = answered(api, fake, action("variable_set", key="who", value="Ada"), {"type": "talk", "option": option}, LONG)
    filled = flow_of(fake, call).current_action.option
    assert filled["text"] == "Ada +12025550100 "
    assert filled["n"] == {"x": "Ada"}
    assert filled["list"] == (["Ada", 1, None] if fake.edition.name == "documented" else ["Ada", "1", "<nil>"])


def test_the_flow_keeps_the_template(api: ProbeClient, fake: FakeVoipbin) -> None:
    flow = fake.add_flow([talk("${voipbin.call.id}")])
    call = fake.calls[api.place(flow_id=flow.id)["call_ids"][0]]
    fake.clock.advance(60)
    assert call.said == (call.id,)
    assert require_success(api.get(f"/flows/{flow.id}"))["actions"][0]["option"]["text"] == "${voipbin.call.id}"


def test_values_are_not_filled_in_again(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = placed(api, fake, action("variable_set", key="a", value="x"), talk("${a}"), action("hangup"))
    other = placed(api, fake, talk("${voipbin.flow.reference_data}"))
    fake.clock.advance(60)
    assert call.said == ("x",)
    assert f'"id":"{other.id}"' in other.said[0]


@given(text=st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_a_text_without_names_is_spoken_as_it_is(text: str) -> None:
    fake = FakeVoipbin()
    call = fake.calls[
        ProbeClient(FakeTarget(fake)).place(provider_id=fake.provider.id, actions=[talk(text.replace("${", ""))])[
            "call_ids"
        ][0]
    ]
    fake.clock.advance(60)
    assert call.said == (text.replace("${", ""),)


# conditions


@pytest.mark.parametrize(
    ("option", "met"),
    [
        ({"condition": "==", "variable": "${n}", "value_type": "number", "value_number": 7}, True),
        ({"condition": "<", "variable": "${n}", "value_type": "number", "value_number": 7}, False),
        ({"condition": "<=", "variable": "${n}", "value_type": "number", "value_number": 7.5}, True),
        ({"condition": "!=", "variable": "${n}", "value_type": "string", "value_string": "8"}, True),
        ({"condition": "==", "variable": "${n}", "value_type": "length", "value_length": 1}, True),
        ({"condition": ">", "variable": "é", "value_type": "length", "value_length": 1}, True),
        ({"condition": "==", "variable": " 7", "value_type": "number", "value_number": 7}, False),
        ({"condition": "==", "variable": "1_0", "value_type": "number", "value_number": 10}, False),
        ({"condition": "==", "variable": "16777217", "value_type": "number", "value_number": 16777216}, True),
        ({"condition": "==", "variable": "abc", "value_type": "number", "value_number": 0}, False),
        ({"condition": "~", "variable": "${n}", "value_type": "string", "value_string": "7"}, False),
        ({"condition": "==", "variable": "${n}", "value_type": "bool"}, False),
    ],
)
def test_condition_variable(api: ProbeClient, fake: FakeVoipbin, option: dict[str, Any], met: bool) -> None:
    remember = action("variable_set", key="n", value="7")
    call = answered(
        api, fake, remember, action("condition_variable", **option, false_target_id=C), LONG, action("beep", C)
    )
    assert (types(fake, call)[2] == "sleep") is met


@pytest.mark.parametrize(("word", "met"), [("equal", True), ("greater", False), ("less_equal", True)])
def test_the_documents_know_words(api: ProbeClient, fake: FakeVoipbin, word: str, met: bool) -> None:
    option = {
        "condition": word,
        "variable": "voipbin.call.direction",
        "value_type": "string",
        "value_string": "outgoing",
    }
    call = answered(api, fake, action("condition_variable", **option, false_target_id=C), LONG, BEEP)
    assert (types(fake, call)[1] == "sleep") is (met and fake.edition.name == "documented")


# The clock starts on a Tuesday, 21 April 2026, at 23:15.
@pytest.mark.parametrize(
    ("option", "met"),
    [
        ({"condition": "==", "hour": 23, "minute": 15}, True),
        ({"condition": "==", "hour": 23}, False),
        ({"condition": ">=", "hour": 23, "minute": 30}, True),
        ({"condition": "<", "hour": 22, "minute": -1}, True),
        ({"condition": "==", "hour": -1, "minute": -1, "day": 21, "month": 4}, True),
        ({"condition": "==", "hour": -1, "minute": -1, "month": 5}, False),
    ],
)
def test_condition_datetime(api: ProbeClient, fake: FakeVoipbin, option: dict[str, Any], met: bool) -> None:
    call = answered(api, fake, action("condition_datetime", **option, false_target_id=C), LONG, BEEP)
    assert (types(fake, call)[1] == "sleep") is met


@pytest.mark.parametrize(("weekday", "kind"), [(2, "sleep"), (0, "beep")])
def test_weekdays_end_the_flow_on_the_servers(api: ProbeClient, fake: FakeVoipbin, weekday: int, kind: str) -> None:
    option = {"condition": "==", "hour": -1, "minute": -1, "weekdays": [weekday], "false_target_id": C}
    call = answered(api, fake, action("condition_datetime", **option), LONG, BEEP)
    if fake.edition.name == "documented":
        assert types(fake, call)[1] == kind
    else:
        assert (flow_of(fake, call).status, call.status) == ("ended", "hangup")


def test_condition_call_status(api: ProbeClient, fake: FakeVoipbin) -> None:
    condition = action("condition_call_status", status="ringing", false_target_id=C)
    assert types(fake, answered(api, fake, condition, LONG, BEEP))[1] == "beep"


# digits


def test_digits_are_collected_up_to_a_length(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(
        api, fake, action("digits_receive", duration=60_000, length=3), talk("${voipbin.call.digits}"), LONG
    )
    call.press("12")
    assert types(fake, call) == ["digits_receive"]
    call.press("3")
    assert (types(fake, call), call.said) == (["digits_receive", "talk"], ("123",))


def test_a_key_ends_the_digits_and_stays(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(
        api, fake, action("digits_receive", duration=60_000, key="#*"), talk("${voipbin.call.digits}"), LONG
    )
    call.press("42*")
    assert call.said == ("42*",)


def test_digits_that_were_pressed_before_count(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(
        api, fake, action("sleep", duration=5000), action("digits_receive", duration=60_000, length=1), LONG
    )
    call.press("12")
    fake.clock.advance(6)
    assert types(fake, call) == ["sleep", "digits_receive", "sleep"]


def test_a_digit_ends_a_talk_that_waits_for_one(api: ProbeClient, fake: FakeVoipbin) -> None:
    menu = talk("x" * 600, digits_handle="next")
    branch = action("branch", target_ids={"2": C}, default_target_id=B)
    call = answered(api, fake, menu, branch, action("beep", B), action("mute", C), LONG)
    call.press("2")
    assert types(fake, call) == ["talk", "branch", "mute", "sleep"]


def test_a_branch_forgets_its_variable(api: ProbeClient, fake: FakeVoipbin) -> None:
    flow = [action("variable_set", key="v", value="1"), action("branch", variable="v", target_ids={"1": C}), LONG]
    call = answered(api, fake, *flow, action("talk", C, text="[${v}]"))
    assert call.said == ("[]",)


def test_a_branch_to_nowhere_ends_the_flow(api: ProbeClient, fake: FakeVoipbin) -> None:
    assert answered(api, fake, action("branch"), LONG).status == "hangup"


def test_the_carriers_script_presses(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().answers(digits="7#")
    call = placed(api, fake, action("digits_receive", duration=60_000, key="#"), talk("${voipbin.call.digits}"))
    fake.clock.advance(60)
    assert call.said == ("7#",)


def test_the_carriers_script_presses_once(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().answers(digits="7")
    first, again = (action("digits_receive", id, duration=60_000, length=1) for id in (A, B))
    # A branch forgets what was pressed, so that there is something to press again.
    call = placed(api, fake, first, action("branch", default_target_id=B), again, LONG)
    fake.clock.advance(30)
    assert types(fake, call) == ["digits_receive", "branch", "digits_receive"]
    call.press("1")
    assert types(fake, call)[-1] == "sleep"


@pytest.mark.parametrize("lifecycle", ["manual", "on_poll"])
def test_who_is_moved_by_hand_presses_by_hand(lifecycle: str) -> None:
    fake = FakeVoipbin(lifecycle=lifecycle)
    fake.carrier().answers(digits="7#")
    api = ProbeClient(FakeTarget(fake))
    call = placed(api, fake, action("digits_receive", duration=10_000, key="#", length=9), LONG)
    call.answer()
    fake.clock.advance(9)
    assert types(fake, call) == ["digits_receive"]
    fake.clock.advance(9)
    assert (types(fake, call), call.status) == (["digits_receive", "sleep"], "progressing")


def test_pressing_needs_a_phone_that_is_on_the_line(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = placed(api, fake, LONG)
    with pytest.raises(InvalidTransition, match="nothing can be pressed on a call that is dialing"):
        call.press("1")
    with pytest.raises(ValueError, match="'x' cannot be pressed"):
        call.press("x")


def test_condition_call_digits(api: ProbeClient, fake: FakeVoipbin) -> None:
    remember = action("variable_set", key="voipbin.call.digits", value="123")
    for option, met in (({"length": 3}, True), ({"length": 4}, False), ({"key": "23"}, True), ({"key": "32"}, False)):
        call = answered(
            api, fake, remember, action("condition_call_digits", **option, false_target_id=C), LONG, action("beep", C)
        )
        assert (types(fake, call)[2] == "sleep") is met


# machines


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_machine_is_hung_up(api: ProbeClient, fake: FakeVoipbin, asynchronous: bool) -> None:
    fake.carrier().answers(machine=True)
    call = placed(api, fake, action("amd", machine_handle="hangup", **{"async": asynchronous}), LONG)
    fake.clock.advance(60)
    assert end(call) == ("hangup", "amd", "local")


@pytest.mark.parametrize(("machine", "handle"), [(True, "continue"), (False, "hangup")])
def test_otherwise_the_flow_goes_on(api: ProbeClient, fake: FakeVoipbin, machine: bool, handle: str) -> None:
    fake.carrier().answers(machine=machine)
    call = placed(api, fake, action("amd", machine_handle=handle), LONG)
    fake.clock.advance(60)
    assert types(fake, call) == ["amd", "sleep"]


# other calls


def test_a_call_action_places_calls_with_a_life_of_their_own(api: ProbeClient, fake: FakeVoipbin) -> None:
    option = {
        "source": SOURCE,
        "destinations": [TEL, {**TEL, "target": "+12025550180"}],
        "actions": [talk("${voipbin.call.id}")],
    }
    call = answered(api, fake, {"type": "call", "option": option}, talk("done"))
    fake.clock.advance(60)
    first, second = (one for one in fake.calls.values() if one.id != call.id)
    # Names in nested actions are filled in when the parent's action is executed.
    assert first.said == (call.id,)
    assert (first.provider_id, first.metadata, first.master_call_id) == (
        "00000000-0000-0000-0000-000000000000",
        {},
        first.provider_id,
    )
    assert second.hangup_reason == "busy"
    assert call.said == ("done",)


def test_chained_calls_go_with_their_master(api: ProbeClient, fake: FakeVoipbin) -> None:
    option = {"source": SOURCE, "destinations": [TEL], "actions": [LONG], "chained": True}
    call = answered(api, fake, {"type": "call", "option": option}, action("sleep", duration=1000))
    (chained,) = (fake.calls[id] for id in call.chained_call_ids)
    assert chained.master_call_id == call.id
    fake.clock.advance(2)
    assert (call.status, end(chained)) == ("hangup", ("hangup", "cancel", "local"))


def test_connect_talks_and_then_goes_on(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(api, fake, action("connect", source=SOURCE, destinations=[TEL]), talk("good-bye"))
    (leg,) = (fake.calls[id] for id in call.chained_call_ids)
    assert call.action.type == "confbridge_join"
    fake.clock.advance(7)
    assert (leg.status, leg.action.type, call.status) == ("progressing", "confbridge_join", "progressing")
    fake.clock.advance(60)
    assert end(leg) == ("hangup", "normal", "remote")
    assert (end(call), call.said) == (("hangup", "normal", "local"), ("good-bye",))


def test_when_the_caller_leaves_the_bridge_the_other_is_hung_up(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(api, fake, action("connect", source=SOURCE, destinations=[TEL]), LONG)
    (leg,) = (fake.calls[id] for id in call.chained_call_ids)
    fake.clock.advance(7)
    call.hangup()
    require_success(api.get(f"/calls/{leg.id}"))
    assert end(leg) == ("hangup", "normal", "local")
    assert [event.type for event in fake.events if event.resource_id == call.id][-1] == "call_hangup"


def test_nobody_to_connect_to_ends_the_flow(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(
        api, fake, action("connect", source=SOURCE, destinations=[{"type": "email", "target": "a@b"}]), LONG
    )
    assert (flow_of(fake, call).status, call.status) == ("ended", "hangup")


def test_a_busy_leg_lets_go_in_the_documents_only(api: ProbeClient, fake: FakeVoipbin) -> None:
    option = {"source": SOURCE, "destinations": [{**TEL, "target": "+12025550180"}], "relay_reason": True}
    call = answered(api, fake, {"type": "connect", "option": option}, talk("left out"))
    fake.clock.advance(60)
    assert call.status == ("hangup" if fake.edition.name == "documented" else "progressing")
    assert call.said == ()


def test_a_call_never_ends_when_voipbin_never_gets_to_its_flow(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().never_ends()
    call = placed(api, fake, talk("never said"))
    fake.clock.advance(3599)
    assert (call.status, call.said) == ("progressing", ())
    fake.clock.advance(2)
    assert end(call) == ("hangup", "timeout", "remote")


# completion


def test_flows_that_complete_each_other_come_to_an_end(api: ProbeClient, fake: FakeVoipbin) -> None:
    flow = fake.add_flow([action("variable_set", key="a", value="b")])
    flow.on_complete_flow_id = flow.id
    api.place(flow_id=flow.id)
    fake.clock.advance(60)
    chain = list(fake.activeflows.values())
    assert [one.depth for one in chain] == list(range(6))
    assert [one.reference_activeflow_id for one in chain[1:]] == [one.id for one in chain[:-1]]
    assert {one.status for one in chain} == {"ended"}


def test_nobody_executes_the_call_actions_of_a_flow_that_completes(api: ProbeClient, fake: FakeVoipbin) -> None:
    following = fake.add_flow([action("variable_set", key="a", value="b"), talk("to nobody")])
    flow = fake.add_flow([talk("hello")], on_complete_flow_id=following.id)
    call = fake.calls[api.place(flow_id=flow.id)["call_ids"][0]]
    fake.clock.advance(60)
    first, second = fake.activeflows.values()
    assert (first.status, second.status, second.current_action.type) == ("ended", "running", "talk")
    assert call.said == ("hello",)


def test_a_recording_is_named_while_it_runs(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(
        api, fake, action("recording_start"), action("sleep", duration=1000), action("recording_stop"), LONG
    )
    shown = require_success(api.get(f"/calls/{call.id}"))
    assert shown["recording_ids"] == [shown["recording_id"]]
    fake.clock.advance(2)
    assert call.recording_id.endswith("000")
    assert len(call.recording_ids) == 1


# whatever is sent

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 70_000) | st.floats(-1e6, 1e6) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
_NAMES = sorted({name for kind in ACTIONS.values() for name in kind.option.model_fields} | {"async"})


@given(
    edition=st.sampled_from(EDITIONS),
    actions=st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from(sorted(set(ACTIONS) - {"case_create"}))},
            optional={
                "id": st.sampled_from([A, B, C]),
                "next_id": st.sampled_from([A, B, C]),
                "option": st.dictionaries(
                    st.sampled_from(_NAMES), _JSON | st.sampled_from([A, B, C, [TEL], SOURCE, {"1": A}]), max_size=5
                ),
            },
        ),
        max_size=6,
    ),
    digits=st.text("0123456789#*", max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_whatever_a_flow_holds_every_call_ends(edition: str, actions: list[dict[str, Any]], digits: str) -> None:
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


# what a review found


def test_bad_actions_of_a_call_action_end_the_flow(api: ProbeClient, fake: FakeVoipbin) -> None:
    option = {"source": SOURCE, "destinations": [TEL], "actions": [{"type": "no_such"}]}
    call = answered(api, fake, {"type": "call", "option": option}, LONG)
    assert (flow_of(fake, call).status, call.status, len(fake.calls)) == ("ended", "hangup", 1)


def test_digits_that_come_after_the_end_are_heard_by_nobody(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.carrier().answers(digits="123")
    call = placed(api, fake, action("digits_receive", duration=5000, length=1), action("hangup"))
    fake.clock.advance(20)
    assert end(call) == ("hangup", "normal", "local")


def test_a_script_presses_what_a_phone_has(fake: FakeVoipbin) -> None:
    with pytest.raises(InvalidScript, match="'1-2' cannot be pressed"):
        fake.carrier().answers(digits="1-2")


@pytest.mark.parametrize("type", ["sleep", "echo", "digits_receive"])
@pytest.mark.parametrize("duration", [10**15, 2**62])
def test_whatever_lasts_too_long_meets_the_limit_of_a_call(
    api: ProbeClient, fake: FakeVoipbin, type: str, duration: int
) -> None:
    call = placed(api, fake, action(type, duration=duration, length=9))
    fake.clock.advance(3601)
    assert end(call) == ("hangup", "timeout", "remote")


def test_a_number_that_go_cannot_hold_is_a_wrong_option(api: ProbeClient, fake: FakeVoipbin) -> None:
    assert types(fake, answered(api, fake, action("sleep", duration=1e300), LONG)) == ["sleep", "sleep"]


def test_a_digit_during_an_action_that_nobody_sees_only_replaces_the_variable(
    api: ProbeClient, fake: FakeVoipbin
) -> None:
    waiting = talk("x", digits_handle="next")
    call = answered(api, fake, waiting, action("conference_join"), LONG)
    fake.clock.advance(2)
    call.press("1")
    assert types(fake, call) == ["talk", "conference_join"]
    skipped = answered(api, fake, action("digits_receive", duration="x"), action("ai_talk"), LONG)
    skipped.press("1")
    assert types(fake, skipped) == ["digits_receive", "ai_talk"]


def test_an_orphan_that_is_answered_by_hand_hears_digits_to_no_end(api: ProbeClient, fake: FakeVoipbin) -> None:
    api.post("/providercalls", api.body(flow_id=A))
    (orphan,) = fake.calls.values()
    orphan.answer()
    orphan.press("1")
    assert orphan.status == "progressing"


def test_a_connected_agent_keeps_the_caller_until_the_last_phone_has_rung(api: ProbeClient, fake: FakeVoipbin) -> None:
    phones = [{**TEL, "target": "+12025550180"}, TEL]
    agent = fake.add_agent(addresses=phones)
    connect = action("connect", source=SOURCE, destinations=[{"type": "agent", "target": agent.id}])
    call = answered(api, fake, connect, talk("good-bye"))
    fake.clock.advance(5)
    assert call.action.type == "confbridge_join"
    fake.clock.advance(60)
    assert (end(call), call.said) == (("hangup", "normal", "local"), ("good-bye",))


def test_a_caller_who_leaves_takes_a_ringing_agent_along(api: ProbeClient, fake: FakeVoipbin) -> None:
    agent = fake.add_agent(addresses=[{**TEL, "target": "+12025550182"}])
    connect = action("connect", source=SOURCE, destinations=[{"type": "agent", "target": agent.id}])
    call = answered(api, fake, connect)
    call.hangup()
    require_success(api.get(f"/calls/{call.id}"))
    assert [one.hangup_reason for one in fake.calls.values() if one is not call] == ["cancel"]


def test_each_bridge_has_its_own_legs(api: ProbeClient, fake: FakeVoipbin) -> None:
    busy = {**TEL, "target": "+12025550180"}
    chained = action("call", source=SOURCE, destinations=[TEL], actions=[LONG], chained=True)
    first = action("connect", source=SOURCE, destinations=[TEL])
    second = action("connect", source=SOURCE, destinations=[busy])
    call = answered(api, fake, chained, first, second, LONG)
    fake.clock.advance(60)
    documented = fake.edition.name == "documented"
    assert types(fake, call)[-1] == ("sleep" if documented else "confbridge_join")


def test_an_unknown_bridge_is_left_out(api: ProbeClient, fake: FakeVoipbin) -> None:
    assert types(fake, answered(api, fake, action("confbridge_join", confbridge_id=A), LONG))[-1] == "sleep"


def test_what_happens_after_a_snapshot_is_not_booked_to_it(api: ProbeClient, fake: FakeVoipbin) -> None:
    placed(api, fake, talk("hello"))
    met, snapshot = len(fake.requests[-1].rule_outcomes), fake.snapshot()
    for _ in range(2):
        fake.clock.advance(30)
        fake.restore(snapshot)
        assert len(fake.requests[-1].rule_outcomes) == met


def test_the_far_side_leaves_calls_in_hand_alone() -> None:
    fake = FakeVoipbin(lifecycle="manual")
    api = ProbeClient(FakeTarget(fake))
    fake.carrier().answers(digits="5")
    asked = placed(api, fake, action("digits_receive", duration=20_000, length=1), LONG)
    asked.answer()
    connecting = placed(api, fake, action("connect", source=SOURCE, destinations=[TEL]), LONG)
    connecting.answer()
    fake.clock.advance(5)
    assert types(fake, asked) == ["digits_receive"]
    (leg,) = (fake.calls[id] for id in connecting.chained_call_ids)
    leg.answer()
    fake.clock.advance(30)
    assert leg.status == "progressing"


def test_a_flow_that_is_added_is_kept_as_the_api_keeps_it(api: ProbeClient, fake: FakeVoipbin) -> None:
    flow = fake.add_flow([action("goto", target_id=C.upper(), loop_count=1), {"id": C.upper(), "type": "beep"}, LONG])
    call = fake.calls[api.place(flow_id=flow.id)["call_ids"][0]]
    fake.clock.advance(8)
    assert types(fake, call) == ["goto", "beep", "sleep"]


def test_an_expired_flow_places_no_call(api: ProbeClient, fake: FakeVoipbin) -> None:
    id = placed(api, fake, talk("hello")).flow_id
    fake.clock.advance(25 * 3600)
    before = len(fake.calls)
    refused = api.post("/calls", {"source": SOURCE, "destinations": [TEL], "flow_id": id})
    assert refused.status == (400 if fake.edition.name == "server-2026-04" else 404)
    assert len(fake.calls) == before


def test_the_cause_of_an_unknown_call_is_normal(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered(api, fake, action("hangup", reason="amd", reference_id=A))
    assert end(call) == ("hangup", "normal", "local")
