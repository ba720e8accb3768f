"""Host names: every spelling of a name and of an IP address is the same host, whatever its length."""

from __future__ import annotations

import pytest

from pytest_providercalls.guard.attempt import GuardedHostError
from pytest_providercalls.guard.guard import Guard, check
from pytest_providercalls.guard.host_names import is_ip_address, may_cover_addresses, normalize, port_number

IPV4 = """
    192.0.2.7 192.0.2.7. 0300.0.2.7 0300.0000.0002.0007 0xc0.0.2.7 0xC0.0x0.0x2.0x7 192.0.519 192.519 3221225991
    0xc0000207 0xC0000207 030000001007 ::ffff:192.0.2.7 ::FFFF:192.0.2.7 ::ffff:c000:207 0:0:0:0:0:ffff:c000:0207
    0000:0000:0000:0000:0000:ffff:192.0.2.7 ::ffff:0:192.0.2.7 ::192.0.2.7 64:ff9b::192.0.2.7 64:ff9b::c000:207
    2002:c000:207::1 [::ffff:192.0.2.7] ::ffff:192.0.2.7%eth0 user:secret@192.0.2.7 \uff11\uff19\uff12.0.2.7
    64:ff9b:1::192.0.2.7 fe80::5efe:192.0.2.7 2001:db8::200:5efe:192.0.2.7 192\u30020\u30022\u30027
"""
IPV6 = """
    2001:db8::7 2001:DB8::7 2001:db8:0::7 2001:0db8:0000:0000:0000:0000:0000:0007 2001:db8:0:0:0:0:0.0.0.7
    [2001:db8::7] 2001:db8::7%eth0 2001:db8::7%25eth0
"""
NAMES = [
    "api.voipbin.net",
    "API.VOIPBIN.NET..",
    " api.voipbin.net\n",
    "api.voipbin.net\0y",
    "api.voipbin.net\0.example.net",
    "user:secret@api.voipbin.net",
    "\uff41pi\u3002voipbin\uff0enet",
    "api.voip\u00adbin.net",  # a soft hyphen, which the encoding removes
]
LONG = {
    "label": "a",
    "labels": "a.",
    "digits": "1",
    "numbers": "1.",
    "colons": ":",
    "at-signs": "@",
    "not-ascii": "\u00e9",
    "not-ascii-labels": "\u00e9.",
    "typos": "api.voipbin.",
    "spaces": " ",
}


@pytest.mark.parametrize("host", IPV4.split())
def test_every_spelling_of_an_ipv4_address_is_the_same_host(host: str) -> None:
    assert Guard(["192.0.2.7"]).guards(host)
    assert Guard([host]).guards("192.0.2.7")
    assert not Guard(["192.0.2.8", "*.voipbin.net"]).guards(host)


@pytest.mark.parametrize("host", IPV6.split())
def test_every_spelling_of_an_ipv6_address_is_the_same_host(host: str) -> None:
    assert Guard(["2001:db8::7"]).guards(host)
    assert Guard([host]).guards("2001:db8::7")
    assert not Guard(["2001:db8::8"]).guards(host)


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433", "::ffff:7f00:1", "0", "0:0:0:0:0:0:0:1"])
def test_no_spelling_of_loopback_is_guarded(host: str) -> None:
    assert not Guard(["*"]).guards(host)


@pytest.mark.parametrize("host", NAMES)
def test_every_spelling_of_a_name_is_the_same_host(host: str) -> None:
    assert normalize(host) == "api.voipbin.net"


@pytest.mark.parametrize("host", ["example.net\0.voipbin.net", "1.2.3.4.5", "10.0.0", "host7", "[ab].example", "::g"])
def test_other_hosts_are_not_changed_into_guarded_ones(host: str) -> None:
    assert not Guard(["*.voipbin.net", "192.0.2.7", "2001:db8::7"]).guards(host)


def test_a_glob_covers_addresses_in_their_usual_spelling() -> None:
    assert Guard(["192.0.2.*"]).guards("0xc0000207")
    assert Guard(["2001:db8::*"]).guards("2001:0DB8:0::0007")


@pytest.mark.parametrize(
    ("host", "covers"), [("*", True), ("192.0.2.*", True), ("[!g-z]*.2.7", True), ("*.voipbin.net", False)]
)
def test_which_globs_may_cover_an_address(host: str, covers: bool) -> None:
    assert may_cover_addresses(host) == covers


@pytest.mark.parametrize("host", ["", "localhost", "voipbin.net", "1.2.3.4.5", "face.example"])
def test_a_name_is_no_address(host: str) -> None:
    assert not is_ip_address(host)


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_only_the_end_of_a_long_name_is_examined(text: str) -> None:
    """So the time does not depend on its length: `make bench` measures it."""
    name = text * (1_000_000 // len(text))
    assert len(normalize(name)) < 5000
    assert Guard().guards(name + ".voipbin.net")


@pytest.mark.parametrize(("port", "number"), [("443", 443), (b"443", 443), ("https", None), ("9" * 1_000_000, None)])
def test_a_port_is_a_short_number(port: object, number: int | None) -> None:
    assert port_number(port) == number


def test_a_long_port_does_not_let_an_attempt_pass() -> None:
    guard = Guard()
    guard.install()
    try:
        # Python refuses to convert such a number.
        with pytest.raises(GuardedHostError):
            check("socket.getaddrinfo", ("api.voipbin.net", "9" * 10_000))
    finally:
        guard.remove()
    assert [attempt.target for attempt in guard.attempts] == ["api.voipbin.net"]
