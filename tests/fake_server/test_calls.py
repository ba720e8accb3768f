"""Calls: their moves, their ends, what keeps them from being placed, and what is left when they are not."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from pytest_providercalls.contracts.go_uuids import NIL
from pytest_providercalls.contracts.http import Response
from pytest_providercalls.contracts.probes import DESTINATION, SOURCE, UNKNOWN_ID, ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin, InvalidTransition
from pytest_providercalls.fake_server.calls.transitions import ALLOWED_TRANSITIONS
from pytest_providercalls.fake_server.world.records import Call, Groupcall

S, C = "server-2026-04", "server-2026-08"
ACTIONS = [{"type": "answer"}]

# the moves (calls.md 2.1)

STATUSES = ("dialing", "ringing", "progressing", "terminating", "canceling", "hangup")
TABLE = {
    "dialing": "- y y y y y",
    "ringing": "- - y y y y",
    "progressing": "- - - y - y",
    "terminating": "- - - - - y",
    "canceling": "- - - - - y",
    "hangup": "- - - - - -",
}
PAIRS = [
    (start, end, mark == "y")
    for start, marks in TABLE.items()
    for end, mark in zip(STATUSES, marks.split(), strict=True)
]


@pytest.fixture
def call(fake: FakeVoipbin, api: ProbeClient) -> Call:
    """A call that was just placed."""
    return fake.calls[api.place()["call_ids"][0]]


def bring(api: ProbeClient, call: Call, status: str) -> Call:
    """Bring a call that is dialing to a status, along the shortest way."""
    if status in ("progressing", "terminating"):
        call.answer()
    if status == "ringing":
        call.ring()
    if status in ("terminating", "canceling"):
        require_success(api.post(f"/calls/{call.id}/hangup"))
    if status == "hangup":
        call.hangup()
    assert call.status == status
    return call


def state(call: Call) -> tuple[Any, ...]:
    return (
        call.status,
        call.hangup_by,
        call.hangup_reason,
        call.tm_ringing,
        call.tm_progressing,
        call.tm_hangup,
        call.tm_update,
    )


@pytest.mark.parametrize(("start", "end", "legal"), PAIRS)
def test_the_table_of_moves_is_the_servers(start: str, end: str, legal: bool) -> None:
    assert (end in ALLOWED_TRANSITIONS[start]) is legal


MOVES = {"ring": "ringing", "answer": "progressing", "hangup": "hangup"}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("start", STATUSES)
def test_a_move_by_hand_is_made_or_refused_as_the_table_says(
    api: ProbeClient, call: Call, start: str, move: str
) -> None:
    bring(api, call, start)
    if MOVES[move] in ALLOWED_TRANSITIONS[start]:
        getattr(call, move)()
        assert call.status == MOVES[move]
    else:
        before = state(call)
        with pytest.raises(InvalidTransition):
            getattr(call, move)()
        assert state(call) == before


def test_a_refused_move_says_where_the_call_may_go(call: Call) -> None:
    call.answer()
    message = "a call that is progressing cannot become ringing; it can become hangup, terminating"
    with pytest.raises(InvalidTransition, match=message):
        call.ring()


def test_a_call_that_has_ended_says_so(call: Call) -> None:
    call.hangup(reason="busy")
    with pytest.raises(InvalidTransition, match="cannot become ringing; it can become nothing: it has ended"):
        call.ring()
    message = f"the call {call.id} has ended already, with hangup_reason 'busy'"
    with pytest.raises(InvalidTransition, match=message):
        call.hangup()


def test_an_illegal_move_is_a_value_error() -> None:
    assert issubclass(InvalidTransition, ValueError)


# how a call ends (calls.md 2.4)

BEFORE = ("normal", "failed", "busy", "no_answer", "dialout", "cancel")
ENDS = {
    "dialing": BEFORE,
    "ringing": BEFORE,
    "progressing": ("normal", "timeout", "amd"),
    "terminating": ("normal", "amd"),
    "canceling": ("cancel",),
}
REASONS = (*BEFORE, "noanswer", "timeout", "amd", "x", "")
LOCAL = {
    *(("dialing", "cancel"), ("ringing", "cancel"), ("progressing", "amd"), ("canceling", "cancel")),
    *(("terminating", "normal"), ("terminating", "amd")),
}


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("start", ENDS)
def test_a_call_ends_only_for_a_reason_of_its_status(
    fake: FakeVoipbin, api: ProbeClient, call: Call, start: str, reason: str
) -> None:
    bring(api, call, start)
    known = "no_answer" if reason == "noanswer" else reason
    if known not in ENDS[start]:
        before = state(call)
        message = f"a call that is {start} cannot end with {reason!r}; it can with {', '.join(ENDS[start])}"
        with pytest.raises(InvalidTransition, match=re.escape(message.replace("'noanswer'", "'no_answer'"))):
            call.hangup(reason=reason)
        assert state(call) == before
        return
    call.hangup(reason=reason)
    word = fake.edition.no_answer_reason if known == "no_answer" else known
    by = "local" if (start, known) in LOCAL else "remote"
    assert (call.status, call.hangup_reason, call.hangup_by) == ("hangup", word, by)


@pytest.mark.parametrize(
    ("fake", "word"),
    [("documented", "no_answer"), (S, "noanswer"), (C, "noanswer")],
    indirect=["fake"],
)
def test_nobody_answers_in_the_editions_word(call: Call, word: str) -> None:
    call.hangup(reason="no_answer")
    assert call.hangup_reason == word


@pytest.mark.parametrize(
    ("start", "reason", "by"),
    [
        ("dialing", "normal", "remote"),
        ("ringing", "normal", "remote"),
        ("progressing", "normal", "remote"),
        ("terminating", "normal", "local"),
        ("canceling", "cancel", "local"),
    ],
)
def test_a_call_ends_without_a_reason_as_is_most_common(
    api: ProbeClient, call: Call, start: str, reason: str, by: str
) -> None:
    bring(api, call, start).hangup()
    assert (call.hangup_reason, call.hangup_by) == (reason, by)


def test_each_move_is_timed(fake: FakeVoipbin, call: Call) -> None:
    times = []
    for move in (call.ring, call.answer, call.hangup):
        # Less than it takes until an empty flow ends an answered call.
        fake.clock.advance(0.01)
        times.append(fake.clock.now())
        move()
        assert call.tm_update == times[-1]
    assert [call.tm_ringing, call.tm_progressing, call.tm_hangup] == times


def test_a_call_may_be_answered_without_ringing(call: Call) -> None:
    call.answer()
    assert (call.status, call.tm_ringing) == ("progressing", None)


def test_a_moved_call_is_shown_as_it_stands(api: ProbeClient, call: Call) -> None:
    call.ring()
    assert require_success(api.get(f"/calls/{call.id}"))["status"] == "ringing"


def test_an_ended_call_ends_its_activeflow(fake: FakeVoipbin, call: Call) -> None:
    call.hangup()
    activeflow = fake.activeflows[call.activeflow_id]
    assert activeflow.status == "ended"
    assert activeflow.tm_update is not None
    assert call.tm_hangup is not None
    assert activeflow.tm_update > call.tm_hangup


# POST /calls/{id}/hangup (calls.md 7)

HANGUPS = {
    "dialing": ("canceling", ("hangup", "cancel", "local")),
    "ringing": ("canceling", ("hangup", "cancel", "local")),
    "progressing": ("terminating", ("hangup", "normal", "local")),
    "canceling": ("canceling", ("hangup", "cancel", "local")),
    "terminating": ("terminating", ("hangup", "normal", "local")),
    "hangup": ("hangup", ("hangup", "normal", "remote")),
}


@pytest.mark.parametrize("start", HANGUPS)
def test_a_hangup_answers_at_once_and_settles_by_the_next_get(api: ProbeClient, call: Call, start: str) -> None:
    at_once, settled = HANGUPS[start]
    bring(api, call, start)
    answer = require_success(api.post(f"/calls/{call.id}/hangup"))
    assert answer["status"] == at_once
    found = require_success(api.get(f"/calls/{call.id}"))
    assert (found["status"], found["hangup_reason"], found["hangup_by"]) == settled


@pytest.mark.parametrize("start", ["dialing", "ringing", "progressing"])
def test_a_hangup_has_no_end_yet(api: ProbeClient, call: Call, start: str) -> None:
    bring(api, call, start)
    answer = require_success(api.post(f"/calls/{call.id}/hangup"))
    assert not (answer.get("hangup_by") or answer.get("hangup_reason") or answer.get("tm_hangup"))


@pytest.mark.parametrize("start", ["canceling", "terminating", "hangup"])
def test_a_hangup_of_an_ending_call_changes_nothing(api: ProbeClient, call: Call, start: str) -> None:
    before = state(bring(api, call, start))
    require_success(api.post(f"/calls/{call.id}/hangup"))
    assert state(call) == before


def test_a_settled_call_stays_as_it_is(api: ProbeClient, call: Call) -> None:
    require_success(api.post(f"/calls/{call.id}/hangup"))
    first = require_success(api.get(f"/calls/{call.id}"))
    assert require_success(api.get(f"/calls/{call.id}")) == first


@pytest.mark.parametrize(("fake", "status"), [("documented", 409), (S, 400), (C, 409)], indirect=["fake"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_deleted_call_is_out_of_reach(api: ProbeClient, call: Call, status: int, method: str) -> None:
    require_success(api.delete(f"/calls/{call.id}"))
    assert api.call(method, f"/calls/{call.id}").status == status
    assert api.post(f"/calls/{call.id}/hangup").status == status


@pytest.mark.parametrize(("fake", "status"), [("documented", 404), (S, 400), (C, 404)], indirect=["fake"])
def test_an_unknown_call_cannot_be_hung_up(api: ProbeClient, status: int) -> None:
    assert api.post(f"/calls/{UNKNOWN_ID}/hangup").status == status


@pytest.mark.parametrize(("fake", "status"), [("documented", 403), (S, 400), (C, 403)], indirect=["fake"])
def test_a_foreign_call_cannot_be_hung_up(api: ProbeClient, call: Call, status: int) -> None:
    assert api.post(f"/calls/{call.id}/hangup", as_="customer_admin").status == status
    assert call.status == "dialing"


def test_a_hangup_leaves_the_record(api: ProbeClient) -> None:
    record = api.place()
    require_success(api.post(f"/calls/{record['call_ids'][0]}/hangup"))
    assert require_success(api.get(f"/providercalls/{record['id']}")) == record


# groupcalls (calls.md 5.4)


@pytest.fixture
def group(fake: FakeVoipbin, api: ProbeClient) -> Groupcall:
    """A groupcall of an agent with three addresses."""
    addresses = [{"type": "tel", "target": f"+1202555015{digit}"} for digit in range(3)]
    agent = fake.add_agent(addresses=addresses)
    record = api.place(destinations=[{"type": "agent", "target": agent.id}])
    return fake.groupcalls[record["groupcall_ids"][0]]


def children(fake: FakeVoipbin, group: Groupcall) -> list[Call]:
    return [fake.calls[id] for id in group.call_ids]


def test_a_groupcall_counts_its_calls(fake: FakeVoipbin, group: Groupcall) -> None:
    targets = {call.destination.target for call in children(fake, group)}
    assert targets == {"+12025550150", "+12025550151", "+12025550152"}
    assert (group.call_count, group.status, group.answer_call_id) == (3, "progressing", NIL)


def test_the_first_answer_wins_and_the_others_are_cancelled(
    fake: FakeVoipbin, api: ProbeClient, group: Groupcall
) -> None:
    first, second, third = children(fake, group)
    second.answer()
    assert group.answer_call_id == second.id
    assert [first.status, second.status, third.status] == ["canceling", "progressing", "canceling"]
    for loser in (first, third):
        found = require_success(api.get(f"/calls/{loser.id}"))
        assert (found["hangup_reason"], found["hangup_by"]) == ("cancel", "local")


def test_a_groupcall_ends_when_its_last_call_does(fake: FakeVoipbin, group: Groupcall) -> None:
    counts = []
    for call in children(fake, group):
        counts.append((group.call_count, group.status))
        call.hangup(reason="busy")
    counts.append((group.call_count, group.status))
    assert counts == [(3, "progressing"), (2, "progressing"), (1, "progressing"), (0, "hangup")]


def test_an_answered_groupcall_goes_on_until_the_answered_call_ends(
    fake: FakeVoipbin, api: ProbeClient, group: Groupcall
) -> None:
    winner, *_ = children(fake, group)
    winner.answer()
    found = require_success(api.get(f"/groupcalls/{group.id}"))
    assert (found["status"], found["call_count"]) == ("progressing", 1)
    winner.hangup()
    assert require_success(api.get(f"/groupcalls/{group.id}"))["status"] == "hangup"


def test_a_groupcalls_call_that_cannot_be_placed_is_not_counted(fake: FakeVoipbin, api: ProbeClient) -> None:
    addresses = [{"type": "tel", "target": "+12025550150"}, {"type": "tel", "target": "+1"}]
    agent = fake.add_agent(addresses=addresses)
    record = api.place(destinations=[{"type": "agent", "target": agent.id}])
    group = fake.groupcalls[record["groupcall_ids"][0]]
    assert (group.call_count, len(group.call_ids)) == (1, 2)
    assert [id in fake.calls for id in group.call_ids] == [True, False]


def test_a_groupcalls_call_is_the_agents(fake: FakeVoipbin, group: Groupcall) -> None:
    assert {call.owner_id for call in children(fake, group)} == {group.owner_id}
    assert {call.provider_id for call in children(fake, group)} == {NIL}


def test_a_groupcall_is_hung_up_with_all_its_calls(fake: FakeVoipbin, api: ProbeClient, group: Groupcall) -> None:
    assert require_success(api.post(f"/groupcalls/{group.id}/hangup"))["status"] == "hangingup"
    assert [call.status for call in children(fake, group)] == ["canceling"] * 3
    ended = require_success(api.get(f"/groupcalls/{group.id}"))
    assert (ended["status"], ended.get("call_count", 0)) == ("hangup", 0)


def test_hanging_up_an_ended_groupcall_leaves_it_hanging_up(api: ProbeClient, group: Groupcall) -> None:
    for _ in range(2):
        require_success(api.post(f"/groupcalls/{group.id}/hangup"))
        require_success(api.get(f"/groupcalls/{group.id}"))
    assert group.status == "hangingup"


def test_an_extension_rings_its_contacts(fake: FakeVoipbin, api: ProbeClient) -> None:
    customer = fake.state.customers[fake.super_admin.customer_id]
    customer.extensions = {"sales": ("2000@a.example", "2000@b.example")}
    record = api.place(destinations=[{"type": "extension", "target": "x", "target_name": "sales"}])
    group = fake.groupcalls[record["groupcall_ids"][0]]
    found = [(call.destination.type, call.destination.target) for call in children(fake, group)]
    assert found == [("sip", "2000@a.example"), ("sip", "2000@b.example")]


# the gates (calls.md 3.2)


def post(api: ProbeClient, path: str, role: str = "super_admin", **fields: object) -> Response:
    """Place a call in a role, with POST /providercalls or POST /calls."""
    body: dict[str, object] = {"source": SOURCE, "destinations": [DESTINATION], **fields}
    if path == "/providercalls":
        body["provider_id"] = api.target.healthy_provider_id
    return api.post(path, body, as_=role)


def notes(fake: FakeVoipbin) -> str:
    return "\n".join(fake.requests[-1].notes)


GATES = [
    # role, destination, what the journal notes, the editions that drop it
    ("frozen_super_admin", DESTINATION, "the customer is frozen", ("documented", S, C)),
    ("unverified_super_admin", DESTINATION, "the customer's identity is not verified", ("documented", S, C)),
    ("poor_super_admin", DESTINATION, "the customer has no balance", ("documented", S, C)),
    ("unlisted_super_admin", DESTINATION, "not on the customer's destination_whitelist", (C,)),
    ("super_admin", {"type": "tel", "target": "+1"}, "be read as a phone number", ("documented", S, C)),
    ("super_admin", {"type": "tel", "target": ""}, "'' was dropped", ("documented", S, C)),
    ("super_admin", {"type": "tel", "target": "nobody"}, "'nobody' was dropped", (C,)),
    ("super_admin", {"type": "email", "target": "a@b"}, "the type 'email' cannot", ("documented", S, C)),
    ("super_admin", {"type": "Tel", "target": "+1"}, "the type 'Tel' cannot", ("documented", S, C)),
    ("super_admin", {}, "the type '' cannot be called", ("documented", S, C)),
    ("super_admin", {"type": "agent", "target": UNKNOWN_ID}, "there is no agent", ("documented", S, C)),
    ("super_admin", {"type": "extension", "target_name": "x"}, "no registered contact", (C,)),
]


@pytest.mark.parametrize(("role", "destination", "note", "editions"), GATES)
def test_a_providercall_that_meets_a_gate_is_dropped_and_noted(
    fake: FakeVoipbin, api: ProbeClient, role: str, destination: dict[str, str], note: str, editions: tuple[str, ...]
) -> None:
    response = post(api, "/providercalls", role, destinations=[destination])
    dropped = fake.edition.name in editions
    assert response.status == (400 if dropped else 200)
    assert (note in notes(fake)) is dropped
    assert len(fake.providercalls) == (0 if dropped else 1)
    assert not (dropped and fake.placed())


REFUSED_BEFORE = {
    "unverified_super_admin": {"documented": 403, S: 400, C: 403},
    "poor_super_admin": {"documented": 402},
}
"""POST /calls refuses these before any destination is looked at."""


@pytest.mark.parametrize(("role", "destination", "note", "editions"), GATES)
def test_a_call_that_meets_a_gate_is_refused_or_dropped_and_noted(
    fake: FakeVoipbin, api: ProbeClient, role: str, destination: dict[str, str], note: str, editions: tuple[str, ...]
) -> None:
    response = post(api, "/calls", role, destinations=[destination])
    edition = fake.edition.name
    early = REFUSED_BEFORE.get(role, {}).get(edition)
    late = 400 if edition == S else 500
    assert response.status == (early or late if edition in editions else 200)
    assert (note in notes(fake)) is (edition in editions and early is None)
    assert not (edition in editions and fake.placed())


@pytest.mark.parametrize("path", ["/providercalls", "/calls"])
def test_a_dropped_destination_does_not_keep_the_others(fake: FakeVoipbin, api: ProbeClient, path: str) -> None:
    other = {"type": "tel", "target": "+12025550144"}
    bad = {"type": "email", "target": "a@b"}
    assert post(api, path, destinations=[DESTINATION, bad, other]).status == 200
    assert [call.destination.target for call in fake.placed()] == ["+12025550143", "+12025550144"]
    assert "the destination 'a@b' was dropped" in notes(fake)


def test_a_record_keeps_the_destinations_that_were_dropped(api: ProbeClient) -> None:
    bad = {"type": "email", "target": "a@b"}
    record = require_success(post(api, "/providercalls", destinations=[bad, DESTINATION]))
    assert [one["type"] for one in record["destinations"]] == ["email", "tel"]
    assert len(record["call_ids"]) == 1


def test_two_equal_destinations_are_two_calls(fake: FakeVoipbin, api: ProbeClient) -> None:
    require_success(post(api, "/providercalls", destinations=[DESTINATION, DESTINATION]))
    fake.assert_placed(2, destination=DESTINATION["target"])


def test_sip_needs_no_identity(fake: FakeVoipbin, api: ProbeClient) -> None:
    sip = {"type": "sip", "target": "a@b.example"}
    assert post(api, "/providercalls", "unverified_super_admin", destinations=[sip]).status == 200
    assert post(api, "/calls", "unverified_super_admin", destinations=[sip]).status == 200


def test_sip_does_not_go_through_the_provider(fake: FakeVoipbin, api: ProbeClient) -> None:
    require_success(post(api, "/providercalls", destinations=[{"type": "sip", "target": "a@b.example"}, DESTINATION]))
    assert [call.provider_id for call in fake.placed()] == [NIL, fake.provider.id]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"balance_credit": 9_999}, 400),
        ({"balance_credit": 10_000}, 200),
        ({"balance_credit": -5, "balance_token": 1}, 200),
        ({"balance_credit": -5, "plan_type": "unlimited"}, 200),
        ({"balance_credit": 0}, 400),
    ],
)
def test_the_least_balance_is_a_cent_or_a_token(
    fake: FakeVoipbin, api: ProbeClient, fields: dict[str, Any], status: int
) -> None:
    customer = fake.state.customers[fake.super_admin.customer_id]
    for name, value in fields.items():
        setattr(customer, name, value)
    assert post(api, "/providercalls").status == status


@pytest.mark.parametrize("fake", [C], indirect=True)
@pytest.mark.parametrize(
    ("listed", "target", "status"),
    [
        (["us"], "+12025550143", 200),
        (["us"], "12025550143", 200),
        (["us"], "+447700900123", 400),
        (["gb", "us"], "+447700900123", 200),
        (["us"], "+14165550100", 400),
        (["ca"], "+14165550100", 200),
        (["kr"], "+821121656521", 200),
        (["US"], "+12025550143", 400),
        ([" us "], "+12025550143", 400),
        ([], "+12025550143", 400),
    ],
)
def test_the_newest_server_asks_for_the_country(
    fake: FakeVoipbin, api: ProbeClient, listed: list[str], target: str, status: int
) -> None:
    fake.state.customers[fake.super_admin.customer_id].destination_whitelist = frozenset(listed)
    assert post(api, "/providercalls", destinations=[{"type": "tel", "target": target}]).status == status


@pytest.mark.parametrize("fake", [C], indirect=True)
def test_the_whitelist_is_for_tel_only(fake: FakeVoipbin, api: ProbeClient) -> None:
    sip = {"type": "sip", "target": "a@b.example"}
    assert post(api, "/providercalls", "unlisted_super_admin", destinations=[sip]).status == 200


# numbers (calls.md 3.5)

NUMBERS = [
    ({"type": "tel", "target": "+1 (202) 555-0143"}, "+12025550143"),
    ({"type": "tel", "target": "1-202-555-0143"}, "12025550143"),
    ({"type": "tel", "target": "+1202+5550143"}, "+12025550143"),
    ({"type": "sip", "target": "Alice@B.Example"}, "Alice@b.example"),
]


@pytest.mark.parametrize(("destination", "normal"), NUMBERS)
def test_a_number_is_kept_as_sent_or_normalised(
    fake: FakeVoipbin, api: ProbeClient, destination: dict[str, str], normal: str
) -> None:
    record = require_success(post(api, "/providercalls", destinations=[destination]))
    assert record["destinations"][0]["target"] == destination["target"]
    (call,) = fake.placed()
    assert call.destination.target == (normal if fake.edition.name == C else destination["target"])


def test_a_source_is_normalised_like_a_destination(fake: FakeVoipbin, api: ProbeClient) -> None:
    raw = "+1 202 555 0100"
    record = require_success(post(api, "/providercalls", source={"type": "tel", "target": raw}))
    (call,) = fake.placed()
    assert record["source"]["target"] == raw
    assert call.source.target == ("+12025550100" if fake.edition.name == C else raw)


# the source (calls.md 3.6)


def test_a_call_from_a_foreign_number_is_anonymous_or_dropped(fake: FakeVoipbin, api: ProbeClient) -> None:
    response = post(api, "/calls", source={"type": "tel", "target": "+12025550199"})
    if fake.edition.name == "documented":
        assert require_success(response)["calls"][0]["source"]["target_name"] == "Anonymous"
    else:
        assert response.status == (400 if fake.edition.name == S else 500)
        assert "is not a number of the customer's" in notes(fake)


def test_a_providercall_may_come_from_any_number(fake: FakeVoipbin, api: ProbeClient) -> None:
    require_success(post(api, "/providercalls", source={"type": "tel", "target": "+12025550199"}))
    (call,) = fake.placed()
    assert call.source.target == "+12025550199"


# orphans, and anonymous `yes` (calls.md 3.7, 3.9)

ORPHANS: list[dict[str, Any]] = [
    {"flow_id": UNKNOWN_ID},
    {"anonymous": "yes", "source": {}},
    {"anonymous": "yes", "source": {"type": "tel", "target": "12025550100"}},
]


@pytest.mark.parametrize("fields", ORPHANS)
def test_an_orphan_stays_in_dialing_without_a_record(
    fake: FakeVoipbin, api: ProbeClient, fields: dict[str, Any]
) -> None:
    assert post(api, "/providercalls", **fields).status == 400
    (call,) = fake.calls.values()
    assert (call.orphan, call.status, len(fake.providercalls)) == (True, "dialing", 0)
    assert require_success(api.get(f"/calls/{call.id}"))["status"] == "dialing"
    assert [row["id"] for row in require_success(api.get("/calls"))["result"]] == [call.id]


def test_each_destination_of_an_unknown_flow_is_an_orphan(fake: FakeVoipbin, api: ProbeClient) -> None:
    post(api, "/providercalls", flow_id=UNKNOWN_ID, destinations=[DESTINATION, DESTINATION])
    assert [call.orphan for call in fake.calls.values()] == [True, True]
    assert notes(fake).count("an orphan call stays in `dialing`") == 2


def test_another_customers_flow_leaves_an_orphan_too(fake: FakeVoipbin, api: ProbeClient) -> None:
    flow = fake.add_flow(customer=fake.customer_admin.customer_id)
    assert post(api, "/providercalls", flow_id=flow.id).status == 400
    assert [call.orphan for call in fake.calls.values()] == [True]


def test_an_orphan_is_not_on_the_record(fake: FakeVoipbin, api: ProbeClient) -> None:
    sip = {"type": "sip", "target": "a@b.example"}
    record = require_success(post(api, "/providercalls", anonymous="yes", source={}, destinations=[DESTINATION, sip]))
    orphan, placed = fake.calls.values()
    assert (orphan.orphan, placed.orphan, record["call_ids"]) == (True, False, [placed.id])


def test_an_orphan_never_settles(fake: FakeVoipbin, api: ProbeClient) -> None:
    post(api, "/providercalls", flow_id=UNKNOWN_ID)
    (call,) = fake.calls.values()
    api.post(f"/calls/{call.id}/hangup")
    assert require_success(api.get(f"/calls/{call.id}"))["status"] == "canceling"


@pytest.mark.parametrize("anonymous", ["no", "auto", "", "Yes", "banana"])
def test_only_yes_asks_for_a_number_to_hide(fake: FakeVoipbin, api: ProbeClient, anonymous: str) -> None:
    assert post(api, "/providercalls", anonymous=anonymous, source={}).status == 200


def test_yes_hides_a_number_in_e164(fake: FakeVoipbin, api: ProbeClient) -> None:
    record = require_success(post(api, "/providercalls", anonymous="yes"))
    assert (record["anonymous"], [call.orphan for call in fake.placed()]) == ("yes", [False])


@pytest.mark.parametrize(("fake", "status"), [("documented", 400), (S, 400), (C, 200)], indirect=["fake"])
def test_the_newest_server_looks_for_the_plus_after_trimming(api: ProbeClient, status: int) -> None:
    source = {"type": "tel", "target": " +1 202 555 0100"}
    assert post(api, "/providercalls", anonymous="yes", source=source).status == status


def test_a_long_anonymous_fails_after_its_calls_were_placed(fake: FakeVoipbin, api: ProbeClient) -> None:
    assert post(api, "/providercalls", anonymous="a" * 16).status == 200
    assert post(api, "/providercalls", anonymous="a" * 17).status == 400
    assert (len(fake.placed()), len(fake.providercalls)) == (2, 1)


# temporary flows (providers.md 3.3)

NOTHING_PLACED: list[dict[str, Any]] = [
    {"destinations": [{"type": "email", "target": "a@b"}]},
    {"anonymous": "yes", "source": {}},
    {"anonymous": "a" * 17},
]


@pytest.mark.parametrize("fields", NOTHING_PLACED)
def test_a_temporary_flow_goes_with_its_request_in_the_documents_only(
    fake: FakeVoipbin, api: ProbeClient, fields: dict[str, Any]
) -> None:
    assert post(api, "/providercalls", actions=ACTIONS, **fields).status == 400
    # A removed record must not come back with a snapshot either.
    fake.restore(fake.snapshot())
    found = [(flow.name, flow.temporary) for flow in fake.flows.values()]
    assert found == ([] if fake.edition.name == "documented" else [("tmp", True)])


def test_a_crash_cleans_nothing_up(fake: FakeVoipbin, api: ProbeClient) -> None:
    before = fake.clock.now()
    response = post(api, "/providercalls", actions=ACTIONS, source=None)
    status = {"documented": 200, S: 400, C: 503}[fake.edition.name]
    assert (response.status, len(fake.flows)) == (status, 1)
    if status != 200:
        assert (fake.clock.now() - before).total_seconds() == pytest.approx(3, abs=0.001)


def test_a_temporary_flow_stays_with_its_call(fake: FakeVoipbin, api: ProbeClient) -> None:
    require_success(post(api, "/providercalls", actions=ACTIONS))
    (call,) = fake.placed()
    assert fake.flows[call.flow_id].temporary


def test_a_temporary_flow_is_gone_after_a_day(fake: FakeVoipbin, api: ProbeClient) -> None:
    require_success(post(api, "/providercalls", actions=ACTIONS))
    (call,) = fake.placed()
    expiry = fake.flows[call.flow_id].tm_create + timedelta(days=1)
    fake.clock.set(expiry - timedelta(microseconds=1))
    assert api.get(f"/flows/{call.flow_id}").status == 200
    fake.clock.set(expiry)
    assert api.get(f"/flows/{call.flow_id}").status == (400 if fake.edition.name == S else 404)


def test_nothing_is_made_for_an_unknown_action(fake: FakeVoipbin, api: ProbeClient) -> None:
    assert post(api, "/providercalls", actions=[{"type": "answer"}, {"type": "no_such"}]).status == 400
    assert not (fake.flows or fake.calls or fake.providercalls)


def test_nothing_is_made_for_an_unknown_provider(fake: FakeVoipbin, api: ProbeClient) -> None:
    body = {"provider_id": UNKNOWN_ID, "source": SOURCE, "destinations": [DESTINATION], "actions": ACTIONS}
    assert api.post("/providercalls", body).status in (400, 404)
    assert not (fake.flows or fake.calls or fake.providercalls)
