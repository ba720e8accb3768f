"""Events: table B of calls.md 2.6, a row a test, in the three editions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_providercalls.contracts import Safety, check
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.records import Call

NUMBER = "+12025550143"
NIL = "00000000-0000-0000-0000-000000000000"
UNKNOWN = "0b1f6d16-9d1f-4a6d-8ea5-6f6b3d8b4a11"
LONG = {"type": "sleep", "option": {"duration": 3_000_000}}
TALK = {"type": "talk", "option": {"text": "hello"}}
SOURCE = {"type": "tel", "target": "+12025550100"}
TEL = {"type": "tel", "target": NUMBER}

Told = list[str]
Scene = Callable[[ProbeClient, FakeVoipbin, Call], None]


def told(fake: FakeVoipbin, since: int = 0) -> Told:
    return [event.type for event in fake.events[since:]]


def ring(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    call.ring()


def answer(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    call.answer()


def begin(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    call.answer()
    fake.clock.advance(1)


def hang_up(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    require_success(api.post(f"/calls/{call.id}/hangup"))


def look(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    require_success(api.get(f"/calls/{call.id}"))


def delete(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    require_success(api.delete(f"/calls/{call.id}"))


def wait(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    fake.clock.advance(60)


def stop(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    require_success(api.post(f"/activeflows/{call.activeflow_id}/stop"))


def bye(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    call.hangup("normal")


def busy(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    call.reject(486)


def nothing(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    pass


STEP = ["activeflow_updated", "call_updated"]
END = ["call_hangup", "activeflow_updated"]
FINISH = ["activeflow_updated", "activeflow_updated", "call_updated", "call_terminating", "call_hangup"]
ROWS: dict[str, tuple[list[dict[str, Any]], list[Scene], Scene, Told]] = {
    "3: ringing": ([LONG], [], ring, ["call_ringing"]),
    "4: answered": ([LONG], [ring], answer, ["call_progressing"]),
    "5: an action": ([LONG], [], begin, ["call_progressing", *STEP]),
    "5: two actions": ([{"type": "answer"}, LONG], [], begin, ["call_progressing", *STEP, *STEP]),
    "5: an action that nobody sees": (
        [{"type": "variable_set", "option": {"key": "a"}}, LONG],
        [answer],
        wait,
        ["activeflow_updated", *STEP],
    ),
    "5: the end of the actions": ([TALK], [begin], wait, FINISH),
    "5: no actions": ([], [answer], wait, FINISH),
    "5: a hangup action": ([{"type": "hangup"}], [answer], wait, [*STEP, "call_terminating", *END]),
    "8: hung up when answered": ([LONG], [begin], hang_up, ["call_terminating"]),
    "8': hung up while dialing": ([LONG], [], hang_up, ["call_canceling"]),
    "8': hung up while ringing": ([LONG], [ring], hang_up, ["call_canceling"]),
    "8: hung up again": ([LONG], [hang_up], hang_up, []),
    "9: gone after a hang-up": ([LONG], [hang_up], look, END),
    "9: the far side hangs up": ([LONG], [begin], bye, END),
    "9: refused": ([LONG], [], busy, END),
    "9: the dial timer": ([LONG], [ring], wait, END),
    "9: stopped": ([LONG], [begin], stop, ["activeflow_updated", "call_terminating"]),
    "9: gone after a stop": ([LONG], [begin, stop], look, ["call_hangup"]),
    "10: deleted alive": ([LONG], [ring], delete, ["call_canceling", "call_deleted"]),
    "10: deleted dead": ([LONG], [bye], delete, ["call_deleted"]),
    "10: gone after the delete": ([LONG], [ring, delete], wait, END),
    "nothing happens": ([LONG], [], nothing, []),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_transition_tells(api: ProbeClient, fake: FakeVoipbin, row: str) -> None:
    actions, before, scene, expected = ROWS[row]
    record = api.place(provider_id=fake.provider.id, actions=actions)
    call = fake.calls[record["call_ids"][0]]
    for one in before:
        one(api, fake, call)
    since = len(fake.events)
    scene(api, fake, call)
    assert told(fake, since) == expected


def test_row_1_a_call_is_created_after_its_activeflow(api: ProbeClient, fake: FakeVoipbin) -> None:
    record = api.place(destinations=[TEL, TEL])
    assert told(fake) == ["activeflow_created", "call_created"] * 2
    shown = [event.data for event in fake.events]
    assert [one["id"] for one in shown[1::2]] == record["call_ids"]
    assert {one["status"] for one in shown[1::2]} == {"dialing"}


def test_rows_2_and_6_tell_nothing_and_providercalls_never_do(api: ProbeClient, fake: FakeVoipbin) -> None:
    record = api.place()
    require_success(api.delete(f"/providercalls/{record['id']}"))
    require_success(api.post("/flows", {}))
    assert {event.type.split("_")[0] for event in fake.events} == {"activeflow", "call"}


def test_row_7_a_connected_call_is_chained_and_leaves_its_bridge(api: ProbeClient, fake: FakeVoipbin) -> None:
    connect = {"type": "connect", "option": {"source": SOURCE, "destinations": [TEL]}}
    record = api.place(provider_id=fake.provider.id, actions=[connect])
    fake.clock.advance(60)
    call = fake.calls[record["call_ids"][0]]
    (leg,) = call.chained_call_ids
    about = [(event.type, event.resource_id == leg) for event in fake.events if event.type.startswith("call_")]
    created = about.index(("call_created", True))
    assert about[created : created + 4] == [
        ("call_created", True),
        ("call_updated", False),
        ("call_updated", True),
        ("call_updated", False),
    ]
    gone = about.index(("call_hangup", True))
    assert about[gone + 1] == ("call_updated", False)


@pytest.mark.parametrize("gate", ["country", "type", "balance"])
def test_rows_11_and_12_what_is_dropped_is_not_told_of(api: ProbeClient, fake: FakeVoipbin, gate: str) -> None:
    if gate == "country" and fake.edition.name != "server-2026-08":
        pytest.skip("there is no whitelist")
    as_ = {"country": "unlisted_super_admin", "balance": "poor_super_admin"}.get(gate, "super_admin")
    destination = {"type": "email", "target": "a@b"} if gate == "type" else TEL
    assert api.post("/providercalls", api.body(destinations=[destination]), as_=as_).status == 400
    assert told(fake) == []


def test_row_13_an_orphan_is_told_of_once(api: ProbeClient, fake: FakeVoipbin) -> None:
    api.post("/providercalls", api.body(flow_id=UNKNOWN))
    assert told(fake) == ["call_created"]
    shown = fake.events[0].data
    assert {shown["activeflow_id"], shown["action"]["id"]} == {NIL}
    anonymous = api.body(anonymous="yes", source={"type": "tel", "target": "2025550100"})
    api.post("/providercalls", anonymous)
    fake.clock.advance(7200)
    assert told(fake)[1:] == ["activeflow_created", "call_created"]
    assert "call_dialing" not in told(fake)


def test_rows_g_a_groupcall(api: ProbeClient, fake: FakeVoipbin) -> None:
    agent = fake.add_agent(addresses=[TEL, {**TEL, "target": "+12025550144"}])
    record = api.place(destinations=[{"type": "agent", "target": agent.id}], actions=[LONG])
    (id,) = record["groupcall_ids"]
    assert told(fake)[0] == "groupcall_created"
    first = fake.calls[fake.groupcalls[id].call_ids[0]]
    since = len(fake.events)
    first.answer()
    assert told(fake, since) == ["call_progressing", "groupcall_progressing", "call_canceling"]
    since = len(fake.events)
    require_success(api.post(f"/groupcalls/{id}/hangup"))
    assert told(fake, since) == ["call_terminating"]
    look(api, fake, first)
    assert told(fake, since)[1:] == [*END, *END, "groupcall_hangup"]
    since = len(fake.events)
    require_success(api.delete(f"/groupcalls/{id}"))
    assert told(fake, since) == ["groupcall_deleted"]


# what an event shows


def test_an_event_shows_the_record_as_it_was(api: ProbeClient, fake: FakeVoipbin) -> None:
    record = api.place(provider_id=fake.provider.id, actions=[TALK])
    id = record["call_ids"][0]
    shown = []
    for _ in range(5):
        shown.append(require_success(api.get(f"/calls/{id}")))
    bodies = {event.type: json.loads(event.body) for event in fake.events if event.resource_id == id}
    assert {type: body["type"] for type, body in bodies.items()} == {type: type for type in bodies}
    assert bodies["call_created"]["data"] == shown[0]
    assert bodies["call_ringing"]["data"] == shown[1]
    assert bodies["call_progressing"]["data"] == shown[2]
    assert bodies["call_updated"]["data"]["action"]["id"].endswith("2")
    assert bodies["call_hangup"]["data"] == shown[4]


def test_events_go_forward_in_time(api: ProbeClient, fake: FakeVoipbin) -> None:
    for _ in range(3):
        api.place(provider_id=fake.provider.id, actions=[TALK, {"type": "hangup"}])
    fake.clock.advance(3600)
    times = [event.at for event in fake.events]
    assert times == sorted(times)


def test_events_are_part_of_a_snapshot(api: ProbeClient, fake: FakeVoipbin) -> None:
    api.place()
    snapshot = fake.snapshot()
    fake.clock.advance(60)
    fake.restore(snapshot)
    assert told(fake) == ["activeflow_created", "call_created"]
    fake.reset()
    assert told(fake) == []


def test_an_event_shows_its_resource_as_it_was_then(fake: FakeVoipbin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the resource only what may change is kept: the rules' probes change all that clients and calls can."""
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(fake.webhooks, "offer", lambda event: shown.append(fake.render(event.record)))
    check(FakeTarget(fake), Safety.BILLABLE)
    assert {event.type.partition("_")[0] for event in fake.events} == {"call", "groupcall", "activeflow"}
    assert [event.data for event in fake.events] == shown
