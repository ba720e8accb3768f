"""Groupcalls: ringing all at once or in sequence, nested, and which call wins (calls.md 5)."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.probes import SOURCE, ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls.groupcalls import LEG_DELAY
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.world.records import Call, Groupcall
from pytest_providercalls.fake_server.world.values import Address

from .placed_calls import LONG, outcome

SERVERS = ["server-2026-04", "server-2026-08"]
BUSY, FIRST, SECOND = ({"type": "tel", "target": number} for number in ("+12025550180", "+12025550143", "+12025550144"))


def create_groupcall(api: ProbeClient, fake: FakeVoipbin, *destinations: dict[str, str], **fields: Any) -> Groupcall:
    """Send POST /groupcalls, and wait for its calls.

    By default the first answer cancels the other calls, and the flow does not complete.
    """
    body = {
        "source": SOURCE,
        "destinations": destinations,
        "answer_method": "hangup_others",
        "actions": [LONG],
        **fields,
    }
    groupcall = fake.groupcalls[require_success(api.post("/groupcalls", body))["id"]]
    fake.clock.advance(LEG_DELAY)
    return groupcall


def calls_of(fake: FakeVoipbin, groupcall: Groupcall) -> list[Call]:
    """Return the calls of a groupcall, in order."""
    return [fake.calls[id] for id in groupcall.call_ids]


def test_all_phones_ring_at_once_and_the_first_answer_wins(api: ProbeClient, fake: FakeVoipbin) -> None:
    groupcall = create_groupcall(api, fake, BUSY, FIRST, SECOND)
    fake.clock.advance(10)
    busy, first, second = calls_of(fake, groupcall)
    assert (busy.hangup_reason, first.status, second.hangup_reason) == ("busy", "progressing", "cancel")
    assert (groupcall.answer_call_id, groupcall.status, groupcall.call_count) == (first.id, "progressing", 1)
    first.hangup()
    assert (groupcall.status, groupcall.call_count) == ("hangup", 0)


@pytest.mark.parametrize("method", ["", "none", "HANGUP_OTHERS"])
def test_without_an_answer_method_the_other_phones_keep_ringing(
    api: ProbeClient, fake: FakeVoipbin, method: str
) -> None:
    groupcall = create_groupcall(api, fake, FIRST, SECOND, answer_method=method)
    fake.clock.advance(10)
    assert [call.status for call in calls_of(fake, groupcall)] == ["progressing", "progressing"]


def test_linear_groupcall_rings_in_sequence_until_an_answer(api: ProbeClient, fake: FakeVoipbin) -> None:
    groupcall = create_groupcall(api, fake, BUSY, FIRST, SECOND, ring_method="linear")
    assert (len(groupcall.call_ids), groupcall.dial_index) == (1, 0)
    fake.clock.advance(3)
    assert len(groupcall.call_ids) == 1
    fake.clock.advance(20)
    busy, first = calls_of(fake, groupcall)
    assert (busy.hangup_reason, first.status) == ("busy", "progressing")
    assert (groupcall.answer_call_id, groupcall.dial_index) == (first.id, 1)
    first.hangup()
    assert (groupcall.status, len(groupcall.call_ids)) == ("hangup", 2)


def test_unanswered_linear_groupcall_ends_after_its_last_call(api: ProbeClient, fake: FakeVoipbin) -> None:
    groupcall = create_groupcall(api, fake, BUSY, BUSY, ring_method="linear")
    fake.clock.advance(60)
    assert [call.hangup_reason for call in calls_of(fake, groupcall)] == ["busy", "busy"]
    assert (groupcall.status, groupcall.answer_call_id, groupcall.dial_index) == ("hangup", NIL, 1)


def test_linear_groupcall_is_updated_before_its_next_call(api: ProbeClient, fake: FakeVoipbin) -> None:
    groupcall = create_groupcall(api, fake, BUSY, FIRST, ring_method="linear")
    assert groupcall.tm_update is None
    calls_of(fake, groupcall)[0].hangup(reason="busy")
    fake.clock.advance(LEG_DELAY)
    (_, first) = calls_of(fake, groupcall)
    assert groupcall.tm_update is not None
    assert groupcall.tm_update <= first.tm_create


def test_linear_groupcall_places_no_call_after_a_hangup(api: ProbeClient, fake: FakeVoipbin) -> None:
    groupcall = create_groupcall(api, fake, FIRST, SECOND, ring_method="linear")
    require_success(api.post(f"/groupcalls/{groupcall.id}/hangup"))
    fake.clock.advance(60)
    assert (groupcall.status, len(groupcall.call_ids)) == ("hangup", 1)


def test_undialable_destination_is_counted_as_ended_or_as_a_groupcall(api: ProbeClient, fake: FakeVoipbin) -> None:
    undialable = {"type": "tel", "target": "+"}
    groupcall = create_groupcall(api, fake, undialable, BUSY)
    counted = fake.edition.counts_failed_legs
    assert (len(groupcall.call_ids), groupcall.call_count) == (2, 1 if counted else 2)
    assert api.get(f"/calls/{groupcall.call_ids[0]}").status in (400, 404)
    linear = create_groupcall(api, fake, undialable, BUSY, ring_method="linear")
    assert (linear.dial_index, linear.call_count, linear.status) == (1 if counted else 0, 1, "progressing")
    fake.clock.advance(60)
    assert {groupcall.status, linear.status} == {"hangup" if counted else "progressing"}
    assert (groupcall.groupcall_count, linear.groupcall_count) == ((0, 0) if counted else (-1, -1))


@pytest.mark.parametrize("destination", [{"type": "tel", "target": "+"}, {"type": "tel", "target": "abc"}])
def test_groupcall_to_one_undialable_number_ends(
    api: ProbeClient, fake: FakeVoipbin, destination: dict[str, str]
) -> None:
    groupcall = create_groupcall(api, fake, destination)
    assert (groupcall.status, groupcall.call_count, groupcall.groupcall_count) == ("hangup", 0, 0)
    assert groupcall.tm_update is not None


@pytest.mark.parametrize("fake", SERVERS, indirect=True)
@pytest.mark.parametrize("role", ["poor_admin", "unverified_admin"])
def test_servers_respond_before_they_check_the_customer(api: ProbeClient, fake: FakeVoipbin, role: str) -> None:
    body = {"source": SOURCE, "destinations": [FIRST, SECOND]}
    response = require_success(api.post("/groupcalls", body, as_=role))
    assert (response["status"], response["call_count"], len(response["call_ids"])) == ("progressing", 2, 2)
    fake.clock.advance(100)
    groupcall = fake.groupcalls[response["id"]]
    assert (groupcall.status, groupcall.call_count, groupcall.groupcall_count) == ("progressing", 2, -2)


@pytest.mark.parametrize("fake", SERVERS, indirect=True)
def test_leg_is_unknown_for_a_moment_on_the_servers(api: ProbeClient, fake: FakeVoipbin) -> None:
    response = require_success(api.post("/groupcalls", {"source": SOURCE, "destinations": [FIRST]}))
    path = f"/calls/{response['call_ids'][0]}"
    # The first GET changes nothing; the second one advances the clock, as for any other call.
    missing = 400 if fake.edition.name == "server-2026-04" else 404
    assert [api.get(path).status for _ in range(3)] == [missing, 200, 200]


@pytest.mark.parametrize("fake", SERVERS, indirect=True)
def test_legs_wait_for_the_clock_and_survive_a_snapshot(api: ProbeClient, fake: FakeVoipbin) -> None:
    require_success(api.post("/groupcalls", {"source": SOURCE, "destinations": [FIRST]}))
    snapshot = fake.snapshot()
    for _ in range(2):
        fake.clock.advance(LEG_DELAY - 0.01)
        assert not fake.calls
        fake.clock.advance(0.02)
        assert len(fake.calls) == 1
        fake.restore(snapshot)


@pytest.mark.parametrize("type", ["tel", "sip", "extension"])
def test_groupcall_to_an_address_of_an_agent_belongs_to_the_agent(
    api: ProbeClient, fake: FakeVoipbin, type: str
) -> None:
    fake.add_extension("2000", ["2000@pbx.example"])
    destination = {"type": type, "target": "+12025550199", "target_name": "2000"}
    agent = fake.add_agent(addresses=[destination])
    groupcall = create_groupcall(api, fake, destination)
    assert (groupcall.owner_type, groupcall.owner_id) == ("agent", agent.id)


@pytest.mark.parametrize("fake", ["server-2026-08"], indirect=True)
def test_addresses_are_normalised_by_the_newest_server(api: ProbeClient, fake: FakeVoipbin) -> None:
    sip = {"type": "sip", "target": "Alice@Host.Example;x=Y"}
    groupcall = create_groupcall(api, fake, sip, source={"type": "tel", "target": "+1 202-555-0100"})
    assert (groupcall.source.target, groupcall.destinations[0].target) == ("+12025550100", "Alice@host.example;x=Y")


def test_nested_groupcalls_use_the_ring_method_of_the_agent(api: ProbeClient, fake: FakeVoipbin) -> None:
    fake.add_extension("2000", ["2000@pbx.example", "2000@phone.example"])
    extension = {"type": "extension", "target": "2000", "target_name": "2000"}
    agent = fake.add_agent(addresses=[BUSY, extension], ring_method="linear")
    groupcall = create_groupcall(api, fake, {"type": "agent", "target": agent.id})
    assert (groupcall.owner_id, len(groupcall.call_ids), len(groupcall.groupcall_ids)) == (agent.id, 1, 1)
    fake.clock.advance(LEG_DELAY)
    nested = fake.groupcalls[groupcall.groupcall_ids[0]]
    assert (nested.ring_method, nested.master_groupcall_id) == ("linear", groupcall.id)
    (inner,) = (fake.groupcalls[id] for id in nested.groupcall_ids)
    fake.clock.advance(10)
    answered, cancelled = calls_of(fake, inner)
    assert [answered.destination.target, answered.status] == ["2000@pbx.example", "progressing"]
    linked = fake.edition.links_nested_groupcalls
    assert cancelled.hangup_reason == ("cancel" if linked else "")
    ids = (inner.id, nested.id) if linked else (NIL, NIL)
    assert (nested.answer_groupcall_id, groupcall.answer_groupcall_id) == ids
    answered.hangup()
    if linked:
        assert [one.status for one in (groupcall, nested, inner)] == ["hangup"] * 3


def test_answer_in_a_nested_groupcall_cancels_the_others(api: ProbeClient, fake: FakeVoipbin) -> None:
    agent = fake.add_agent(addresses=[{"type": "sip", "target": "agent@pbx.example"}])
    silent = {"type": "tel", "target": "+12025550182"}
    groupcall = create_groupcall(api, fake, silent, {"type": "agent", "target": agent.id})
    fake.clock.advance(10)
    linked = fake.edition.links_nested_groupcalls
    assert [call.hangup_reason for call in calls_of(fake, groupcall)] == ["cancel" if linked else ""]
    assert groupcall.groupcall_count == 1


def test_agent_with_its_own_address_ends(api: ProbeClient, fake: FakeVoipbin) -> None:
    agent = fake.add_agent()
    agent.addresses = (Address("agent", agent.id),)
    create_groupcall(api, fake, {"type": "agent", "target": agent.id})
    fake.clock.advance(10)
    assert len(fake.groupcalls) <= 6
    ended = fake.edition.counts_failed_legs
    assert {one.status for one in fake.groupcalls.values()} == {"hangup" if ended else "progressing"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"destinations": [{"type": "email", "target": "a@b"}]},
        {"destinations": [{"type": "agent", "target": NIL}]},
        {"destinations": [FIRST], "ring_method": "RING_ALL"},
    ],
)
def test_invalid_groupcall_is_refused(api: ProbeClient, fake: FakeVoipbin, body: dict[str, Any]) -> None:
    refused = api.post("/groupcalls", {"source": SOURCE, **body}).status
    assert refused == (400 if fake.edition.name == "server-2026-04" else 500)
    assert (len(fake.groupcalls), len(fake.calls)) == (0, 0)


def test_actions_are_checked_before_the_destinations(api: ProbeClient, fake: FakeVoipbin) -> None:
    assert api.post("/groupcalls", {"actions": [{"type": "nope"}]}).status == 400
    assert not fake.flows


def test_response_is_the_groupcall(api: ProbeClient, fake: FakeVoipbin) -> None:
    response = require_success(api.post("/groupcalls", {"source": SOURCE, "destinations": [FIRST, SECOND]}))
    assert (response["ring_method"], response["call_count"], len(response["call_ids"])) == ("ring_all", 2, 2)
    assert require_success(api.get(f"/flows/{response['flow_id']}"))["name"] == "tmp"
    assert response == require_success(api.get(f"/groupcalls/{response['id']}"))


# groupcalls of a providercall (calls.md 5.4)


@pytest.fixture
def group(fake: FakeVoipbin, api: ProbeClient) -> Groupcall:
    """A groupcall of an agent with three addresses."""
    addresses = [{"type": "tel", "target": f"+1202555015{digit}"} for digit in range(3)]
    agent = fake.add_agent(addresses=addresses)
    record = api.place(destinations=[{"type": "agent", "target": agent.id}])
    fake.clock.advance(LEG_DELAY)
    return fake.groupcalls[record["groupcall_ids"][0]]


def test_groupcall_counts_its_calls(fake: FakeVoipbin, group: Groupcall) -> None:
    targets = {call.destination.target for call in calls_of(fake, group)}
    assert targets == {"+12025550150", "+12025550151", "+12025550152"}
    assert (group.call_count, group.status, group.answer_call_id) == (3, "progressing", NIL)


def test_first_answer_cancels_the_other_calls(fake: FakeVoipbin, api: ProbeClient, group: Groupcall) -> None:
    first, second, third = calls_of(fake, group)
    second.answer()
    assert group.answer_call_id == second.id
    assert [first.status, second.status, third.status] == ["canceling", "progressing", "canceling"]
    for cancelled in (first, third):
        found = require_success(api.get(f"/calls/{cancelled.id}"))
        assert (found["hangup_reason"], found["hangup_by"]) == ("cancel", "local")


def test_groupcall_ends_with_its_last_call(fake: FakeVoipbin, group: Groupcall) -> None:
    counts = []
    for call in calls_of(fake, group):
        counts.append((group.call_count, group.status))
        call.hangup(reason="busy")
    counts.append((group.call_count, group.status))
    assert counts == [(3, "progressing"), (2, "progressing"), (1, "progressing"), (0, "hangup")]


def test_answered_groupcall_ends_with_the_answered_call(fake: FakeVoipbin, api: ProbeClient, group: Groupcall) -> None:
    answered, *_ = calls_of(fake, group)
    answered.answer()
    found = require_success(api.get(f"/groupcalls/{group.id}"))
    assert (found["status"], found["call_count"]) == ("progressing", 1)
    answered.hangup()
    assert require_success(api.get(f"/groupcalls/{group.id}"))["status"] == "hangup"


def test_undialable_address_has_an_id_and_no_call(fake: FakeVoipbin, api: ProbeClient) -> None:
    addresses = [{"type": "tel", "target": "+12025550150"}, {"type": "tel", "target": "+1"}]
    agent = fake.add_agent(addresses=addresses)
    record = api.place(destinations=[{"type": "agent", "target": agent.id}])
    fake.clock.advance(LEG_DELAY)
    group = fake.groupcalls[record["groupcall_ids"][0]]
    assert (group.call_count, group.groupcall_count, len(group.call_ids)) == (1, 0, 2)
    assert [id in fake.calls for id in group.call_ids] == [True, False]


def test_calls_of_a_groupcall_belong_to_the_agent(fake: FakeVoipbin, group: Groupcall) -> None:
    assert {call.owner_id for call in calls_of(fake, group)} == {group.owner_id}
    assert {call.provider_id for call in calls_of(fake, group)} == {NIL}


def test_hangup_of_a_groupcall_hangs_up_all_its_calls(fake: FakeVoipbin, api: ProbeClient, group: Groupcall) -> None:
    assert require_success(api.post(f"/groupcalls/{group.id}/hangup"))["status"] == "hangingup"
    assert [call.status for call in calls_of(fake, group)] == ["canceling"] * 3
    ended = require_success(api.get(f"/groupcalls/{group.id}"))
    assert (ended["status"], ended.get("call_count", 0)) == ("hangup", 0)


def test_second_hangup_of_a_groupcall_leaves_it_in_hangingup(api: ProbeClient, group: Groupcall) -> None:
    for _ in range(2):
        require_success(api.post(f"/groupcalls/{group.id}/hangup"))
        require_success(api.get(f"/groupcalls/{group.id}"))
    assert group.status == "hangingup"


def test_extension_rings_its_contacts(fake: FakeVoipbin, api: ProbeClient) -> None:
    customer = fake.state.customers[fake.super_admin.customer_id]
    customer.extensions = {"sales": ("2000@a.example", "2000@b.example")}
    record = api.place(destinations=[{"type": "extension", "target": "x", "target_name": "sales"}])
    fake.clock.advance(LEG_DELAY)
    group = fake.groupcalls[record["groupcall_ids"][0]]
    found = [(call.destination.type, call.destination.target) for call in calls_of(fake, group)]
    assert found == [("sip", "2000@a.example"), ("sip", "2000@b.example")]


def test_first_phone_of_an_agent_that_answers_wins(api: ProbeClient, fake: FakeVoipbin) -> None:
    numbers = ("+12025550180", "+12025550143", "+12025550144")
    agent = fake.add_agent(addresses=[{"type": "tel", "target": number} for number in numbers])
    record = api.place(destinations=[{"type": "agent", "target": agent.id}], actions=[LONG])
    (groupcall,) = (fake.groupcalls[id] for id in record["groupcall_ids"])
    fake.clock.advance(7)
    calls = {fake.calls[id].destination.target: fake.calls[id] for id in groupcall.call_ids}
    busy, first, second = (calls[number] for number in numbers)
    assert groupcall.answer_call_id == first.id
    assert (outcome(busy)[1], first.status, groupcall.status) == ("busy", "progressing", "progressing")
    assert second.tm_progressing is None
    fake.clock.advance(1)
    first.hangup()
    assert (outcome(second), outcome(first)) == (("hangup", "cancel", "local"), ("hangup", "normal", "remote"))
    assert (groupcall.status, groupcall.call_count) == ("hangup", 0)
    fake.assert_cost("0.01")


@pytest.mark.parametrize("addresses", [[FIRST], [FIRST, SECOND]], ids=["one", "two"])
def test_a_later_destination_of_a_linear_groupcall_is_replaced_by_its_addresses(
    api: ProbeClient, fake: FakeVoipbin, addresses: list[dict[str, str]]
) -> None:
    agent = fake.add_agent(addresses=addresses, ring_method="linear")
    later = {"type": "agent", "target": agent.id}
    groupcall = create_groupcall(api, fake, BUSY, later, ring_method="linear", answer_method="")
    fake.clock.advance(10)
    nested = fake.groupcalls[groupcall.groupcall_ids[0]]
    assert [one.target for one in nested.destinations] == [one["target"] for one in addresses]
    assert (nested.ring_method, nested.answer_method) == ("linear", "")
    assert (nested.master_groupcall_id, len(nested.call_ids)) == (groupcall.id, 1)


def test_a_later_agent_without_addresses_is_skipped(api: ProbeClient, fake: FakeVoipbin) -> None:
    later = {"type": "agent", "target": fake.add_agent().id}
    groupcall = create_groupcall(api, fake, BUSY, later, FIRST, ring_method="linear")
    fake.clock.advance(10)
    assert (groupcall.dial_index, fake.calls[groupcall.call_ids[-1]].destination.target) == (2, FIRST["target"])


def test_a_later_agent_who_is_unknown_ends_the_groupcall_unless_the_server_gives_up(
    api: ProbeClient, fake: FakeVoipbin
) -> None:
    later = {"type": "agent", "target": NIL}
    groupcall = create_groupcall(api, fake, BUSY, later, ring_method="linear")
    fake.clock.advance(10)
    stuck = ("progressing", 0) if fake.edition.name in SERVERS else ("hangup", 1)
    assert (groupcall.status, groupcall.dial_index) == stuck


@pytest.mark.parametrize("edition", SERVERS)
def test_a_nested_groupcall_that_is_polled_comes_to_exist(edition: str) -> None:
    fake = FakeVoipbin(edition, lifecycle="on_poll")
    api = ProbeClient(FakeTarget(fake))
    agent = {"type": "agent", "target": fake.super_admin.id}
    groupcall = require_success(api.post("/groupcalls", {"source": SOURCE, "destinations": [agent, FIRST]}))
    path = f"/groupcalls/{groupcall['groupcall_ids'][0]}"
    assert api.get(path).status in (400, 404)
    assert [api.get(path).status for _ in range(2)] == [200, 200]
