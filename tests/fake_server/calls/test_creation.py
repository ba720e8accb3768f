"""The checks of each destination, and its number and source (calls.md 3.2, 3.5, 3.6)."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_providercalls.contracts.formats.go_uuids import NIL
from pytest_providercalls.contracts.probes import DESTINATION, NO_NUMBER, UNKNOWN_ID, ProbeClient, require_success
from pytest_providercalls.fake_server import FakeVoipbin

from .placed_calls import APRIL, AUGUST, notes, post_calls

EVERY_EDITION = "documented", APRIL, AUGUST
WHITELISTED = "documented", AUGUST
"""The editions with a whitelist."""
FAILED_CHECKS = [
    # role, destination, note in the journal, editions that drop the destination
    ("frozen_super_admin", DESTINATION, "the customer is frozen", EVERY_EDITION),
    ("unverified_super_admin", DESTINATION, "the customer's identity is not verified", EVERY_EDITION),
    ("poor_super_admin", DESTINATION, "the customer's balance does not suffice", EVERY_EDITION),
    ("unlisted_super_admin", DESTINATION, "not on the customer's destination_whitelist", WHITELISTED),
    ("super_admin", {"type": "tel", "target": NO_NUMBER}, "is not a valid phone number", EVERY_EDITION),
    ("super_admin", {"type": "tel", "target": "+1202555014"}, "no country has numbers", ("documented", AUGUST)),
    ("super_admin", {"type": "tel", "target": ""}, "'' was dropped", EVERY_EDITION),
    ("super_admin", {"type": "tel", "target": "unknown"}, "'unknown' was dropped", EVERY_EDITION),
    ("super_admin", {"type": "email", "target": "a@b"}, "the type 'email' cannot", EVERY_EDITION),
    ("super_admin", {"type": "Tel", "target": "+1"}, "the type 'Tel' cannot", EVERY_EDITION),
    ("super_admin", {}, "the type '' cannot be called", EVERY_EDITION),
    ("super_admin", {"type": "agent", "target": UNKNOWN_ID}, "has no agent", EVERY_EDITION),
    ("super_admin", {"type": "extension", "target_name": "x"}, "no registered contact", (AUGUST,)),
]


@pytest.mark.parametrize(("role", "destination", "note", "editions"), FAILED_CHECKS)
def test_providercall_drops_a_destination_that_fails_a_check(
    fake: FakeVoipbin, api: ProbeClient, role: str, destination: dict[str, str], note: str, editions: tuple[str, ...]
) -> None:
    response = post_calls(api, "/providercalls", role, destinations=[destination])
    dropped = fake.edition.name in editions
    assert response.status == (400 if dropped else 200)
    assert (note in notes(fake)) is dropped
    assert len(fake.providercalls) == (0 if dropped else 1)
    assert not (dropped and fake.placed())


REFUSED_FIRST = {
    "unverified_super_admin": {"documented": 403, APRIL: 400, AUGUST: 403},
    "poor_super_admin": {"documented": 402},
}
"""POST /calls refuses these before it checks any destination."""


@pytest.mark.parametrize(("role", "destination", "note", "editions"), FAILED_CHECKS)
def test_call_refuses_or_drops_a_destination_that_fails_a_check(
    fake: FakeVoipbin, api: ProbeClient, role: str, destination: dict[str, str], note: str, editions: tuple[str, ...]
) -> None:
    response = post_calls(api, "/calls", role, destinations=[destination])
    edition = fake.edition.name
    early = REFUSED_FIRST.get(role, {}).get(edition)
    late = 400 if edition == APRIL else 500
    assert response.status == (early or late if edition in editions else 200)
    assert (note in notes(fake)) is (edition in editions and early is None)
    assert not (edition in editions and fake.placed())


@pytest.mark.parametrize("path", ["/providercalls", "/calls"])
def test_dropped_destination_does_not_affect_the_others(fake: FakeVoipbin, api: ProbeClient, path: str) -> None:
    other = {"type": "tel", "target": "+12025550144"}
    dropped = {"type": "email", "target": "a@b"}
    assert post_calls(api, path, destinations=[DESTINATION, dropped, other]).status == 200
    assert [call.destination.target for call in fake.placed()] == ["+12025550143", "+12025550144"]
    assert "the destination 'a@b' was dropped" in notes(fake)


def test_equal_destinations_are_separate_calls(fake: FakeVoipbin, api: ProbeClient) -> None:
    require_success(post_calls(api, "/providercalls", destinations=[DESTINATION, DESTINATION]))
    fake.assert_placed(2, destination=DESTINATION["target"])


def test_sip_call_needs_no_identity_verification(fake: FakeVoipbin, api: ProbeClient) -> None:
    sip = {"type": "sip", "target": "a@b.example"}
    assert post_calls(api, "/providercalls", "unverified_super_admin", destinations=[sip]).status == 200
    assert post_calls(api, "/calls", "unverified_super_admin", destinations=[sip]).status == 200


def test_sip_call_does_not_use_the_provider(fake: FakeVoipbin, api: ProbeClient) -> None:
    require_success(
        post_calls(api, "/providercalls", destinations=[{"type": "sip", "target": "a@b.example"}, DESTINATION])
    )
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
def test_minimum_balance_is_a_cent_or_a_token(
    fake: FakeVoipbin, api: ProbeClient, fields: dict[str, Any], status: int
) -> None:
    customer = fake.state.customers[fake.super_admin.customer_id]
    for name, value in fields.items():
        setattr(customer, name, value)
    assert post_calls(api, "/providercalls").status == status


@pytest.mark.parametrize("fake", [AUGUST], indirect=True)
@pytest.mark.parametrize(
    ("listed", "target", "status"),
    [
        (["us"], "+12025550143", 200),
        (["us"], "+15551234567", 400),
        (["vi"], "+15551234567", 200),
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
def test_newest_server_checks_the_country(
    fake: FakeVoipbin, api: ProbeClient, listed: list[str], target: str, status: int
) -> None:
    fake.state.customers[fake.super_admin.customer_id].destination_whitelist = frozenset(listed)
    assert post_calls(api, "/providercalls", destinations=[{"type": "tel", "target": target}]).status == status


@pytest.mark.parametrize("fake", [AUGUST], indirect=True)
def test_whitelist_applies_only_to_tel(fake: FakeVoipbin, api: ProbeClient) -> None:
    sip = {"type": "sip", "target": "a@b.example"}
    assert post_calls(api, "/providercalls", "unlisted_super_admin", destinations=[sip]).status == 200


NUMBERS = [
    # Separators count as digits when the length is checked.
    ({"type": "tel", "target": "+1202-555014"}, "+1202555014"),
    ({"type": "tel", "target": "1202 555014"}, "1202555014"),
    ({"type": "tel", "target": "+120255501x3"}, "+1202555013"),
    ({"type": "sip", "target": "Alice@B.Example"}, "Alice@b.example"),
    ({"type": "sip", "target": " Alice@Host.Com;maddr=Relay.Example "}, "Alice@host.com;maddr=Relay.Example"),
    ({"type": "sip", "target": "a:B@c@D.Example?Subject=X@Y"}, "a:B@c@d.example?Subject=X@Y"),
]


@pytest.mark.parametrize(("destination", "normal"), NUMBERS)
def test_number_is_normalised_by_the_newest_server(
    fake: FakeVoipbin, api: ProbeClient, destination: dict[str, str], normal: str
) -> None:
    record = require_success(post_calls(api, "/providercalls", destinations=[destination]))
    assert record["destinations"][0]["target"] == destination["target"]
    (call,) = fake.placed()
    assert call.destination.target == (normal if fake.edition.name == AUGUST else destination["target"])


@pytest.mark.parametrize("path", ["/calls", "/providercalls"])
def test_customer_can_turn_on_rtp_debug_for_its_calls(fake: FakeVoipbin, api: ProbeClient, path: str) -> None:
    fake.state.customers[fake.super_admin.customer_id].metadata = {"rtp_debug": True}
    require_success(post_calls(api, path))
    (call,) = fake.placed()
    assert call.metadata["rtp_debug"] is True


def test_source_is_normalised_by_the_newest_server(fake: FakeVoipbin, api: ProbeClient) -> None:
    raw = "+1 202 555 0100"
    record = require_success(post_calls(api, "/providercalls", source={"type": "tel", "target": raw}))
    (call,) = fake.placed()
    assert record["source"]["target"] == raw
    assert call.source.target == ("+12025550100" if fake.edition.name == AUGUST else raw)


def test_call_from_a_number_of_another_customer_is_anonymous_or_dropped(fake: FakeVoipbin, api: ProbeClient) -> None:
    response = post_calls(api, "/calls", source={"type": "tel", "target": "+12025550199"})
    if fake.edition.name == "documented":
        assert require_success(response)["calls"][0]["source"]["target_name"] == "Anonymous"
    else:
        assert response.status == (400 if fake.edition.name == APRIL else 500)
        assert "is not a number of the customer" in notes(fake)


def test_providercall_can_have_any_source(fake: FakeVoipbin, api: ProbeClient) -> None:
    require_success(post_calls(api, "/providercalls", source={"type": "tel", "target": "+12025550199"}))
    (call,) = fake.placed()
    assert call.source.target == "+12025550199"
