"""The rate limits, beyond what their rules' probes ask: whom they count, when, and in which order."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.rules import limits as rules
from pytest_providercalls.fake_server import FakeVoipbin

DEPLOYED = pytest.mark.parametrize("fake", ["documented", "server-2026-08"], indirect=True)


@pytest.fixture(params=EDITIONS)
def fake(request: pytest.FixtureRequest) -> FakeVoipbin:
    """A fake of each edition in turn, which keeps the limits."""
    return FakeVoipbin(request.param, rate_limits=True)


def get(fake: FakeVoipbin, token: str = "", path: str = "/v1.0/calls", **headers: str) -> Response:
    sent = [("Authorization", f"Bearer {token}")] if token else []
    sent += [(name.replace("_", "-"), value) for name, value in headers.items()]
    return fake.handle(Request("GET", path, tuple(sent)))


def log_in(fake: FakeVoipbin, **headers: str) -> int:
    sent = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return fake.handle(Request("POST", "/auth/login", sent)).status


def exhaust(fake: FakeVoipbin, token: str) -> None:
    """Use up what an asker's customer may send at once."""
    for _ in range(rules.CUSTOMER.burst):
        assert get(fake, token).status != 429


def test_they_are_off_unless_asked_for() -> None:
    fake = FakeVoipbin()
    assert {get(fake, fake.super_admin.token).status for _ in range(100)} == {200}


@DEPLOYED
def test_a_super_admin_is_not_exempt(fake: FakeVoipbin) -> None:
    exhaust(fake, fake.super_admin.token)
    refused = get(fake, fake.super_admin.token)
    assert (refused.status, refused.header("Retry-After")) == (429, "1")
    assert refused.json()["error"]["details"] == [{"limited_by": "customer"}]
    assert fake.requests[-1].refused_by == "GW-RATE-02"


@DEPLOYED
def test_customers_are_counted_apart(fake: FakeVoipbin) -> None:
    exhaust(fake, fake.customer_admin.token)
    assert get(fake, fake.customer_manager.token).status == 429
    assert get(fake, fake.super_admin.token).status == 200


@DEPLOYED
def test_kinds_of_credentials_are_counted_apart(fake: FakeVoipbin) -> None:
    agent = fake.state.agents[fake.super_admin.id]
    exhaust(fake, fake.super_admin.token)
    assert get(fake, fake.issue_token(agent, kind="delegate")).status == 200
    assert get(fake, fake.issue_token(agent, kind="direct")).status == 403


@DEPLOYED
def test_a_customers_limit_comes_before_a_frozen_customer(fake: FakeVoipbin) -> None:
    fake.state.customers[fake.customer_admin.customer_id].status = "frozen"
    exhaust(fake, fake.customer_admin.token)
    assert get(fake, fake.customer_admin.token).status == 429


@DEPLOYED
def test_a_bad_credential_comes_before_a_customers_limit(fake: FakeVoipbin) -> None:
    exhaust(fake, fake.super_admin.token)
    assert get(fake, "not.a.token").status == 401


@DEPLOYED
def test_a_request_that_is_refused_for_its_rate_costs_nothing(fake: FakeVoipbin) -> None:
    exhaust(fake, fake.super_admin.token)
    for _ in range(50):
        assert get(fake, fake.super_admin.token).status == 429
    fake.clock.advance(1)
    allowed = [get(fake, fake.super_admin.token).status for _ in range(20)].count(200)
    assert allowed == rules.CUSTOMER.rate


@DEPLOYED
def test_addresses_are_counted_apart_as_the_edge_names_them(fake: FakeVoipbin) -> None:
    for _ in range(rules.AUTH.burst):
        assert log_in(fake, CF_Connecting_IP="192.0.2.1") == 400
    assert log_in(fake, CF_Connecting_IP="192.0.2.1") == 429
    assert log_in(fake, CF_Connecting_IP="192.0.2.2", X_Forwarded_For="192.0.2.1") == 400
    assert log_in(fake) == 400


def test_logging_in_has_a_limit_of_its_own(fake: FakeVoipbin) -> None:
    for _ in range(rules.AUTH.burst):
        log_in(fake)
    assert log_in(fake) == 429
    assert get(fake, fake.super_admin.token).status == 200


@pytest.mark.parametrize(
    ("path", "status"), [("/ping", 200), ("/v1.0/nowhere", 404), ("/v1.0/calls/", 301), ("/auth/nowhere", 404)]
)
def test_what_is_beside_the_api_is_not_counted(fake: FakeVoipbin, path: str, status: int) -> None:
    assert {get(fake, path=path).status for _ in range(rules.ADDRESS.burst + 1)} == {status}


@pytest.mark.parametrize("fake", ["server-2026-04"], indirect=True)
def test_in_april_2026_only_logging_in_is_limited(fake: FakeVoipbin) -> None:
    assert {get(fake, fake.super_admin.token).status for _ in range(rules.ADDRESS.burst + 1)} == {200}
    for _ in range(rules.AUTH.burst):
        log_in(fake)
    refused = fake.handle(Request("POST", "/auth/login"))
    message = "Too many requests. Please try again later."
    assert refused.json() == {"error": "rate_limit_exceeded", "message": message}
    assert refused.header("Retry-After") is None


def test_snapshots_hold_what_is_left(fake: FakeVoipbin) -> None:
    full = fake.snapshot()
    for _ in range(rules.AUTH.burst):
        log_in(fake)
    empty = fake.snapshot()
    fake.restore(full)
    assert log_in(fake) == 400
    fake.restore(empty)
    assert log_in(fake) == 429
    fake.reset()
    assert log_in(fake) == 400


@pytest.mark.parametrize(("seconds", "allowed"), [(0.099, 0), (0.1, 1), (0.15, 1), (0.199, 1), (0.2, 2), (1.95, 19)])
def test_a_bucket_fills_up_evenly(fake: FakeVoipbin, seconds: float, allowed: int) -> None:
    for _ in range(rules.AUTH.burst):
        assert log_in(fake) == 400
    fake.clock.advance(seconds)
    assert [log_in(fake) for _ in range(allowed + 1)] == [400] * allowed + [429]


@given(st.lists(st.floats(0, 1.5), max_size=60))
@example([0.0, 1.5, 1.5, *[0.0] * 40])
def test_no_span_of_time_sees_more_than_the_limit_allows(pauses: list[float]) -> None:
    fake = FakeVoipbin(rate_limits=True)
    allowed = []
    for pause in pauses:
        fake.clock.advance(pause)
        if log_in(fake) == 400:
            allowed.append(fake.clock.now())
    for first, start in enumerate(allowed):
        for last, end in enumerate(allowed[first:], first):
            most = rules.AUTH.burst + (end - start).total_seconds() * rules.AUTH.rate
            assert last - first + 1 <= most + 1e-6
