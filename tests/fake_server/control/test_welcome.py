"""Who is let in at the control API and at a server on a known port: attacked as a page in a browser would."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.http import Headers, Request, Response
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.origin_check import LocalOriginsOnly

from .conftest import Asked

HERE = "127.0.0.1:8080"
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
def test_a_name_that_was_made_to_lead_here_is_turned_away(asked: Asked, host: str) -> None:
    answer = asked.answer("GET", "/world", Host=host)
    assert (answer.status, answer.json()["error"]["reason"]) == (403, "UNWELCOME")
    assert asked.fake.super_admin.token.encode() not in answer.body


@given(st.from_regex(r"[a-z0-9.:\[\]@/-]{1,20}", fullmatch=True))
def test_no_other_spelling_is_taken_for_an_address(host: str) -> None:
    let_in = Asked().answer("GET", "/clock", Host=host).status == 200
    plain = r"(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\]|([a-z0-9.-]*\.)?localhost)(:\d{1,5})?"
    assert not let_in or re.fullmatch(plain, host)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "app.localhost:8080", "127.0.0.1", "[::1]:80", "192.0.2.7:80"]
)
def test_an_address_or_localhost_is_let_in(asked: Asked, host: str) -> None:
    assert asked.answer("GET", "/world", Host=host).status == 200


@pytest.mark.parametrize("hosts", [(), (HERE, "evil.example"), ("evil.example", HERE), (HERE, HERE)])
def test_there_is_one_host(asked: Asked, hosts: tuple[str, ...]) -> None:
    headers = tuple(("host", host) for host in hosts)
    assert delivered(asked, "GET", "/world", headers).status == 403


def test_what_a_proxy_says_counts_for_nothing(asked: Asked) -> None:
    forwarded = {"X-Forwarded-Host": HERE, "Forwarded": f"host={HERE}", "X-Original-Host": HERE}
    assert asked.answer("GET", "/world", Host="evil.example", **forwarded).status == 403


FOREIGN_ORIGINS = [
    *(EVIL, "null", "", "*", "http://127.0.0.1:9", "https://127.0.0.1:8080.evil.example", "chrome-extension://x"),
    *(f"http://{HERE}@evil.example", f"http://evil.example@{HERE}", f"{EVIL}/{HERE}", f"//{HERE}", f"ftp://{HERE}"),
    *("http://[", f"http://{HERE}, {EVIL}", "http://\xff", f"http://{HERE}/"),
]


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_page_from_elsewhere_is_turned_away(asked: Asked, origin: str) -> None:
    asked.place()
    simple = {"Content-Type": "text/plain", "Origin": origin}
    assert asked.answer("POST", "/reset", b"{}", **simple).status == 403
    assert asked.answer("OPTIONS", "/reset", **{"Access-Control-Request-Method": "POST"}, **simple).status == 403
    assert len(asked.fake.calls) == 1


def test_there_is_one_origin(asked: Asked) -> None:
    headers = (("Host", HERE), ("Origin", f"http://{HERE}"), ("Origin", EVIL))
    assert delivered(asked, "POST", "/reset", headers).status == 403


def test_the_inspector_itself_is_let_in(asked: Asked) -> None:
    same = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
    for scheme in ("http", "https"):
        assert asked.answer("POST", "/reset", Origin=f"{scheme}://{HERE}", **same).status == 200


def test_what_a_page_from_elsewhere_embeds_is_turned_away_and_a_link_may_be_followed(asked: Asked) -> None:
    site = {"Sec-Fetch-Site": "cross-site"}
    for mode in ("no-cors", "cors", "same-origin", "websocket"):
        assert asked.answer("GET", "/world", **site, **{"Sec-Fetch-Mode": mode}).status == 403
    assert asked.answer("GET", "/ui", **site, **{"Sec-Fetch-Mode": "navigate"}).status == 200
    shown = asked.answer("GET", "/world")
    assert shown.header("Cross-Origin-Resource-Policy") == "same-origin"
    assert shown.header("Access-Control-Allow-Origin") is None


def test_looking_changes_nothing(asked: Asked) -> None:
    asked.place()
    before = asked.fake.snapshot().clock, len(asked.fake.requests), len(asked.fake.calls)
    for path in ("/reset", "/clock/advance", "/snapshots/1/restore", "/faults", "/seed", "/calls/x/hangup"):
        asked.answer("GET", path)
        asked.answer("HEAD", path)
    assert before == (asked.fake.snapshot().clock, len(asked.fake.requests), len(asked.fake.calls))


# the fake itself, on a port that a page may guess, with credentials that it can know


@pytest.mark.parametrize(
    "headers",
    [
        (("Host", HERE), ("Origin", EVIL), ("Sec-Fetch-Site", "cross-site")),
        (("Host", HERE), ("Origin", "null"), ("Sec-Fetch-Site", "cross-site")),
        (("Host", HERE), ("Origin", "http://["), ("Sec-Fetch-Site", "cross-site")),
        (("Host", HERE), ("Sec-Fetch-Site", "cross-site")),
        (("Host", "rebound.evil.example:8080"), ("Origin", "http://rebound.evil.example:8080")),
    ],
    ids=["page", "sandbox", "odd", "embedded", "rebound"],
)
def test_a_foreign_page_places_no_call_and_sends_no_webhook(headers: Headers) -> None:
    fake = FakeVoipbin()
    answer = at_home(fake, "PUT", "/v1.0/customer", headers)
    assert (answer.status, answer.json()["error"]["reason"], fake.requests) == (403, "UNWELCOME", [])
    assert at_home(fake, "OPTIONS", "/v1.0/customer", headers).header("Access-Control-Allow-Origin") is None


@pytest.mark.parametrize(
    "headers",
    [
        (("Host", HERE),),
        (("Host", "api.voipbin.net"),),
        (("Host", "fake:8080"),),
        (("Host", HERE), ("Origin", "http://localhost:5173"), ("Sec-Fetch-Site", "cross-site")),
        (("Host", HERE), ("Origin", "http://127.0.0.1:5173"), ("Sec-Fetch-Site", "same-site")),
        (("Host", HERE), ("Origin", "https://app.example")),
    ],
    ids=["program", "tls", "container", "frontend", "neighbour", "probe"],
)
def test_programs_and_pages_of_this_machine_are_answered(headers: Headers) -> None:
    assert at_home(FakeVoipbin(), "GET", "/ping", headers).status == 200


def delivered(asked: Asked, method: str, path: str, headers: Headers) -> Response:
    return asked.control.respond(Request(method, f"/_fake{path}", headers)).response or Response(0)


def at_home(fake: FakeVoipbin, method: str, target: str, headers: Headers) -> Response:
    return LocalOriginsOnly(fake).respond(Request(method, target, headers)).response or Response(0)
