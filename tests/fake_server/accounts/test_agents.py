"""Agents: who is listed, the filters of the list, and agents that read themselves."""

from __future__ import annotations

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.fake_server import FakeVoipbin

from .requests_to import APRIL, refusal, refused, send

SALES, SUPPORT = "6f9b1e9e-1f4e-4c52-9d0a-3c8f6a0f7a11", "b1d1c6ce-6e7a-4d2b-8a55-0d4f9a9c7e22"
BOTH = f"{SALES}, {SUPPORT.upper()},,"


@pytest.fixture
def team(fake: FakeVoipbin) -> dict[str, str]:
    """Three more agents of the super-admin's customer, by their ids."""
    agents = {
        fake.super_admin.id: "super-admin",
        fake.add_agent(username="a", tag_ids=(SALES,)).id: "a",
        fake.add_agent(username="b", tag_ids=(SALES, SUPPORT), status="busy").id: "b",
        fake.add_agent(username="c", status="offline").id: "c",
    }
    fake.add_agent(username="gone", tag_ids=(SALES,), tm_delete=fake.clock.timestamp())
    return agents


def names(fake: FakeVoipbin, team: dict[str, str], query: str = "") -> set[str]:
    response = send(fake, "GET", f"/agents{query}")
    assert response.status == 200, response.body
    return {team[row["id"]] for row in response.json()["result"]}


def test_the_agents_of_the_own_customer_are_listed(fake: FakeVoipbin, team: dict[str, str]) -> None:
    assert names(fake, team) == {"super-admin", "a", "b", "c"}
    rows = send(fake, "GET", "/agents", role="customer_manager").json()["result"]
    assert {row["username"] for row in rows} == {"customer-admin", "customer-manager", "customer-agent"}


@pytest.mark.parametrize(
    ("status", "found"),
    [("", {"super-admin", "a", "b", "c"}), ("available", {"super-admin", "a"}), ("BUSY", {"b"}), ("no-such", set())],
)
def test_the_list_is_filtered_by_status(fake: FakeVoipbin, team: dict[str, str], status: str, found: set[str]) -> None:
    assert names(fake, team, f"?status={status}") == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"?tag_ids={SUPPORT}", {"b"}),
        (f"?tag_ids={SALES}", {"a", "b"}),
        (f"?tag_ids={BOTH.replace(' ', '%20')}", {"a", "b"}),
        (f"?tag_ids={SALES}&status=busy", {"b"}),
        (f"?tag_ids={','.join(100 * [SUPPORT])}", {"b"}),
    ],
    ids=["one", "common", "both", "status", "hundred"],
)
def test_the_list_is_filtered_by_tags(fake: FakeVoipbin, team: dict[str, str], query: str, found: set[str]) -> None:
    if fake.edition.name == APRIL:
        assert refusal(send(fake, "GET", f"/agents{query}")) == (400, "")
    else:
        assert names(fake, team, query) == found


@pytest.mark.parametrize("tags", ["", ",", "%20", "sales", f"{SALES},sales", NIL, ",".join(101 * [SALES])])
def test_invalid_tags_are_refused(fake: FakeVoipbin, tags: str) -> None:
    assert refusal(send(fake, "GET", f"/agents?tag_ids={tags}")) == refused(fake, 400, "INVALID_TAG_IDS")


@pytest.mark.parametrize("query", ["status=a&status=b", f"tag_ids={SALES}&tag_ids={SALES}"])
def test_a_repeated_filter_is_refused(fake: FakeVoipbin, query: str) -> None:
    response = send(fake, "GET", f"/agents?{query}")
    assert refusal(response) == refused(fake, 400, "INVALID_REQUEST_PARAMETER")
    if fake.edition.name == APRIL:
        assert "msg" in response.json()


def test_an_agent_of_any_tier_reads_itself_and_nobody_else(fake: FakeVoipbin) -> None:
    for role in ("customer_agent", "customer_manager", "customer_admin", "super_admin"):
        me = send(fake, "GET", "/me", role=role).json()
        assert send(fake, "GET", f"/agents/{getattr(fake, role).id}", role=role).json() == me
    others = f"/agents/{fake.customer_manager.id}"
    assert refusal(send(fake, "GET", others, role="customer_agent")) == refused(fake, 403, "PERMISSION_DENIED")
    assert send(fake, "GET", others, role="key:customer_admin").status == 200


def test_a_deleted_agent_is_read_but_not_listed(fake: FakeVoipbin, team: dict[str, str]) -> None:
    gone = next(one for one in fake.state.agents.values() if one.username == "gone")
    assert send(fake, "GET", f"/agents/{gone.id}").json()["tm_delete"] is not None
    assert "gone" not in names(fake, {**team, gone.id: "gone"})


def test_no_password_is_shown(fake: FakeVoipbin) -> None:
    text = send(fake, "GET", "/agents").body.decode()
    agents = fake.state.agents.values()
    assert not [one for one in agents if one.password in text or one.token in text or one.accesskey in text]
