"""The order of actions: next_id, goto, and lists that an action fetches."""

from __future__ import annotations

from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin

from .flow_calls import (
    LONG,
    A,
    C,
    action,
    activeflow_of,
    answered_call,
    executed_types,
    outcome,
    place_call,
    talk,
)


def test_next_id_determines_the_next_action(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, {"type": "answer", "next_id": C}, talk("skipped"), {"id": C, "type": "beep"}, LONG)
    fake.clock.advance(1)
    assert executed_types(fake, call) == ["answer", "beep", "sleep"]


def test_unknown_next_id_ends_the_flow(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, {"type": "answer", "next_id": C}, LONG)
    assert executed_types(fake, call) == ["answer"]
    assert outcome(call) == ("hangup", "normal", "local")


def test_goto_counts_or_reaches_the_execution_limit(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, action("answer", A), action("goto", target_id=A, loop_count=3), LONG)
    answers = executed_types(fake, call).count("answer")
    assert (answers, call.status) == ((4, "progressing") if fake.edition.name == "documented" else (51, "hangup"))


def test_goto_without_a_count_is_skipped(api: ProbeClient, fake: FakeVoipbin) -> None:
    assert executed_types(fake, answered_call(api, fake, action("goto", target_id=A), LONG)) == ["goto", "sleep"]


def test_goto_can_target_the_start(api: ProbeClient, fake: FakeVoipbin) -> None:
    start = "00000000-0000-0000-0000-000000000001"
    call = answered_call(api, fake, action("answer"), action("goto", target_id=start, loop_count=1), LONG)
    assert executed_types(fake, call)[:3] == ["answer", "goto", "answer"]


def test_first_of_two_equal_ids_counts(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, action("answer", A), action("mute", A), LONG)
    # The action after the first one follows the second: it is the second itself, until the limit.
    assert executed_types(fake, call)[:4] == ["answer", "mute", "mute", "mute"]
    assert call.status == "hangup"


def test_flow_continues_after_a_fetched_list(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.add_fetchable("https://client.example/", [action("answer"), action("goto", target_id=C, loop_count=1)])
    call = answered_call(
        api, fake, action("fetch", event_url="https://client.example/"), talk("skipped"), action("beep", C), LONG
    )
    fake.clock.advance(1)
    assert executed_types(fake, call) == ["fetch", "answer", "goto", "beep", "sleep"]


def test_flow_continues_after_the_action_that_fetched_a_list(api: ProbeClient, fake: FakeVoipbin) -> None:
    inner = fake.add_flow([talk("inner")])
    outer = fake.add_flow([action("fetch_flow", flow_id=inner.id), talk("outer")])
    call = place_call(api, fake, action("fetch_flow", flow_id=outer.id), talk("last"))
    fake.clock.advance(60)
    assert call.said == ("inner", "outer", "last")


def test_failed_fetch_ends_the_flow(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, action("fetch", event_url="https://unknown.example/"), LONG)
    assert (activeflow_of(fake, call).status, call.status) == ("ended", "hangup")
    other = fake.add_flow([LONG], customer=fake.customer_admin.customer_id)
    assert answered_call(api, fake, action("fetch_flow", flow_id=other.id), LONG).status == "hangup"
