"""Bridges and chained calls: `connect`, `confbridge_join` and `call` with `chained`."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls.groupcalls import LEG_DELAY
from pytest_providercalls.fake_server.probe_target import FakeTarget

from .flow_calls import (
    BUSY,
    LONG,
    SOURCE,
    TEL,
    A,
    action,
    activeflow_of,
    answered_call,
    executed_types,
    outcome,
    place_call,
    talk,
)


def test_chained_calls_end_with_their_master(api: ProbeClient, fake: FakeVoipbin) -> None:
    option = {"source": SOURCE, "destinations": [TEL], "actions": [LONG], "chained": True}
    call = answered_call(api, fake, {"type": "call", "option": option}, action("beep"))
    (chained,) = (fake.calls[id] for id in call.chained_call_ids)
    assert chained.master_call_id == call.id
    fake.clock.advance(2)
    assert (call.status, outcome(chained)) == ("hangup", ("hangup", "cancel", "local"))


def test_flow_continues_after_a_connected_call(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, action("connect", source=SOURCE, destinations=[TEL]), talk("goodbye"))
    (leg,) = (fake.calls[id] for id in call.chained_call_ids)
    assert call.action.type == "confbridge_join"
    fake.clock.advance(7)
    assert (leg.status, leg.action.type, call.status) == ("progressing", "confbridge_join", "progressing")
    fake.clock.advance(60)
    assert outcome(leg) == ("hangup", "normal", "remote")
    assert (outcome(call), call.said) == (("hangup", "normal", "local"), ("goodbye",))


def test_connected_call_is_hung_up_when_the_caller_leaves(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(api, fake, action("connect", source=SOURCE, destinations=[TEL]), LONG)
    (leg,) = (fake.calls[id] for id in call.chained_call_ids)
    fake.clock.advance(7)
    call.hangup()
    require_success(api.get(f"/calls/{leg.id}"))
    assert outcome(leg) == ("hangup", "normal", "local")
    assert [event.type for event in fake.events if event.resource_id == call.id][-1] == "call_hangup"


def test_connect_without_a_call_ends_the_flow(api: ProbeClient, fake: FakeVoipbin) -> None:
    call = answered_call(
        api, fake, action("connect", source=SOURCE, destinations=[{"type": "email", "target": "a@b"}]), LONG
    )
    assert (activeflow_of(fake, call).status, call.status) == ("ended", "hangup")


def test_busy_leg_releases_the_caller_only_in_the_documents(api: ProbeClient, fake: FakeVoipbin) -> None:
    option = {"source": SOURCE, "destinations": [BUSY], "relay_reason": True}
    call = answered_call(api, fake, {"type": "connect", "option": option}, talk("skipped"))
    fake.clock.advance(60)
    assert call.status == ("hangup" if fake.edition.name == "documented" else "progressing")
    assert call.said == ()


def test_caller_waits_until_the_last_phone_of_an_agent_has_rung(api: ProbeClient, fake: FakeVoipbin) -> None:
    phones = [BUSY, TEL]
    agent = fake.add_agent(addresses=phones)
    connect = action("connect", source=SOURCE, destinations=[{"type": "agent", "target": agent.id}])
    call = answered_call(api, fake, connect, talk("goodbye"))
    fake.clock.advance(5)
    assert call.action.type == "confbridge_join"
    fake.clock.advance(60)
    assert (outcome(call), call.said) == (("hangup", "normal", "local"), ("goodbye",))


def test_caller_who_leaves_cancels_the_call_to_an_agent(api: ProbeClient, fake: FakeVoipbin) -> None:
    agent = fake.add_agent(addresses=[{**TEL, "target": "+12025550182"}])
    connect = action("connect", source=SOURCE, destinations=[{"type": "agent", "target": agent.id}])
    call = answered_call(api, fake, connect)
    fake.clock.advance(LEG_DELAY)
    call.hangup()
    require_success(api.get(f"/calls/{call.id}"))
    assert [one.hangup_reason for one in fake.calls.values() if one is not call] == ["cancel"]


def test_call_has_its_master_after_its_creation(api: ProbeClient, fake: FakeVoipbin) -> None:
    agent = fake.add_agent(addresses=[{**TEL, "target": "+12025550182"}])
    connect = action("connect", source=SOURCE, destinations=[TEL, {"type": "agent", "target": agent.id}])
    call = answered_call(api, fake, connect)
    fake.clock.advance(LEG_DELAY)
    legs = [one for one in fake.calls.values() if one is not call]
    assert call.chained_call_ids == tuple(leg.id for leg in legs)
    for leg in legs:
        shown = [one.data["master_call_id"] for one in fake.events if one.resource_id == leg.id]
        assert shown[:2] == [NIL, call.id]


@pytest.mark.parametrize("fake", ["server-2026-04", "server-2026-08"], indirect=True)
def test_call_is_not_chained_to_one_that_has_ended(api: ProbeClient, fake: FakeVoipbin) -> None:
    agent = fake.add_agent(addresses=[{**TEL, "target": "+12025550182"}])
    call = answered_call(
        api, fake, action("connect", source=SOURCE, destinations=[{"type": "agent", "target": agent.id}])
    )
    call.hangup()
    fake.clock.advance(LEG_DELAY)
    (leg,) = (one for one in fake.calls.values() if one is not call)
    assert (leg.master_call_id, leg.status) == (NIL, "dialing")


def test_each_bridge_has_its_own_legs(api: ProbeClient, fake: FakeVoipbin) -> None:
    chained = action("call", source=SOURCE, destinations=[TEL], actions=[LONG], chained=True)
    first = action("connect", source=SOURCE, destinations=[TEL])
    second = action("connect", source=SOURCE, destinations=[BUSY])
    call = answered_call(api, fake, chained, first, second, LONG)
    fake.clock.advance(60)
    documented = fake.edition.name == "documented"
    assert executed_types(fake, call)[-1] == ("sleep" if documented else "confbridge_join")


def test_unknown_bridge_is_skipped(api: ProbeClient, fake: FakeVoipbin) -> None:
    assert (
        executed_types(fake, answered_call(api, fake, action("confbridge_join", confbridge_id=A), LONG))[-1] == "sleep"
    )


def test_carrier_script_does_not_affect_test_controlled_calls() -> None:
    fake = FakeVoipbin(lifecycle="scheduled")
    api = ProbeClient(FakeTarget(fake))
    fake.carrier().answers(digits="5")
    receiving = place_call(api, fake, action("digits_receive", duration=20_000, length=1), LONG)
    receiving.answer()
    connecting = place_call(api, fake, action("connect", source=SOURCE, destinations=[TEL]), LONG)
    connecting.answer()
    fake.clock.advance(5)
    assert executed_types(fake, receiving) == ["digits_receive"]
    (leg,) = (fake.calls[id] for id in connecting.chained_call_ids)
    leg.answer()
    fake.clock.advance(30)
    assert leg.status == "progressing"
