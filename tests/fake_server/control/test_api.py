"""The control API: what each operation does to the fake, and what it refuses, without a socket."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.rules import RULES
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.operations import OPERATIONS
from pytest_providercalls.fake_server.seed_files import Seed, apply_seed
from pytest_providercalls.fake_server.world.session_totals import SessionTotals, report

from .conftest import Asked

STATUSES = {
    "dialing": (),
    "ringing": ("ring",),
    "progressing": ("ring", "answer"),
    "hangup": ("hangup",),
}
BODIES = {"press": {"digits": "1"}}
MOVES = ("ring", "answer", "reject", "press", "hangup")


def brought_to(asked: Asked, status: str) -> str:
    (id,) = asked.place()
    if status in ("canceling", "terminating"):
        if status == "terminating":
            asked("POST", f"/calls/{id}/answer")
        asked.fake.call_engine.hang_up(asked.fake.calls[id])
    for move in STATUSES.get(status, ()):
        asked("POST", f"/calls/{id}/{move}")
    assert asked.fake.calls[id].status == status
    return id


# calls


@pytest.mark.parametrize("status", [*STATUSES, "canceling", "terminating"])
def test_the_moves_that_a_call_shows_are_those_that_it_can_make(status: str) -> None:
    for move in MOVES:
        asked = Asked()
        id = brought_to(asked, status)
        shown = asked("GET", f"/calls/{id}")["moves"]
        moved = asked("POST", f"/calls/{id}/{move}", BODIES.get(move))
        assert isinstance(moved, dict) == (move in shown), (move, shown, moved)
        if not isinstance(moved, dict):
            assert moved[:2] == (409, "ILLEGAL_MOVE")


@pytest.mark.parametrize("status", [*STATUSES, "canceling", "terminating"])
def test_the_reasons_that_a_call_shows_are_those_with_which_it_can_end(status: str) -> None:
    every = ("normal", "failed", "busy", "no_answer", "dialout", "timeout", "amd", "cancel")
    for reason in every:
        asked = Asked()
        id = brought_to(asked, status)
        shown = asked("GET", f"/calls/{id}")["hangup_reasons"]
        ended = asked("POST", f"/calls/{id}/hangup", {"reason": reason})
        assert isinstance(ended, dict) == (reason in shown), (reason, shown)
        if isinstance(ended, dict):
            assert (ended["status"], ended["hangup_reason"]) == ("hangup", reason)


def test_a_call_is_shown_with_its_ladder_and_looking_is_no_poll() -> None:
    asked = Asked("on_poll")
    (id,) = asked.place()
    for _ in range(3):
        assert asked("GET", f"/calls/{id}")["status"] == "dialing"
    told = asked("POST", f"/calls/{id}/reject", {"sip": 603})
    assert (told["sip"], told["cost"], told["invite"]["uri"]) == (603, "0", asked.fake.calls[id].invite.uri)
    assert [rung["what"] for rung in told["ladder"]][-1] == "603 Decline"
    assert all(rung["seconds"] >= 0 for rung in told["ladder"])
    assert len(told["ladder"]) == len(asked.fake.ladder(id).splitlines()) - 1


def test_digits_are_pressed(asked: Asked) -> None:
    (id,) = asked.place()
    asked("POST", f"/calls/{id}/answer")
    assert asked("POST", f"/calls/{id}/press", {"digits": "1#"})["status"] == "progressing"
    assert asked("POST", f"/calls/{id}/press", {"digits": "x"})[:2] == (400, "BAD_REQUEST")
    assert asked("POST", f"/calls/{id}/press")[2] == "digits: is missing"


def test_the_newest_come_first_and_no_more_than_are_wanted(asked: Asked) -> None:
    asked.place("+12025550143", "+12025550144")
    asked.place("+12025550145")
    assert [call["destination"]["target"][-1] for call in asked("GET", "/calls")] == ["5", "4", "3"]
    assert len(asked("GET", "/calls?limit=2")) == 2
    newest, first = asked("GET", "/providercalls")
    assert (len(first["call_ids"]), len(newest["call_ids"]), newest["provider"]) == (2, 1, "carrier")


# the world


def test_the_world_has_working_credentials_and_a_reset_keeps_them_valid(asked: Asked) -> None:
    before = asked("GET", "/world")
    asked.place()
    assert asked("POST", "/reset") == before
    assert (len(asked.fake.calls), asked.fake.requests) == (0, [])
    assert before["identities"]["super_admin"]["token"] == asked.fake.super_admin.token
    assert before["providers"] == {"carrier": asked.fake.provider.id}


SEED = {
    "customers": [{"name": "acme"}],
    "agents": [{"username": "alice", "customer": "acme"}],
    "providers": [{"name": "flaky", "hostname": "sip.flaky.example"}],
    "flows": [{"name": "greeting"}],
    "carriers": {"flaky": ["unreachable"]},
}


def test_a_seed_is_planted_and_its_names_are_in_the_world(asked: Asked) -> None:
    planted = asked("POST", "/seed", SEED)
    world = asked("GET", "/world")
    assert planted.items() <= {key: {name: world[key][name] for name in planted[key]} for key in planted}.items()
    assert (list(planted["identities"]), list(planted["providers"]), list(planted["flows"])) == (
        ["alice"],
        ["flaky"],
        ["greeting"],
    )
    assert asked.fake.providers[planted["providers"]["flaky"]].health_status == "unhealthy"
    assert "flaky" not in asked("POST", "/reset")["providers"]


def test_a_seed_with_a_mistake_changes_nothing_and_moves_no_record_in_hand(asked: Asked) -> None:
    provider = asked.fake.provider
    wrong = {**SEED, "carriers": {"carrier": ["busy"], "nobody": []}}
    status, reason, message = asked("POST", "/seed", wrong)
    assert (status, reason, "nobody" in message) == (400, "BAD_SEED", True)
    assert (len(asked.fake.providers), asked.fake.state.carriers) == (1, {})
    assert asked.fake.provider is provider
    assert asked("POST", "/seed", {"customrs": []})[2].startswith(
        "the body: there is no key 'customrs' (did you mean 'customers'?)"
    )


def test_a_reset_plants_the_first_seed_again() -> None:
    fake = FakeVoipbin()
    seed = Seed.model_validate(SEED)
    asked = Asked()
    asked.fake, asked.control = fake, ControlApi(fake, seed, apply_seed(fake, seed))
    world = asked("GET", "/world")
    assert "alice" in world["identities"]
    asked("POST", "/seed", {"agents": [{"username": "bob"}]})
    assert asked("POST", "/reset") == world


def test_a_snapshot_is_restored_as_often_as_wanted_and_forgotten(asked: Asked) -> None:
    asked("POST", "/seed", SEED)
    taken = asked("POST", "/snapshots")
    world = asked("GET", "/world")
    for _ in range(2):
        asked.place()
        asked("POST", "/clock/advance", {"seconds": 60})
        asked("POST", "/seed", {"agents": [{"username": "bob"}]})
        assert asked("POST", f"/snapshots/{taken['id']}/restore")["now"] == taken["now"]
        assert (len(asked.fake.calls), asked("GET", "/world")) == (0, world)
    assert asked("GET", "/snapshots") == [taken]
    assert asked("DELETE", f"/snapshots/{taken['id']}") is None
    assert asked("POST", f"/snapshots/{taken['id']}/restore") == (
        404,
        "NOT_FOUND",
        "there is no snapshot '1'; there is none",
    )
    assert asked("POST", "/snapshots")["id"] == "2"


def test_time_passes_with_all_that_is_due(asked: Asked) -> None:
    (id,) = asked.place()
    before = asked.fake.clock.now()
    clock = asked("POST", "/clock/advance", {"seconds": 61})
    assert asked.fake.calls[id].hangup_reason == "dialout"
    assert (asked.fake.clock.now() - before).total_seconds() >= 61
    assert clock == asked("GET", "/clock") and clock["lifecycle"] == "manual"


@pytest.mark.parametrize("seconds", [-1, "60", None, 1e300, True])
def test_time_that_cannot_pass_does_not(asked: Asked, seconds: Any) -> None:
    before = asked.fake.clock.now()
    status, _, message = asked("POST", "/clock/advance", {"seconds": seconds})
    assert status == 400 and message.startswith("seconds: ")
    assert asked.fake.clock.now() == before


def test_there_is_an_end_of_time(asked: Asked) -> None:
    century = {"seconds": 100 * 365 * 86_400}
    while isinstance(told := asked("POST", "/clock/advance", century), dict):
        pass
    assert told[0] == 400 and "9000" in told[2]
    assert asked.post("/providercalls", {}).status == 401, "the token has long expired"


# the far side, and the way to it


def test_a_script_decides_what_the_far_side_does() -> None:
    asked = Asked("on_poll")
    told = asked("PUT", "/carriers/carrier", [{"busy": {"destination": "+12025550143"}}, "no_answer"])
    assert told["lines"] == [
        "destination='+12025550143': rings after 2 s, is refused with 486 after 4 s",
        "every call: rings after 2 s, is refused with 480 after 30 s",
    ]
    busy, silent = asked.place("+12025550143", "+12025550144")
    asked("POST", "/clock/advance", {"seconds": 40})
    assert [asked.fake.calls[id].sip for id in (busy, silent)] == [486, 480]
    assert asked("GET", "/carriers") == [told]


def test_lines_are_added_or_replaced_all_or_none(asked: Asked) -> None:
    id = asked.fake.provider.id
    asked("POST", f"/carriers/{id}", [{"busy": {"destination": "+12025550143"}}])
    assert len(asked("POST", "/carriers/carrier", ["unreachable"])["lines"]) == 2
    for path, wrong in (
        ("/carriers/carrier", ["busy"]),
        (f"/carriers/{id}", [{"answers": {"after": 61}}]),
        ("/carriers/carrier", [{"answers": {"source": "1", "digits": "x"}}, "busy"]),
    ):
        status, reason, message = asked("POST", path, wrong)
        assert (status, reason, message.startswith("lines[0].")) == (400, "BAD_SEED", True)
    assert asked("PUT", "/carriers/carrier", ["busy", "busy"])[2].startswith("lines[1].busy: ")
    assert len(asked("GET", "/carriers")[0]["lines"]) == 2
    assert (
        asked("PUT", "/carriers/carrier", []) | {"health_status": "healthy", "lines": []}
        == asked("GET", "/carriers")[0]
    )
    assert asked("PUT", "/carriers/nobody", [])[:2] == (404, "NOT_FOUND")
    assert "did you mean 'busy'?" in asked("PUT", "/carriers/carrier", ["buzy"])[2]


def test_a_fault_strikes_the_next_request_and_no_request_of_ours(asked: Asked) -> None:
    (armed,) = asked("POST", "/faults", {"kind": "error", "status": 503, "path": "/providercalls"})
    assert (armed["fault"]["status"], armed["seen"], armed["struck"]) == (503, 0, 0)
    assert asked("GET", "/faults") == [armed]
    assert asked.post("/providercalls", {}).status == 503
    assert asked("GET", "/faults") == []
    asked("POST", "/faults", {"kind": "drop", "times": None})
    assert asked("GET", "/world")["edition"] == "documented"
    assert asked("DELETE", "/faults") is None
    assert asked.post("/providercalls", {}).status == 400


@pytest.mark.parametrize(
    ("sent", "told"), [({"kind": "dropp"}, "did you mean 'drop'?"), ({}, "needs a kind"), ([], "should be a mapping")]
)
def test_a_fault_that_cannot_be_is_explained(asked: Asked, sent: object, told: str) -> None:
    status, _, message = asked("POST", "/faults", sent)
    assert status == 400 and told in message


# what has happened


def test_the_journal_has_what_was_asked_of_voipbin_and_no_secret(asked: Asked) -> None:
    asked.place()
    asked.post(
        "/providercalls", {"provider_id": "00000000-0000-0000-0000-000000000001", "token": asked.fake.super_admin.token}
    )
    asked("GET", "/world")
    placed, refused = asked("GET", "/journal")
    assert (placed["number"], placed["status"], placed["refused_by"], placed["why"]) == (1, 200, None, [])
    assert refused["refused_by"] in RULES and refused["why"][0].startswith(f"refused by {refused['refused_by']}: ")
    assert {"rule": refused["refused_by"], "passed": False} in refused["met"]
    assert asked("GET", "/journal?after=1") == [refused]
    assert asked("GET", "/journal?limit=1") == [placed]
    everything = json.dumps([asked("GET", path) for path in ("/journal", "/overview", "/report")])
    for agent in asked.fake.state.agents.values():
        for secret in (agent.token, agent.accesskey, agent.password):
            assert secret not in everything


def test_the_report_is_that_of_the_plugin(asked: Asked) -> None:
    asked.place()
    tally = SessionTotals()
    tally.add_fake(asked.fake)
    shown = asked("GET", "/report")
    assert shown.items() <= report(tally).items()
    assert asked("GET", "/rules") == shown["rules"]
    assert (shown["requests"], shown["calls_placed"]) == (1, 1)


def test_the_bill_has_the_newest_lines_and_the_whole_sum(asked: Asked) -> None:
    asked("PUT", "/carriers/carrier", ["never_ends"])
    first, second = asked.place("+12025550143", "+12025550144")
    for id in (first, second):
        asked("POST", f"/calls/{id}/answer")
    asked("POST", "/clock/advance", {"seconds": 61})
    asked("POST", f"/calls/{first}/hangup")
    bill = asked("GET", "/bill?limit=1")
    (line,) = bill["lines"]
    assert (line["call_id"], line["status"], line["cost"], bill["cost"]) == (second, "progressing", "0.02", "0.04")
    assert [line["units"] for line in asked("GET", "/bill")["lines"]] == [0, 2]


def test_an_overview_has_the_newest_of_each() -> None:
    asked = Asked()
    for _ in range(30):
        asked.place(*[f"+1202555{number:04}" for number in range(100, 110)])
    shown = asked("GET", "/overview")
    assert shown["counts"] == {
        "providercalls": 30,
        "calls": 300,
        "requests": 30,
        "events": len(asked.fake.events),
    }
    assert (len(shown["calls"]), len(shown["requests"]), shown["requests"][0]["number"]) == (200, 30, 30)
    assert shown["calls"] == asked("GET", "/calls")


# what is no request


def test_an_unknown_path_method_parameter_or_body_is_explained(asked: Asked) -> None:
    assert asked("GET", "/callz")[:2] == (404, "NOT_FOUND")
    assert asked("GET", "/calls/nothing") == (404, "NOT_FOUND", "there is no call 'nothing' here")
    wrong = asked.answer("PATCH", "/faults")
    assert (wrong.status, wrong.header("Allow")) == (405, "GET, POST, DELETE")
    assert asked("GET", "/journal?aftre=1")[2] == "there is no query parameter 'aftre' here; known are after, limit"
    assert asked("GET", "/journal?limit=0")[2] == "limit='0' is no whole number from 1"
    assert asked.answer("POST", "/clock/advance", b"{").status == 400
    assert asked.answer("POST", "/clock/advance", b'{"seconds": 1, "second": 1}').status == 400


def test_a_head_is_answered_as_a_get(asked: Asked) -> None:
    assert asked.answer("HEAD", "/clock") == asked.answer("GET", "/clock")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["busy", "drop"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["seconds", "kind", "digits", "sip", "reason", "agents", "carriers", "answers"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
PATHS = st.sampled_from([one.path.replace("{id}", "1").replace("{provider}", "carrier") for one in OPERATIONS])
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "X"])


@given(
    METHODS,
    PATHS | st.text(max_size=8).map("/".__add__),
    st.binary(max_size=8) | JSON.map(lambda j: json.dumps(j).encode()),
)
def test_whatever_is_sent_is_answered(method: str, path: str, body: bytes) -> None:
    answer = Asked().answer(method, path, body)
    assert answer.status in (200, 302, 400, 404, 405, 409)
    assert answer.status in (200, 302) or answer.json()["error"]["message"]
