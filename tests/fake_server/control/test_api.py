"""The operations of the control API: their effects on the fake, and their errors, without a socket."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.rules import RULES
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.calls.carriers import SCRIPTS
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.operations import OPERATIONS
from pytest_providercalls.fake_server.seed_files import Seed, apply_seed
from pytest_providercalls.fake_server.session_totals import SessionTotals, report

from .conftest import ControlHarness

STATUSES = {
    "dialing": (),
    "ringing": ("ring",),
    "progressing": ("ring", "answer"),
    "hangup": ("hangup",),
}
BODIES = {"press": {"digits": "1"}}
TRANSITIONS = ("ring", "answer", "reject", "press", "hangup")


def bring_to(harness: ControlHarness, status: str) -> str:
    (id,) = harness.place()
    if status in ("canceling", "terminating"):
        if status == "terminating":
            harness("POST", f"/calls/{id}/answer")
        harness.fake.call_engine.hang_up(harness.fake.calls[id])
    for transition in STATUSES.get(status, ()):
        harness("POST", f"/calls/{id}/{transition}")
    assert harness.fake.calls[id].status == status
    return id


# calls


@pytest.mark.parametrize("status", [*STATUSES, "canceling", "terminating"])
def test_a_call_shows_exactly_its_available_transitions(status: str) -> None:
    for transition in TRANSITIONS:
        harness = ControlHarness()
        id = bring_to(harness, status)
        shown = harness("GET", f"/calls/{id}")["transitions"]
        result = harness("POST", f"/calls/{id}/{transition}", BODIES.get(transition))
        assert isinstance(result, dict) == (transition in shown), (transition, shown, result)
        if not isinstance(result, dict):
            assert result[:2] == (409, "INVALID_TRANSITION")


@pytest.mark.parametrize("status", [*STATUSES, "canceling", "terminating"])
def test_a_call_shows_exactly_its_available_hangup_reasons(status: str) -> None:
    reasons = ("normal", "failed", "busy", "no_answer", "dialout", "timeout", "amd", "cancel")
    for reason in reasons:
        harness = ControlHarness()
        id = bring_to(harness, status)
        shown = harness("GET", f"/calls/{id}")["hangup_reasons"]
        ended = harness("POST", f"/calls/{id}/hangup", {"reason": reason})
        assert isinstance(ended, dict) == (reason in shown), (reason, shown)
        if isinstance(ended, dict):
            assert (ended["status"], ended["hangup_reason"]) == ("hangup", reason)


def test_a_call_has_its_ladder_and_reading_it_is_not_a_poll() -> None:
    harness = ControlHarness("on_poll")
    (id,) = harness.place()
    for _ in range(3):
        assert harness("GET", f"/calls/{id}")["status"] == "dialing"
    call = harness("POST", f"/calls/{id}/reject", {"sip": 603})
    assert (call["sip"], call["cost"], call["invite"]["uri"]) == (603, "0", harness.fake.calls[id].invite.uri)
    assert [step["event"] for step in call["ladder"]][-1] == "603 Decline"
    assert all(step["seconds"] >= 0 for step in call["ladder"])
    assert len(call["ladder"]) == len(harness.fake.ladder(id).splitlines()) - 1


def test_press_sends_digits(harness: ControlHarness) -> None:
    (id,) = harness.place()
    harness("POST", f"/calls/{id}/answer")
    assert harness("POST", f"/calls/{id}/press", {"digits": "1#"})["status"] == "progressing"
    assert harness("POST", f"/calls/{id}/press", {"digits": "x"})[:2] == (400, "BAD_REQUEST")
    assert harness("POST", f"/calls/{id}/press")[2] == "digits: is missing"


def test_lists_are_newest_first_and_limited(harness: ControlHarness) -> None:
    harness.place("+12025550143", "+12025550144")
    harness.place("+12025550145")
    assert [call["destination"]["target"][-1] for call in harness("GET", "/calls")] == ["5", "4", "3"]
    assert len(harness("GET", "/calls?limit=2")) == 2
    newest, first = harness("GET", "/providercalls")
    assert (len(first["call_ids"]), len(newest["call_ids"]), newest["provider"]) == (2, 1, "carrier")


# state and time


def test_info_has_valid_credentials_and_reset_keeps_them(harness: ControlHarness) -> None:
    before = harness("GET", "/info")
    harness.place()
    assert harness("POST", "/reset") == before
    assert (len(harness.fake.calls), harness.fake.requests) == (0, [])
    assert before["identities"]["super_admin"]["token"] == harness.fake.super_admin.token
    assert before["providers"] == {"carrier": harness.fake.provider.id}


SEED = {
    "customers": [{"name": "acme"}],
    "agents": [{"username": "alice", "customer": "acme"}],
    "providers": [{"name": "flaky", "hostname": "sip.flaky.example"}],
    "flows": [{"name": "greeting"}],
    "carriers": {"flaky": ["unreachable"]},
}


def test_a_seed_is_applied_and_its_names_are_in_the_info(harness: ControlHarness) -> None:
    seeded = harness("POST", "/seed", SEED)
    info = harness("GET", "/info")
    assert seeded.items() <= {key: {name: info[key][name] for name in seeded[key]} for key in seeded}.items()
    assert (list(seeded["identities"]), list(seeded["providers"]), list(seeded["flows"])) == (
        ["alice"],
        ["flaky"],
        ["greeting"],
    )
    assert harness.fake.providers[seeded["providers"]["flaky"]].health_status == "unhealthy"
    assert "flaky" not in harness("POST", "/reset")["providers"]


def test_an_invalid_seed_changes_nothing(harness: ControlHarness) -> None:
    provider = harness.fake.provider
    wrong = {**SEED, "carriers": {"carrier": ["busy"], "nobody": []}}
    status, reason, message = harness("POST", "/seed", wrong)
    assert (status, reason, "nobody" in message) == (400, "INVALID_SEED", True)
    assert (len(harness.fake.providers), SCRIPTS.of(harness.fake.state)) == (1, {})
    assert harness.fake.provider is provider
    assert harness("POST", "/seed", {"customrs": []})[2].startswith(
        "the body: unknown key 'customrs' (did you mean 'customers'?)"
    )


def test_a_reset_applies_the_first_seed_again() -> None:
    fake = FakeVoipbin()
    seed = Seed.model_validate(SEED)
    harness = ControlHarness()
    harness.fake, harness.control = fake, ControlApi(fake, seed, apply_seed(fake, seed))
    info = harness("GET", "/info")
    assert "alice" in info["identities"]
    harness("POST", "/seed", {"agents": [{"username": "bob"}]})
    assert harness("POST", "/reset") == info


def test_a_snapshot_is_restored_repeatedly_and_deleted(harness: ControlHarness) -> None:
    harness("POST", "/seed", SEED)
    taken = harness("POST", "/snapshots")
    info = harness("GET", "/info")
    for _ in range(2):
        harness.place()
        harness("POST", "/clock/advance", {"seconds": 60})
        harness("POST", "/seed", {"agents": [{"username": "bob"}]})
        assert harness("POST", f"/snapshots/{taken['id']}/restore")["now"] == taken["now"]
        assert (len(harness.fake.calls), harness("GET", "/info")) == (0, info)
    assert harness("GET", "/snapshots") == [taken]
    assert harness("DELETE", f"/snapshots/{taken['id']}") is None
    assert harness("POST", f"/snapshots/{taken['id']}/restore") == (
        404,
        "NOT_FOUND",
        "unknown snapshot '1'; expected none: there are none",
    )
    assert harness("POST", "/snapshots")["id"] == "2"


def test_advancing_the_clock_processes_scheduled_events() -> None:
    harness = ControlHarness("manual")
    (id,) = harness.place()
    before = harness.fake.clock.now()
    clock = harness("POST", "/clock/advance", {"seconds": 61})
    assert harness.fake.calls[id].hangup_reason == "dialout"
    assert (harness.fake.clock.now() - before).total_seconds() >= 61
    assert clock == harness("GET", "/clock") and clock["lifecycle"] == "manual"


@pytest.mark.parametrize("seconds", [-1, "60", None, 1e300, True])
def test_an_invalid_number_of_seconds_does_not_advance_the_clock(harness: ControlHarness, seconds: Any) -> None:
    before = harness.fake.clock.now()
    status, _, message = harness("POST", "/clock/advance", {"seconds": seconds})
    assert status == 400 and message.startswith("seconds: ")
    assert harness.fake.clock.now() == before


def test_the_clock_has_a_last_year(harness: ControlHarness) -> None:
    century = {"seconds": 100 * 365 * 86_400}
    while isinstance(result := harness("POST", "/clock/advance", century), dict):
        pass
    assert result[0] == 400 and "9000" in result[2]
    assert harness.post("/providercalls", {}).status == 401, "the token has long expired"


# carriers and faults


def test_a_script_determines_how_the_callee_behaves() -> None:
    harness = ControlHarness("on_poll")
    carrier = harness("PUT", "/carriers/carrier", [{"busy": {"destination": "+12025550143"}}, "no_answer"])
    assert carrier["lines"] == [
        "calls to +12025550143: rings after 2 s, is rejected with 486 after 4 s",
        "every call: rings after 2 s, is rejected with 480 after 30 s",
    ]
    busy, silent = harness.place("+12025550143", "+12025550144")
    harness("POST", "/clock/advance", {"seconds": 40})
    assert [harness.fake.calls[id].sip for id in (busy, silent)] == [486, 480]
    assert harness("GET", "/carriers") == [carrier]


def test_script_lines_are_added_or_replaced_completely_or_not_at_all(harness: ControlHarness) -> None:
    id = harness.fake.provider.id
    harness("POST", f"/carriers/{id}", [{"busy": {"destination": "+12025550143"}}])
    assert len(harness("POST", "/carriers/carrier", ["unreachable"])["lines"]) == 2
    for path, wrong in (
        ("/carriers/carrier", ["busy"]),
        (f"/carriers/{id}", [{"answers": {"after": 61}}]),
        ("/carriers/carrier", [{"answers": {"source": "1", "digits": "x"}}, "busy"]),
    ):
        status, reason, message = harness("POST", path, wrong)
        assert (status, reason, message.startswith("lines[0].")) == (400, "INVALID_SEED", True)
    assert harness("PUT", "/carriers/carrier", ["busy", "busy"])[2].startswith("lines[1].busy: ")
    assert len(harness("GET", "/carriers")[0]["lines"]) == 2
    assert (
        harness("PUT", "/carriers/carrier", []) | {"health_status": "healthy", "lines": []}
        == harness("GET", "/carriers")[0]
    )
    assert harness("PUT", "/carriers/nobody", [])[:2] == (404, "NOT_FOUND")
    assert "did you mean 'busy'?" in harness("PUT", "/carriers/carrier", ["buzy"])[2]


def test_a_fault_applies_to_the_next_request_but_not_to_the_control_api(harness: ControlHarness) -> None:
    (armed,) = harness("POST", "/faults", {"kind": "error", "status": 503, "path": "/providercalls"})
    assert (armed["fault"]["status"], armed["seen"], armed["triggered"]) == (503, 0, 0)
    assert harness("GET", "/faults") == [armed]
    assert harness.post("/providercalls", {}).status == 503
    assert harness("GET", "/faults") == []
    harness("POST", "/faults", {"kind": "drop", "times": None})
    assert harness("GET", "/info")["edition"] == "documented"
    assert harness("DELETE", "/faults") is None
    assert harness.post("/providercalls", {}).status == 400


@pytest.mark.parametrize(
    ("body", "expected"),
    [({"kind": "dropp"}, "did you mean 'drop'?"), ({}, "requires a kind"), ([], "should be a mapping")],
)
def test_an_invalid_fault_is_explained(harness: ControlHarness, body: object, expected: str) -> None:
    status, _, message = harness("POST", "/faults", body)
    assert status == 400 and expected in message


# reports


def test_the_journal_has_the_requests_to_voipbin_and_no_credentials(harness: ControlHarness) -> None:
    harness.place()
    harness.post(
        "/providercalls",
        {"provider_id": "00000000-0000-0000-0000-000000000001", "token": harness.fake.super_admin.token},
    )
    harness("GET", "/info")
    refused, placed = harness("GET", "/journal")
    assert (placed["number"], placed["status"], placed["refused_by"], placed["explanation"]) == (1, 200, None, [])
    assert refused["refused_by"] in RULES and refused["explanation"][0].startswith(
        f"refused by {refused['refused_by']}: "
    )
    assert {"rule": refused["refused_by"], "passed": False} in refused["rule_outcomes"]
    assert harness("GET", "/journal?after=1") == harness("GET", "/journal?limit=1") == [refused]
    assert harness("GET", "/journal?before=2") == [placed]
    assert harness("GET", "/journal?before=1") == harness("GET", "/journal?after=2") == []
    everything = json.dumps([harness("GET", path) for path in ("/journal", "/overview", "/report")])
    for agent in harness.fake.state.agents.values():
        for secret in (agent.token, agent.accesskey, agent.password):
            assert secret not in everything


def test_the_report_equals_that_of_the_plugin(harness: ControlHarness) -> None:
    harness.place()
    totals = SessionTotals()
    totals.add_fake(harness.fake)
    shown = harness("GET", "/report")
    assert shown.items() <= report(totals).items()
    assert harness("GET", "/rules") == shown["rules"]
    assert (shown["requests"], shown["calls_placed"]) == (1, 1)


def test_the_ledger_has_the_newest_lines_and_the_total(harness: ControlHarness) -> None:
    harness("PUT", "/carriers/carrier", ["never_ends"])
    first, second = harness.place("+12025550143", "+12025550144")
    for id in (first, second):
        harness("POST", f"/calls/{id}/answer")
    harness("POST", "/clock/advance", {"seconds": 61})
    harness("POST", f"/calls/{first}/hangup")
    ledger = harness("GET", "/ledger?limit=1")
    (line,) = ledger["lines"]
    assert (line["call_id"], line["status"], line["cost"], ledger["cost"]) == (second, "progressing", "0.02", "0.04")
    assert [line["units"] for line in harness("GET", "/ledger")["lines"]] == [0, 2]


def test_an_overview_has_the_newest_items_of_each_kind() -> None:
    harness = ControlHarness()
    for _ in range(30):
        harness.place(*[f"+1202555{number:04}" for number in range(100, 110)])
    shown = harness("GET", "/overview")
    assert shown["counts"] == {
        "providercalls": 30,
        "calls": 300,
        "requests": 30,
        "events": len(harness.fake.events),
    }
    assert (len(shown["calls"]), len(shown["requests"]), shown["requests"][0]["number"]) == (200, 30, 30)
    assert shown["calls"] == harness("GET", "/calls")


# invalid requests


def test_an_unknown_path_method_parameter_or_body_is_explained(harness: ControlHarness) -> None:
    assert harness("GET", "/callz")[:2] == (404, "NOT_FOUND")
    assert harness("GET", "/calls/nothing") == (404, "NOT_FOUND", "unknown call 'nothing'")
    wrong = harness.send("PATCH", "/faults")
    assert (wrong.status, wrong.header("Allow")) == (405, "GET, POST, DELETE")
    assert (
        harness("GET", "/journal?aftre=1")[2] == "unknown query parameter 'aftre'; expected one of after, before, limit"
    )
    assert (
        harness("GET", "/journal?limit=0")[2]
        == "invalid query parameter limit='0'; expected a whole number of at least 1"
    )
    assert harness.send("POST", "/clock/advance", b"{").status == 400
    assert harness.send("POST", "/clock/advance", b'{"seconds": 1, "second": 1}').status == 400


def test_head_returns_the_same_as_get(harness: ControlHarness) -> None:
    assert harness.send("HEAD", "/clock") == harness.send("GET", "/clock")


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
def test_any_request_gets_a_response(method: str, path: str, body: bytes) -> None:
    response = ControlHarness().send(method, path, body)
    assert response.status in (200, 302, 400, 404, 405, 409)
    assert response.status in (200, 302) or response.json()["error"]["message"]
