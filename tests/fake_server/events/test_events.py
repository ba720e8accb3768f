"""Events: one test per row of table B in calls.md 2.6, in every edition."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pytest_providercalls.contracts import RULES, Safety, check
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.probes import UNKNOWN_ID, ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls.groupcalls import LEG_DELAY
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.records import Call, EventRecord

LONG = {"type": "sleep", "option": {"duration": 3_000_000}}
TALK = {"type": "talk", "option": {"text": "hello"}}
SOURCE = {"type": "tel", "target": "+12025550100"}
TEL = {"type": "tel", "target": "+12025550143"}
Step = Callable[[ProbeClient, FakeVoipbin, Call], None]


def event_types(fake: FakeVoipbin, since: int = 0) -> list[str]:
    """Return the types of the events from a number on."""
    return [event.type for event in fake.events[since:]]


def ring(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    call.ring()


def answer(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    call.answer()


def start_flow(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    call.answer()
    fake.clock.advance(1)


def hang_up(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    require_success(api.post(f"/calls/{call.id}/hangup"))


def get(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    require_success(api.get(f"/calls/{call.id}"))


def delete(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    require_success(api.delete(f"/calls/{call.id}"))


def wait(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    fake.clock.advance(60)


def stop(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    require_success(api.post(f"/activeflows/{call.activeflow_id}/stop"))


def callee_hangs_up(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    call.hangup("normal")


def busy(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    call.reject(486)


def nothing(api: ProbeClient, fake: FakeVoipbin, call: Call) -> None:
    pass


ACTION = ["activeflow_updated", "call_updated"]
END = ["call_hangup", "activeflow_updated"]
FINISH = ["activeflow_updated", "activeflow_updated", "call_updated", "call_terminating", "call_hangup"]
ROWS: dict[str, tuple[list[dict[str, Any]], list[Step], Step, list[str]]] = {
    "3: ringing": ([LONG], [], ring, ["call_ringing"]),
    "4: answered": ([LONG], [ring], answer, ["call_progressing"]),
    "5: an action": ([LONG], [], start_flow, ["call_progressing", *ACTION]),
    "5: two actions": ([{"type": "answer"}, LONG], [], start_flow, ["call_progressing", *ACTION, *ACTION]),
    "5: an unlisted action": (
        [{"type": "variable_set", "option": {"key": "a"}}, LONG],
        [answer],
        wait,
        ["activeflow_updated", *ACTION],
    ),
    "5: the end of the actions": ([TALK], [start_flow], wait, FINISH),
    "5: no actions": ([], [answer], wait, FINISH),
    "5: a hangup action": ([{"type": "hangup"}], [answer], wait, [*ACTION, "call_terminating", *END]),
    "8: hung up when answered": ([LONG], [start_flow], hang_up, ["call_terminating"]),
    "8': hung up while dialing": ([LONG], [], hang_up, ["call_canceling"]),
    "8': hung up while ringing": ([LONG], [ring], hang_up, ["call_canceling"]),
    "8: hung up again": ([LONG], [hang_up], hang_up, []),
    "9: ended after a hangup": ([LONG], [hang_up], get, END),
    "9: the callee hangs up": ([LONG], [start_flow], callee_hangs_up, END),
    "9: rejected": ([LONG], [], busy, END),
    "9: the dial timeout": ([LONG], [ring], wait, END),
    "9: stopped": ([LONG], [start_flow], stop, ["activeflow_updated", "call_terminating"]),
    "9: ended after a stop": ([LONG], [start_flow, stop], get, ["call_hangup"]),
    "10: deleted before its end": ([LONG], [ring], delete, ["call_canceling", "call_deleted"]),
    "10: deleted after its end": ([LONG], [callee_hangs_up], delete, ["call_deleted"]),
    "10: ended after the delete": ([LONG], [ring, delete], wait, END),
    "nothing happens": ([LONG], [], nothing, []),
}


@pytest.mark.parametrize("row", ROWS)
def test_transition_emits_its_events(api: ProbeClient, fake: FakeVoipbin, row: str) -> None:
    actions, before, step, expected = ROWS[row]
    record = api.place(provider_id=fake.provider.id, actions=actions)
    call = fake.calls[record["call_ids"][0]]
    for one in before:
        one(api, fake, call)
    since = len(fake.events)
    step(api, fake, call)
    assert event_types(fake, since) == expected


def test_row_1_activeflow_is_created_before_its_call(api: ProbeClient, fake: FakeVoipbin) -> None:
    record = api.place(destinations=[TEL, TEL])
    assert event_types(fake) == ["activeflow_created", "call_created"] * 2
    shown = [event.data for event in fake.events]
    assert [one["id"] for one in shown[1::2]] == record["call_ids"]
    assert {one["status"] for one in shown[1::2]} == {"dialing"}


def test_rows_2_and_6_and_providercalls_emit_nothing(api: ProbeClient, fake: FakeVoipbin) -> None:
    record = api.place()
    require_success(api.delete(f"/providercalls/{record['id']}"))
    require_success(api.post("/flows", {}))
    assert {event.type.split("_")[0] for event in fake.events} == {"activeflow", "call"}


def test_row_7_connected_call_is_chained_and_leaves_its_bridge(api: ProbeClient, fake: FakeVoipbin) -> None:
    connect = {"type": "connect", "option": {"source": SOURCE, "destinations": [TEL]}}
    record = api.place(provider_id=fake.provider.id, actions=[connect])
    fake.clock.advance(60)
    call = fake.calls[record["call_ids"][0]]
    (leg,) = call.chained_call_ids
    changes = [(event.type, event.resource_id == leg) for event in fake.events if event.type.startswith("call_")]
    created = changes.index(("call_created", True))
    assert changes[created : created + 4] == [
        ("call_created", True),
        ("call_updated", False),
        ("call_updated", True),
        ("call_updated", False),
    ]
    ended = changes.index(("call_hangup", True))
    assert changes[ended + 1] == ("call_updated", False)


@pytest.mark.parametrize("failed_check", ["country", "type", "balance"])
def test_rows_11_and_12_dropped_destination_emits_nothing(
    api: ProbeClient, fake: FakeVoipbin, failed_check: str
) -> None:
    if failed_check == "country" and not fake.edition.enforces_country_whitelist:
        pytest.skip("the edition has no whitelist")
    as_ = {"country": "unlisted_super_admin", "balance": "poor_super_admin"}.get(failed_check, "super_admin")
    destination = {"type": "email", "target": "a@b"} if failed_check == "type" else TEL
    assert api.post("/providercalls", api.body(destinations=[destination]), as_=as_).status == 400
    assert event_types(fake) == []


def test_row_13_orphan_emits_one_event(api: ProbeClient, fake: FakeVoipbin) -> None:
    api.post("/providercalls", api.body(flow_id=UNKNOWN_ID))
    assert event_types(fake) == ["call_created"]
    shown = fake.events[0].data
    assert {shown["activeflow_id"], shown["action"]["id"]} == {NIL}
    anonymous = api.body(anonymous="yes", source={"type": "tel", "target": "2025550100"})
    api.post("/providercalls", anonymous)
    fake.clock.advance(7200)
    assert event_types(fake)[1:] == ["activeflow_created", "call_created"]
    assert "call_dialing" not in event_types(fake)


def test_rows_g_groupcall(api: ProbeClient, fake: FakeVoipbin) -> None:
    agent = fake.add_agent(addresses=[TEL, {**TEL, "target": "+12025550144"}])
    record = api.place(destinations=[{"type": "agent", "target": agent.id}], actions=[LONG])
    (id,) = record["groupcall_ids"]
    fake.clock.advance(LEG_DELAY)
    assert event_types(fake)[:2] == ["groupcall_created", "agent_status_updated"]
    assert fake.events[1].data["status"] == "ringing"
    first = fake.calls[fake.groupcalls[id].call_ids[0]]
    since = len(fake.events)
    first.answer()
    answered = ["call_progressing", "groupcall_progressing", "agent_status_updated"]
    assert event_types(fake, since) == [*answered, "call_canceling"]
    assert fake.events[since + 2].data == {**fake.render(agent), "status": "busy"}
    since = len(fake.events)
    require_success(api.post(f"/groupcalls/{id}/hangup"))
    assert event_types(fake, since) == ["call_terminating"]
    get(api, fake, first)
    assert event_types(fake, since)[1:] == [*END, *END, "groupcall_hangup"]
    since = len(fake.events)
    require_success(api.delete(f"/groupcalls/{id}"))
    assert event_types(fake, since) == ["groupcall_deleted"]


def test_event_equals_the_response_of_its_moment(api: ProbeClient, fake: FakeVoipbin) -> None:
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


def test_events_are_in_the_order_of_time(api: ProbeClient, fake: FakeVoipbin) -> None:
    for _ in range(3):
        api.place(provider_id=fake.provider.id, actions=[TALK, {"type": "hangup"}])
    fake.clock.advance(3600)
    times = [event.at for event in fake.events]
    assert times == sorted(times)


def test_snapshot_contains_the_events(api: ProbeClient, fake: FakeVoipbin) -> None:
    api.place()
    snapshot = fake.snapshot()
    fake.clock.advance(60)
    fake.restore(snapshot)
    assert event_types(fake) == ["activeflow_created", "call_created"]
    fake.reset()
    assert event_types(fake) == []


def test_event_has_every_field_that_may_change(fake: FakeVoipbin, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event stores only the fields that may change. The rules' probes change every one of them.

    Without one probe, whose flow executes 1,001 actions: each of its events shows all actions before it.
    """
    shown: list[dict[str, Any]] = []
    emit = fake.world.emit

    def emit_and_show(type: str, record: EventRecord) -> None:
        emit(type, record)
        shown.append(fake.render(record))

    monkeypatch.setattr(fake.world, "emit", emit_and_show)
    # Else new calls are recorded when they are read, and not reported.
    monkeypatch.setattr(fake.world, "sends_events_of", lambda _: True)
    check(FakeTarget(fake), Safety.BILLABLE, [rule for id, rule in RULES.items() if id != "AF-RUN-06"])
    kinds = {event.type.partition("_")[0] for event in fake.events}
    assert kinds == {"call", "groupcall", "activeflow", "recording", "agent"}
    assert [event.data for event in fake.events] == shown
