"""A remote target: real sockets on loopback, one connection, a request rate, a call limit, no cookies or redirects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_providercalls.contracts import Safety, check
from pytest_providercalls.contracts.checker.remote_target import TIERS, RemoteTarget, UnusableTarget, _has_role
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.identity import Permission
from pytest_providercalls.contracts.probes import DESTINATION, ProbeClient, ProbeUnavailable
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.transports.asgi import Application
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


@pytest.fixture
def fake() -> FakeVoipbin:
    return FakeVoipbin()


@pytest.fixture
def url(server: LoopbackServer, fake: FakeVoipbin) -> str:
    return f"{server.serve(Application(fake)).url}/v1.0"


def tokens(fake: FakeVoipbin) -> dict[str, str]:
    return {role: getattr(fake, role).token for role in TIERS}


def target(url: str, fake: FakeVoipbin, **options: Any) -> RemoteTarget:
    remote = RemoteTarget(url, fake.edition.name, tokens=tokens(fake), requests_per_second=1000, **options)
    remote.identify()
    return remote


@pytest.mark.parametrize("edition", ["documented", "server-2026-04", "server-2026-08"])
def test_verdicts_match_those_of_the_fake_behind_the_server(server: LoopbackServer, edition: str) -> None:
    fake, twin = FakeVoipbin(edition), FakeTarget(FakeVoipbin(edition))
    passed = {one.rule.id for one in check(twin, Safety.INERT).verdicts if one.kept}
    with target(f"{server.serve(Application(fake)).url}/v1.0", fake) as remote:
        verdicts = check(remote, Safety.INERT).verdicts
    assert [one.rule.id for one in verdicts if one.kept is False] == []
    assert len({one.rule.id for one in verdicts if one.kept} & passed) > 90


def test_identify_reads_the_agents_of_the_tokens(url: str, fake: FakeVoipbin) -> None:
    with target(url, fake, accesskeys={"customer_admin": "vb_1"}, passwords={"super_admin": "s3cret"}) as remote:
        found = remote.credentials
    assert {role: (one.id, one.customer_id, one.username, one.permission) for role, one in found.items()} == {
        role: (one.id, one.customer_id, one.username, one.permission) for role in TIERS for one in [getattr(fake, role)]
    }
    assert (found["customer_admin"].accesskey, found["super_admin"].password) == ("vb_1", "s3cret")
    assert remote.addresses[fake.super_admin.id] == 1
    assert {one.url for one in fake.requests} == {"/v1.0/me"}


def test_a_token_of_another_tier_is_an_error(url: str, fake: FakeVoipbin) -> None:
    wrong = {"customer_admin": fake.super_admin.token}
    with RemoteTarget(url, tokens=wrong) as remote, pytest.raises(UnusableTarget, match="permission 0x0001") as error:
        remote.identify()
    assert fake.super_admin.token not in str(error.value)


def test_a_refused_token_is_an_error(url: str) -> None:
    with (
        RemoteTarget(url, tokens={"super_admin": "stale"}) as remote,
        pytest.raises(UnusableTarget, match="/me -> 401"),
    ):
        remote.identify()


def test_a_server_other_than_voipbin_is_an_error(server: LoopbackServer) -> None:
    class Other:
        def respond(self, request: Request, /) -> Any:
            from pytest_providercalls.fake_server.transports.wire_response import WireResponse

            return WireResponse(Response(200, (("Content-Length", "2"),), b"[]"))

    url = server.serve(Application(Other())).url
    with (
        RemoteTarget(url, tokens={"super_admin": "t"}) as remote,
        pytest.raises(UnusableTarget, match="is the server VoIPbin"),
    ):
        remote.identify()


def test_an_unreachable_server_is_an_error(server: LoopbackServer) -> None:
    listener = server.serve(Application(FakeVoipbin()))
    listener.close()
    remote = RemoteTarget(listener.url, tokens={"super_admin": "t"})
    with remote, pytest.raises(UnusableTarget, match="no response"):
        remote.identify()


@pytest.mark.parametrize("url", ["api.voipbin.net", "ftp://api.voipbin.net", "https://", ""])
def test_an_invalid_url_is_an_error(url: str) -> None:
    with pytest.raises(UnusableTarget, match="is not the URL of a server"):
        RemoteTarget(url)


def test_max_calls_limits_the_calls(url: str, fake: FakeVoipbin) -> None:
    body = {"provider_id": fake.provider.id, "source": {}, "destinations": [DESTINATION, DESTINATION]}
    with target(url, fake, max_calls=3) as remote:
        api = ProbeClient(remote)
        assert api.post("/providercalls", body).status == 200
        with pytest.raises(ProbeUnavailable, match="might place 2 calls, but only 1 more are allowed"):
            api.post("/providercalls", body)
        assert api.post("/providercalls", {**body, "destinations": [DESTINATION]}).status == 200
    assert len(fake.placed()) == 3


def test_by_default_not_even_an_agents_addresses_are_called(url: str, fake: FakeVoipbin) -> None:
    body = {"provider_id": fake.provider.id, "source": {}, "destinations": [{"type": "agent", "target": "x"}]}
    with target(url, fake) as remote, pytest.raises(ProbeUnavailable, match="was not sent"):
        ProbeClient(remote).post("/providercalls", body)
    fake.assert_nothing_placed()


def test_requests_keep_to_the_rate(url: str, fake: FakeVoipbin) -> None:
    time, waits = [100.0], []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        time[0] += seconds

    with RemoteTarget(url, requests_per_second=4, now=lambda: time[0], sleep=sleep) as remote:
        for _ in range(3):
            remote.send(Request("GET", "/ping"))
        time[0] += 0.1
        remote.send(Request("GET", "/ping"))
        time[0] += 5
        remote.send(Request("GET", "/ping"))
    assert waits == pytest.approx([0.25, 0.25, 0.15])


def test_cookies_are_not_kept_and_redirects_not_followed(url: str, fake: FakeVoipbin) -> None:
    with target(url, fake, passwords={"super_admin": fake.super_admin.password}) as remote:
        api = ProbeClient(remote)
        body = {"username": fake.super_admin.username, "password": fake.super_admin.password}
        assert "token=" in (api.post("//auth/login", body, as_=None).header("set-cookie") or "")
        assert api.get("/calls", as_=None).status == 401
        assert api.get("/calls/", as_=None).status == 301


def test_a_missing_response_is_inconclusive(url: str, fake: FakeVoipbin) -> None:
    fake.faults.add("drop", path="/customer", times=None)
    with target(url, fake) as remote:
        (found,) = [one for one in check(remote).verdicts if one.rule.id == "AC-CUST-01"]
    assert found.outcome == "inconclusive"
    assert found.reason.startswith("GET /v1.0/customer: no response: ")


def test_no_requests_after_the_server_has_stopped_responding(url: str, fake: FakeVoipbin) -> None:
    fake.faults.add("drop", path="/providers*", times=None)
    with target(url, fake) as remote:
        api, sent = ProbeClient(remote), len(fake.requests)
        for _ in range(5):
            with pytest.raises(ProbeUnavailable):
                api.get("/providers")
        with pytest.raises(ProbeUnavailable, match="has stopped responding"):
            api.get("/customer")
    assert len(fake.requests) == sent + 3


def test_a_repr_shows_no_token(url: str, fake: FakeVoipbin) -> None:
    with target(url, fake) as remote:
        assert fake.super_admin.token not in repr(remote) + repr(remote.credentials)


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.SUPER_ADMIN, ["super_admin"]),
        (Permission.CUSTOMER_ADMIN, ["customer_admin"]),
        (Permission.CUSTOMER_MANAGER | Permission.CUSTOMER_AGENT, ["customer_manager"]),
        (Permission.SUPER_ADMIN | Permission.CUSTOMER_ADMIN, ["super_admin"]),
        (Permission.CUSTOMER_AGENT, ["customer_agent"]),
        (0, []),
    ],
)
def test_a_permission_belongs_to_its_highest_role(permission: int, roles: list[str]) -> None:
    assert [role for role in TIERS if _has_role(permission, role)] == roles
