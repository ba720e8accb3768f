"""What the control API shows of carriers and faults: the real state, in words that people can read."""

from __future__ import annotations

import pytest
from pytest_providercalls.fake_server import Fault
from pytest_providercalls.fake_server.transports.faults import KINDS

from .conftest import ControlHarness

PAST = ("processed", "did not", " was ", " took ")


# carriers


def test_a_deleted_provider_has_its_time_of_deletion(harness: ControlHarness) -> None:
    other = harness.fake.add_provider(name="other")
    harness.fake.delete_provider(other.id)
    alive, deleted = harness("GET", "/carriers")
    assert alive["tm_delete"] is None
    assert deleted["tm_delete"] is not None
    assert harness("GET", "/overview")["carriers"] == [alive, deleted]


@pytest.mark.parametrize("deleted", [0, 1])
def test_a_name_means_the_provider_that_is_not_deleted(harness: ControlHarness, deleted: int) -> None:
    both = [harness.fake.add_provider(name="flaky"), harness.fake.add_provider(name="flaky")]
    harness.fake.delete_provider(both[deleted].id)
    assert harness("PUT", "/carriers/flaky", [])["id"] == both[1 - deleted].id


def test_a_deleted_provider_is_found_by_name_if_it_is_the_only_one(harness: ControlHarness) -> None:
    provider = harness.fake.add_provider(name="flaky")
    harness.fake.delete_provider(provider.id)
    assert harness("PUT", "/carriers/flaky", [])["id"] == provider.id


@pytest.mark.parametrize(("lifecycle", "applies"), [("manual", False), ("on_poll", True), ("realtime", True)])
def test_scripts_have_no_effect_in_manual(lifecycle: str, applies: bool) -> None:
    assert [one["script_applies"] for one in ControlHarness(lifecycle)("GET", "/carriers")] == [applies]


def test_script_lines_contain_no_python() -> None:
    harness = ControlHarness("on_poll")
    script = [
        {"busy": {"source": "+12025550100", "destination": "+12025550143"}},
        {"allows_sources": {"sources": ["+12025550101", "+12025550100"]}},
        "no_answer",
    ]
    assert harness("PUT", "/carriers/carrier", script)["lines"] == [
        "calls from +12025550100 to +12025550143: rings after 2 s, is rejected with 486 after 4 s",
        "calls from sources other than +12025550100, +12025550101: is rejected with 403 after 0.2 s",
        "every call: rings after 2 s, is rejected with 480 after 30 s",
    ]


# faults


@pytest.mark.parametrize(("kind", "when"), [(kind, when) for kind, one in KINDS.items() for when in one.moments])
def test_a_pending_fault_is_described_in_the_present_and_a_triggered_one_in_the_past(kind: str, when: str) -> None:
    harness = ControlHarness()
    extras = {"status": 503} if kind == "error" else {"seconds": 1.5} if kind == "delay" else {}
    (armed,) = harness("POST", "/faults", {"kind": kind, "when": when, **extras})
    assert not [word for word in PAST if word in armed["description"]]
    harness.post("/providercalls", {})
    outcome = harness("GET", "/journal")[0]["fault"]
    assert [word for word in PAST if word in outcome]
    assert outcome.startswith(f"{kind} ({when}): ") and armed["description"].startswith(f"{kind} ({when}): ")


def test_a_fault_describes_itself_in_both_tenses() -> None:
    fault = Fault("error", status=503)
    assert str(fault) == "error (before): VoIPbin does not process the request, and 503 is returned"
    assert fault.outcome == "error (before): VoIPbin did not process the request, and 503 was returned"


# requests and users


def test_requests_are_listed_without_bodies(harness: ControlHarness) -> None:
    harness.place()
    harness("POST", "/faults", {"kind": "drop", "when": "before"})
    for _ in range(2):
        harness.post("/providercalls", {"provider_id": "0" * 10_000})
    refused, lost, placed = harness("GET", "/requests")
    assert set(placed) == {"number", "at", "method", "url", "status", "refused_by", "fault"}
    assert [(one["number"], one["status"]) for one in (placed, lost, refused)] == [(1, 200), (2, 0), (3, 400)]
    assert lost["fault"].startswith("drop (before)") and refused["refused_by"]
    assert harness("GET", "/requests?after=1&before=3") == harness("GET", "/requests?before=3&limit=1") == [lost]
    journal = harness("GET", "/journal")
    assert [{name: entry[name] for name in placed} for entry in journal] == [refused, lost, placed]


def test_the_overview_names_the_users_without_credentials(harness: ControlHarness) -> None:
    harness("POST", "/seed", {"agents": [{"username": "alice", "permission": "customer_manager"}]})
    users = harness("GET", "/overview")["users"]
    assert [one["name"] for one in users] == list(harness("GET", "/info")["identities"])
    assert users[0]["permission"] == "super_admin"
    assert users[-1] == {"name": "alice", "username": "alice", "permission": "customer_manager"}
