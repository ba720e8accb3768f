"""A server as a target: real sockets on loopback, one connection, a pace, a cap, and nothing kept or followed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_providercalls.contracts import Safety, check
from pytest_providercalls.contracts.checker.remote_target import TIERS, RemoteTarget, UnusableTarget
from pytest_providercalls.contracts.http import Request, Response
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
    made = RemoteTarget(url, fake.edition.name, tokens=tokens(fake), requests_per_second=1000, **options)
    made.identify()
    return made


@pytest.mark.parametrize("edition", ["documented", "server-2026-04", "server-2026-08"])
def test_a_server_is_judged_as_the_fake_behind_it(server: LoopbackServer, edition: str) -> None:
    fake, twin = FakeVoipbin(edition), FakeTarget(FakeVoipbin(edition))
    kept = {one.rule.id for one in check(twin, Safety.INERT).verdicts if one.kept}
    with target(f"{server.serve(Application(fake)).url}/v1.0", fake) as remote:
        verdicts = check(remote, Safety.INERT).verdicts
    assert [one.rule.id for one in verdicts if one.kept is False] == []
    assert len({one.rule.id for one in verdicts if one.kept} & kept) > 90


def test_the_bearers_of_the_tokens_are_asked_for(url: str, fake: FakeVoipbin) -> None:
    with target(url, fake, accesskeys={"customer_admin": "vb_1"}, passwords={"super_admin": "s3cret"}) as remote:
        found = remote.credentials
    assert {role: (one.id, one.customer_id, one.username, one.permission) for role, one in found.items()} == {
        role: (one.id, one.customer_id, one.username, one.permission) for role in TIERS for one in [getattr(fake, role)]
    }
    assert (found["customer_admin"].accesskey, found["super_admin"].password) == ("vb_1", "s3cret")
    assert remote.addresses[fake.super_admin.id] == 1
    assert {one.url for one in fake.requests} == {"/v1.0/me"}


def test_a_token_of_another_tier_is_told(url: str, fake: FakeVoipbin) -> None:
    wrong = {"customer_admin": fake.super_admin.token}
    with RemoteTarget(url, tokens=wrong) as remote, pytest.raises(UnusableTarget, match="permission 0x0001") as why:
        remote.identify()
    assert fake.super_admin.token not in str(why.value)


def test_a_token_that_is_not_taken_is_told(url: str) -> None:
    with (
        RemoteTarget(url, tokens={"super_admin": "stale"}) as remote,
        pytest.raises(UnusableTarget, match="/me -> 401"),
    ):
        remote.identify()


def test_a_server_that_is_no_voipbin_is_told(server: LoopbackServer) -> None:
    class Other:
        def deliver(self, request: Request, /) -> Any:
            from pytest_providercalls.fake_server.transports.wire_response import WireResponse

            return WireResponse(Response(200, (("Content-Length", "2"),), b"[]"))

    url = server.serve(Application(Other())).url
    with RemoteTarget(url, tokens={"super_admin": "t"}) as remote, pytest.raises(UnusableTarget, match="is it VoIPbin"):
        remote.identify()


def test_a_server_that_is_not_there_is_told(server: LoopbackServer) -> None:
    listener = server.serve(Application(FakeVoipbin()))
    listener.close()
    remote = RemoteTarget(listener.url, tokens={"super_admin": "t"})
    with remote, pytest.raises(UnusableTarget, match="no answer"):
        remote.identify()


@pytest.mark.parametrize("url", ["api.voipbin.net", "ftp://api.voipbin.net", "https://", ""])
def test_what_is_no_url_is_told(url: str) -> None:
    with pytest.raises(UnusableTarget, match="is not the URL of a server"):
        RemoteTarget(url)


def test_no_more_may_ring_than_is_allowed(url: str, fake: FakeVoipbin) -> None:
    body = {"provider_id": fake.provider.id, "source": {}, "destinations": [DESTINATION, DESTINATION]}
    with target(url, fake, most_calls=3) as remote:
        api = ProbeClient(remote)
        assert api.post("/providercalls", body).status == 200
        with pytest.raises(ProbeUnavailable, match="might place 2 calls, and 1 more may be placed"):
            api.post("/providercalls", body)
        assert api.post("/providercalls", {**body, "destinations": [DESTINATION]}).status == 200
    assert len(fake.placed()) == 3


def test_without_a_cap_not_even_an_agents_addresses_ring(url: str, fake: FakeVoipbin) -> None:
    body = {"provider_id": fake.provider.id, "source": {}, "destinations": [{"type": "agent", "target": "x"}]}
    with target(url, fake) as remote, pytest.raises(ProbeUnavailable, match="was not sent"):
        ProbeClient(remote).post("/providercalls", body)
    fake.assert_nothing_placed()


def test_requests_keep_their_distance(url: str, fake: FakeVoipbin) -> None:
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


def test_an_answer_that_does_not_come_is_no_verdict(url: str, fake: FakeVoipbin) -> None:
    fake.faults.add("drop", path="/customer", times=None)
    with target(url, fake) as remote:
        (found,) = [one for one in check(remote).verdicts if one.rule.id == "AC-CUST-01"]
    assert found.outcome == "not answerable"
    assert found.reason.startswith("GET /v1.0/customer: no answer: ")


def test_a_server_that_has_stopped_answering_is_left_alone(url: str, fake: FakeVoipbin) -> None:
    fake.faults.add("drop", path="/providers*", times=None)
    with target(url, fake) as remote:
        api, sent = ProbeClient(remote), len(fake.requests)
        for _ in range(5):
            with pytest.raises(ProbeUnavailable):
                api.get("/providers")
        with pytest.raises(ProbeUnavailable, match="has stopped answering"):
            api.get("/customer")
    assert len(fake.requests) == sent + 3


def test_a_repr_shows_no_token(url: str, fake: FakeVoipbin) -> None:
    with target(url, fake) as remote:
        assert fake.super_admin.token not in repr(remote) + repr(remote.credentials)
