"""Groupcalls: all at once or one after the other, nested, and who wins (calls.md 5)."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_providercalls.contracts.probes import ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.records import Address, Call, Groupcall

BUSY, FIRST, SECOND = ({"type": "tel", "target": number} for number in ("+12025550180", "+12025550143", "+12025550144"))
SOURCE = {"type": "tel", "target": "+12025550100"}
NIL = "00000000-0000-0000-0000-000000000000"
LONG = {"type": "sleep", "option": {"duration": 3_000_000}}


def made(api: ProbeClient, fake: FakeVoipbin, *destinations: dict[str, str], **fields: Any) -> Groupcall:
    body = {
        "source": SOURCE,
        "destinations": destinations,
        "answer_method": "hangup_others",
        "actions": [LONG],
        **fields,
    }
    return fake.groupcalls[require_success(api.post("/groupcalls", body))["id"]]


def calls_of(fake: FakeVoipbin, groupcall: Groupcall) -> list[Call]:
    return [fake.calls[id] for id in groupcall.call_ids]


def test_all_ring_at_once_and_the_first_answer_wins(api: ProbeClient, fake: FakeVoipbin) -> None:
    groupcall = made(api, fake, BUSY, FIRST, SECOND)
    fake.clock.advance(10)
    busy, first, second = calls_of(fake, groupcall)
    assert (busy.hangup_reason, first.status, second.hangup_reason) == ("busy", "progressing", "cancel")
    assert (groupcall.answer_call_id, groupcall.status, groupcall.call_count) == (first.id, "progressing", 1)
    first.hangup()
    assert (groupcall.status, groupcall.call_count) == ("hangup", 0)


@pytest.mark.parametrize("method", ["", "none", "HANGUP_OTHERS"])
def test_without_an_answer_method_the_others_ring_on(api: ProbeClient, fake: FakeVoipbin, method: str) -> None:
    groupcall = made(api, fake, FIRST, SECOND, answer_method=method)
    fake.clock.advance(10)
    assert [call.status for call in calls_of(fake, groupcall)] == ["progressing", "progressing"]


def test_linear_rings_one_after_the_other_until_one_answers(api: ProbeClient, fake: FakeVoipbin) -> None:
    groupcall = made(api, fake, BUSY, FIRST, SECOND, ring_method="linear")
    assert (len(groupcall.call_ids), groupcall.dial_index) == (1, 0)
    fake.clock.advance(3)
    assert len(groupcall.call_ids) == 1
    fake.clock.advance(20)
    busy, first = calls_of(fake, groupcall)
    assert (busy.hangup_reason, first.status) == ("busy", "progressing")
    assert (groupcall.answer_call_id, groupcall.dial_index) == (first.id, 1)
    first.hangup()
    assert (groupcall.status, len(groupcall.call_ids)) == ("hangup", 2)


def test_a_linear_groupcall_that_nobody_answers_ends_after_the_last(api: ProbeClient, fake: FakeVoipbin) -> None:
    groupcall = made(api, fake, BUSY, BUSY, ring_method="linear")
    fake.clock.advance(60)
    assert [call.hangup_reason for call in calls_of(fake, groupcall)] == ["busy", "busy"]
    assert (groupcall.status, groupcall.answer_call_id, groupcall.dial_index) == ("hangup", NIL, 1)


def test_a_linear_groupcall_is_updated_when_it_rings_the_next(api: ProbeClient, fake: FakeVoipbin) -> None:
    groupcall = made(api, fake, BUSY, FIRST, ring_method="linear")
    assert groupcall.tm_update is None
    calls_of(fake, groupcall)[0].hangup(reason="busy")
    (_, first) = calls_of(fake, groupcall)
    assert groupcall.tm_update is not None
    assert groupcall.tm_update <= first.tm_create


def test_a_linear_groupcall_that_is_hung_up_rings_nobody_else(api: ProbeClient, fake: FakeVoipbin) -> None:
    groupcall = made(api, fake, FIRST, SECOND, ring_method="linear")
    require_success(api.post(f"/groupcalls/{groupcall.id}/hangup"))
    fake.clock.advance(60)
    assert (groupcall.status, len(groupcall.call_ids)) == ("hangup", 1)


def test_a_destination_that_cannot_be_called_is_one_less(api: ProbeClient, fake: FakeVoipbin) -> None:
    nowhere = {"type": "tel", "target": "+"}
    groupcall = made(api, fake, nowhere, BUSY)
    assert (len(groupcall.call_ids), groupcall.call_count) == (2, 1)
    assert api.get(f"/calls/{groupcall.call_ids[0]}").status in (400, 404)
    linear = made(api, fake, nowhere, BUSY, ring_method="linear")
    assert (linear.dial_index, linear.call_count, linear.status) == (1, 1, "progressing")
    fake.clock.advance(60)
    assert {groupcall.status, linear.status} == {"hangup"}


def test_an_agents_groups_ring_as_the_agent_likes(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.add_extension("2000", ["2000@pbx.example", "2000@phone.example"])
    extension = {"type": "extension", "target": "2000", "target_name": "2000"}
    agent = fake.add_agent(addresses=[BUSY, extension], ring_method="linear")
    groupcall = made(api, fake, {"type": "agent", "target": agent.id})
    assert (groupcall.owner_id, len(groupcall.call_ids), len(groupcall.groupcall_ids)) == (agent.id, 1, 1)
    nested = fake.groupcalls[groupcall.groupcall_ids[0]]
    assert (nested.ring_method, nested.master_groupcall_id) == ("linear", groupcall.id)
    (inner,) = (fake.groupcalls[id] for id in nested.groupcall_ids)
    fake.clock.advance(10)
    answered, cancelled = calls_of(fake, inner)
    assert [answered.destination.target, answered.status] == ["2000@pbx.example", "progressing"]
    assert cancelled.hangup_reason == "cancel"
    assert (nested.answer_groupcall_id, groupcall.answer_groupcall_id) == (inner.id, nested.id)
    answered.hangup()
    assert [one.status for one in (groupcall, nested, inner)] == ["hangup"] * 3


def test_a_nested_answer_cancels_the_others(api: ProbeClient, fake: FakeVoipbin) -> None:
    agent = fake.add_agent(addresses=[{"type": "sip", "target": "agent@pbx.example"}])
    silent = {"type": "tel", "target": "+12025550182"}
    groupcall = made(api, fake, silent, {"type": "agent", "target": agent.id})
    fake.clock.advance(10)
    assert [call.hangup_reason for call in calls_of(fake, groupcall)] == ["cancel"]
    assert groupcall.groupcall_count == 1


def test_an_agent_who_is_reached_at_himself_comes_to_an_end(api: ProbeClient, fake: FakeVoipbin) -> None:
    agent = fake.add_agent()
    agent.addresses = (Address("agent", agent.id),)
    made(api, fake, {"type": "agent", "target": agent.id})
    assert len(fake.groupcalls) <= 6
    assert {one.status for one in fake.groupcalls.values()} == {"hangup"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"destinations": [{"type": "email", "target": "a@b"}]},
        {"destinations": [{"type": "agent", "target": NIL}]},
        {"destinations": [FIRST], "ring_method": "RING_ALL"},
    ],
)
def test_what_makes_no_groupcall(api: ProbeClient, fake: FakeVoipbin, body: dict[str, Any]) -> None:
    refused = api.post("/groupcalls", {"source": SOURCE, **body}).status
    assert refused == (400 if fake.edition.name == "server-2026-04" else 500)
    assert (len(fake.groupcalls), len(fake.calls)) == (0, 0)


def test_the_answer_is_the_groupcall(api: ProbeClient, fake: FakeVoipbin) -> None:
    answer = require_success(api.post("/groupcalls", {"source": SOURCE, "destinations": [FIRST, SECOND]}))
    assert (answer["ring_method"], answer["call_count"], len(answer["call_ids"])) == ("ring_all", 2, 2)
    assert require_success(api.get(f"/flows/{answer['flow_id']}"))["name"] == "tmp"
    assert answer == require_success(api.get(f"/groupcalls/{answer['id']}"))
