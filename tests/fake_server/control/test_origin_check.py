"""Access control of the control API and of a server on a known port, attacked like a page in a browser would."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.http import Headers, Request, Response
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.origin_check import LocalOriginsOnly

from .conftest import ControlHarness

LOCAL = "127.0.0.1:8080"
EVIL = "http://evil.example"

FOREIGN_HOSTS = [
    *(
        "voipbin.evil.example",
        "api.voipbin.net",
        "127.0.0.1.evil.example",
        "127.0.0.1.nip.io",
        "localhost.evil.example",
    ),
    *("", " ", "[", "a:b:c", "localhost.", "127.0.0.1.", "127.1", "2130706433", "0x7f000001", "fe80::1%eth0"),
    *("[::1]evil.example", "[::1", "::1]", "[fe80::1%25evil.example]", "evil.example@127.0.0.1", "127.0.0.1@evil"),
    *("127.0.0.1/evil", "127.0.0.1?x", "127.0.0.1#evil.example", "127.0.0.1:abc", "127.0.0.1:", "127.0.0.1:80:80"),
    *(
        "127.0.0.1,evil.example",
        "127.0.0.1 evil.example",
        "127.0.0.1\t",
        "\u212aocalhost",
        "l\u00f6calhost",
        "\uff11.1.1.1",
    ),
]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_rebound_host_name_is_blocked(harness: ControlHarness, host: str) -> None:
    response = harness.send("GET", "/info", Host=host)
    assert (response.status, response.json()["error"]["reason"]) == (403, "FORBIDDEN_ORIGIN")
    assert harness.fake.super_admin.token.encode() not in response.body


@given(st.from_regex(r"[a-z0-9.:\[\]@/-]{1,20}", fullmatch=True))
def test_no_other_spelling_is_accepted_as_an_address(host: str) -> None:
    allowed = ControlHarness().send("GET", "/clock", Host=host).status == 200
    plain = r"(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\]|([a-z0-9.-]*\.)?localhost)(:\d{1,5})?"
    assert not allowed or re.fullmatch(plain, host)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "app.localhost:8080", "127.0.0.1", "[::1]:80", "192.0.2.7:80"]
)
def test_an_address_or_localhost_is_allowed(harness: ControlHarness, host: str) -> None:
    assert harness.send("GET", "/info", Host=host).status == 200


@pytest.mark.parametrize("hosts", [(), (LOCAL, "evil.example"), ("evil.example", LOCAL), (LOCAL, LOCAL)])
def test_exactly_one_host_is_allowed(harness: ControlHarness, hosts: tuple[str, ...]) -> None:
    headers = tuple(("host", host) for host in hosts)
    assert send_raw(harness, "GET", "/info", headers).status == 403


def test_proxy_headers_are_ignored(harness: ControlHarness) -> None:
    forwarded = {"X-Forwarded-Host": LOCAL, "Forwarded": f"host={LOCAL}", "X-Original-Host": LOCAL}
    assert harness.send("GET", "/info", Host="evil.example", **forwarded).status == 403


FOREIGN_ORIGINS = [
    *(EVIL, "null", "", "*", "http://127.0.0.1:9", "https://127.0.0.1:8080.evil.example", "chrome-extension://x"),
    *(
        f"http://{LOCAL}@evil.example",
        f"http://evil.example@{LOCAL}",
        f"{EVIL}/{LOCAL}",
        f"//{LOCAL}",
        f"ftp://{LOCAL}",
    ),
    *("http://[", f"http://{LOCAL}, {EVIL}", "http://\xff", f"http://{LOCAL}/"),
]


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_cross_origin_page_is_blocked(harness: ControlHarness, origin: str) -> None:
    harness.place()
    simple = {"Content-Type": "text/plain", "Origin": origin}
    assert harness.send("POST", "/reset", b"{}", **simple).status == 403
    assert harness.send("OPTIONS", "/reset", **{"Access-Control-Request-Method": "POST"}, **simple).status == 403
    assert len(harness.fake.calls) == 1


def test_at_most_one_origin_is_allowed(harness: ControlHarness) -> None:
    headers = (("Host", LOCAL), ("Origin", f"http://{LOCAL}"), ("Origin", EVIL))
    assert send_raw(harness, "POST", "/reset", headers).status == 403


def test_the_inspector_itself_is_allowed(harness: ControlHarness) -> None:
    same = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
    for scheme in ("http", "https"):
        assert harness.send("POST", "/reset", Origin=f"{scheme}://{LOCAL}", **same).status == 200


def test_cross_origin_embedding_is_blocked_but_links_may_be_followed(harness: ControlHarness) -> None:
    site = {"Sec-Fetch-Site": "cross-site"}
    for mode in ("no-cors", "cors", "same-origin", "websocket"):
        assert harness.send("GET", "/info", **site, **{"Sec-Fetch-Mode": mode}).status == 403
    assert harness.send("GET", "/ui", **site, **{"Sec-Fetch-Mode": "navigate"}).status == 200
    info = harness.send("GET", "/info")
    assert info.header("Cross-Origin-Resource-Policy") == "same-origin"
    assert info.header("Access-Control-Allow-Origin") is None


def test_get_and_head_change_nothing(harness: ControlHarness) -> None:
    harness.place()
    before = harness.fake.snapshot().clock, len(harness.fake.requests), len(harness.fake.calls)
    for path in ("/reset", "/clock/advance", "/snapshots/1/restore", "/faults", "/seed", "/calls/x/hangup"):
        harness.send("GET", path)
        harness.send("HEAD", path)
    assert before == (harness.fake.snapshot().clock, len(harness.fake.requests), len(harness.fake.calls))


# the fake itself, on a port that a page can guess, with credentials that it can know


@pytest.mark.parametrize(
    "headers",
    [
        (("Host", LOCAL), ("Origin", EVIL), ("Sec-Fetch-Site", "cross-site")),
        (("Host", LOCAL), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")),
        (("Host", LOCAL), ("Origin", "http://["), ("Sec-Fetch-Site", "cross-site")),
        (("Host", LOCAL), ("Sec-Fetch-Site", "cross-site")),
        (("Host", "rebound.evil.example:8080"), ("Origin", "http://rebound.evil.example:8080")),
    ],
    ids=["page", "sandbox", "odd", "embedded", "rebound"],
)
def test_a_cross_origin_page_cannot_place_calls_or_send_webhooks(headers: Headers) -> None:
    fake = FakeVoipbin()
    response = local_only(fake, "PUT", "/v1.0/customer", headers)
    assert (response.status, response.json()["error"]["reason"], fake.requests) == (403, "FORBIDDEN_ORIGIN", [])
    assert local_only(fake, "OPTIONS", "/v1.0/customer", headers).header("Access-Control-Allow-Origin") is None


@pytest.mark.parametrize(
    "headers",
    [
        (("Host", LOCAL),),
        (("Host", "api.voipbin.net"),),
        (("Host", "fake:8080"),),
        (("Host", LOCAL), ("Origin", "http://localhost:5173"), ("Sec-Fetch-Site", "cross-site")),
        (("Host", LOCAL), ("Origin", "http://127.0.0.1:5173"), ("Sec-Fetch-Site", "same-site")),
        (("Host", LOCAL), ("Origin", "https://app.example")),
    ],
    ids=["program", "tls", "container", "frontend", "neighbour", "probe"],
)
def test_local_programs_and_pages_are_allowed(headers: Headers) -> None:
    assert local_only(FakeVoipbin(), "GET", "/ping", headers).status == 200


def send_raw(harness: ControlHarness, method: str, path: str, headers: Headers) -> Response:
    return harness.control.respond(Request(method, f"/_fake{path}", headers)).response or Response(0)


def local_only(fake: FakeVoipbin, method: str, target: str, headers: Headers) -> Response:
    return LocalOriginsOnly(fake).respond(Request(method, target, headers)).response or Response(0)
