"""Rate limits, beyond the rules' probes: what counts for which limit, when, and in which order."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pytest_providercalls.contracts.editions import EDITIONS
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.rules import limits as rules
from pytest_providercalls.fake_server import FakeVoipbin

with_all_limits = pytest.mark.parametrize("fake", ["documented", "server-2026-08"], indirect=True)


@pytest.fixture(params=EDITIONS)
def fake(request: pytest.FixtureRequest) -> FakeVoipbin:
    """A fake of each edition in turn, with rate limits."""
    return FakeVoipbin(request.param, rate_limits=True)


def get(fake: FakeVoipbin, token: str = "", path: str = "/v1.0/calls", **headers: str) -> Response:
    sent = [("Authorization", f"Bearer {token}")] if token else []
    sent += [(name.replace("_", "-"), value) for name, value in headers.items()]
    return fake.handle(Request("GET", path, tuple(sent)))


def log_in(fake: FakeVoipbin, **headers: str) -> int:
    sent = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return fake.handle(Request("POST", "/auth/login", sent)).status


def exhaust(fake: FakeVoipbin, token: str) -> None:
    """Send as many requests as the limit of the customer allows at once."""
    for _ in range(rules.CUSTOMER.burst):
        assert get(fake, token).status != 429


def test_rate_limits_are_disabled_by_default() -> None:
    fake = FakeVoipbin()
    assert {get(fake, fake.super_admin.token).status for _ in range(100)} == {200}


@with_all_limits
def test_super_admin_is_not_exempt(fake: FakeVoipbin) -> None:
    exhaust(fake, fake.super_admin.token)
    refused = get(fake, fake.super_admin.token)
    assert (refused.status, refused.header("Retry-After")) == (429, "1")
    assert refused.json()["error"]["details"] == [{"limited_by": "customer"}]
    assert fake.requests[-1].refused_by == "GW-RATE-02"


@with_all_limits
def test_customers_are_counted_separately(fake: FakeVoipbin) -> None:
    exhaust(fake, fake.customer_admin.token)
    assert get(fake, fake.customer_manager.token).status == 429
    assert get(fake, fake.super_admin.token).status == 200


@with_all_limits
def test_kinds_of_credentials_are_counted_separately(fake: FakeVoipbin) -> None:
    agent = fake.state.agents[fake.super_admin.id]
    exhaust(fake, fake.super_admin.token)
    assert get(fake, fake.issue_token(agent, kind="delegate")).status == 200
    assert get(fake, fake.issue_token(agent, kind="direct")).status == 403


@with_all_limits
def test_customer_limit_is_checked_before_a_frozen_customer(fake: FakeVoipbin) -> None:
    fake.state.customers[fake.customer_admin.customer_id].status = "frozen"
    exhaust(fake, fake.customer_admin.token)
    assert get(fake, fake.customer_admin.token).status == 429


@with_all_limits
def test_credential_is_checked_before_the_customer_limit(fake: FakeVoipbin) -> None:
    exhaust(fake, fake.super_admin.token)
    assert get(fake, "not.a.token").status == 401


@with_all_limits
def test_rate_limited_request_does_not_count(fake: FakeVoipbin) -> None:
    exhaust(fake, fake.super_admin.token)
    for _ in range(50):
        assert get(fake, fake.super_admin.token).status == 429
    fake.clock.advance(1)
    allowed = [get(fake, fake.super_admin.token).status for _ in range(20)].count(200)
    assert allowed == rules.CUSTOMER.rate


@with_all_limits
def test_addresses_from_the_proxy_are_counted_separately(fake: FakeVoipbin) -> None:
    for _ in range(rules.AUTH.burst):
        assert log_in(fake, CF_Connecting_IP="192.0.2.1") == 400
    assert log_in(fake, CF_Connecting_IP="192.0.2.1") == 429
    assert log_in(fake, CF_Connecting_IP="192.0.2.2", X_Forwarded_For="192.0.2.1") == 400
    assert log_in(fake) == 400


def test_login_has_its_own_limit(fake: FakeVoipbin) -> None:
    for _ in range(rules.AUTH.burst):
        log_in(fake)
    assert log_in(fake) == 429
    assert get(fake, fake.super_admin.token).status == 200


@pytest.mark.parametrize(
    ("path", "status"), [("/ping", 200), ("/v1.0/nowhere", 404), ("/v1.0/calls/", 301), ("/auth/nowhere", 404)]
)
def test_requests_outside_the_api_are_not_counted(fake: FakeVoipbin, path: str, status: int) -> None:
    assert {get(fake, path=path).status for _ in range(rules.ADDRESS.burst + 1)} == {status}


@pytest.mark.parametrize("fake", ["server-2026-04"], indirect=True)
def test_in_april_2026_only_login_is_limited(fake: FakeVoipbin) -> None:
    assert {get(fake, fake.super_admin.token).status for _ in range(rules.ADDRESS.burst + 1)} == {200}
    for _ in range(rules.AUTH.burst):
        log_in(fake)
    refused = fake.handle(Request("POST", "/auth/login"))
    message = "Too many requests. Please try again later."
    assert refused.json() == {"error": "rate_limit_exceeded", "message": message}
    assert refused.header("Retry-After") is None


def test_snapshot_contains_the_buckets(fake: FakeVoipbin) -> None:
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
def test_bucket_refills_evenly(fake: FakeVoipbin, seconds: float, allowed: int) -> None:
    for _ in range(rules.AUTH.burst):
        assert log_in(fake) == 400
    fake.clock.advance(seconds)
    assert [log_in(fake) for _ in range(allowed + 1)] == [400] * allowed + [429]


@given(st.lists(st.floats(0, 1.5), max_size=60))
@example([0.0, 1.5, 1.5, *[0.0] * 40])
def test_no_interval_has_more_requests_than_the_limit(pauses: list[float]) -> None:
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
