"""Access control of a server on a known port, attacked like a page in a browser would."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.control.access import AccessPolicy
from pytest_providercalls.fake_server.control.api import ControlApi
from pytest_providercalls.fake_server.control.asgi_app import FakeApp, refusal_of
from pytest_providercalls.fake_server.transports.loopback_server import Listener, LoopbackServer

from .conftest import ControlHarness

LOCAL = "127.0.0.1:8080"
EVIL = "http://evil.example"


def status(policy: AccessPolicy, *headers: tuple[str, str], method: str = "GET", is_control: bool = False) -> int:
    """Return the status of the refusal, or 0 if the request is allowed."""
    refusal = refusal_of(policy, Request(method, "/x", headers), is_control=is_control)
    return 0 if refusal is None else refusal.status


FOREIGN_HOSTS = [
    *("voipbin.evil.example", "api.voipbin.net", "127.0.0.1.evil.example", "127.0.0.1.nip.io"),
    *("localhost.evil.example", "localhost.localdomain", "notlocalhost", "ip6-localhost"),
    *("", " ", "[", "a:b:c", "localhost.", "127.0.0.1.", "127.1", "2130706433", "0x7f000001", "fe80::1%eth0"),
    *("[::1]evil.example", "[::1", "::1]", "[fe80::1%25evil.example]", "evil.example@127.0.0.1", "127.0.0.1@evil"),
    *("127.0.0.1/evil", "127.0.0.1?x", "127.0.0.1#evil.example", "127.0.0.1:abc", "127.0.0.1:", "127.0.0.1:80:80"),
    *("127.0.0.1,evil.example", "127.0.0.1 evil.example", "127.0.0.1\t", "\u212aocalhost", "l\u00f6calhost"),
    *("\uff11.1.1.1", "[127.0.0.1]", "127.0.0.1:\u0661", "http://127.0.0.1"),
    # Addresses of other machines, and of all interfaces.
    *("192.0.2.7:80", "203.0.113.5", "10.0.0.1", "169.254.169.254", "0.0.0.0", "[::]", "[2001:db8::1]"),
    *("[::ffff:203.0.113.5]", "[fe80::1]"),
]
LOCAL_HOSTS = ["localhost", "LOCALHOST:1", "app.localhost:8080", "127.0.0.1", "127.9.9.9:80", "[::1]:80"]
LOCAL_HOSTS += ["[0:0:0:0:0:0:0:1]", "[::FFFF:7f00:1]:8080"]


@pytest.mark.parametrize("is_control", [False, True], ids=["api", "control"])
@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_host_that_is_not_here_is_refused(host: str, is_control: bool) -> None:
    refusal = refusal_of(AccessPolicy(), Request("GET", "/_fake/info", (("Host", host),)), is_control=is_control)
    assert refusal is not None
    assert (refusal.status, refusal.json()["error"]["reason"]) == (403, "FORBIDDEN_ORIGIN")
    assert refusal.header("Access-Control-Allow-Origin") is None


@given(st.from_regex(r"[a-z0-9.:\[\]@/-]{1,20}", fullmatch=True))
def test_no_other_spelling_is_accepted_as_an_address(host: str) -> None:
    plain = r"(127\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\]|([a-z0-9.-]*\.)?localhost)(:\d{1,5})?"
    assert status(AccessPolicy(), ("Host", host)) or re.fullmatch(plain, host)


@pytest.mark.parametrize("is_control", [False, True], ids=["api", "control"])
@pytest.mark.parametrize("host", LOCAL_HOSTS)
def test_a_loopback_address_or_localhost_is_allowed(host: str, is_control: bool) -> None:
    assert status(AccessPolicy(), ("Host", host), is_control=is_control) == 0


@pytest.mark.parametrize("hosts", [(), (LOCAL, "evil.example"), ("evil.example", LOCAL), (LOCAL, LOCAL)])
def test_exactly_one_host_is_required(hosts: tuple[str, ...]) -> None:
    assert status(AccessPolicy(), *(("host", host) for host in hosts)) == 403


def test_proxy_headers_are_ignored() -> None:
    forwarded = (("X-Forwarded-Host", LOCAL), ("Forwarded", f"host={LOCAL}"), ("X-Original-Host", LOCAL))
    assert status(AccessPolicy(), ("Host", "evil.example"), *forwarded) == 403


@pytest.mark.parametrize(
    ("allowed", "hosts"),
    [
        ("fake", ["fake", "FAKE:8080", "fake."]),
        ("My_Service.test", ["my_service.test:80"]),
        ("192.0.2.7", ["192.0.2.7:80", "[::ffff:192.0.2.7]"]),
        ("[2001:DB8:0::1]", ["[2001:db8::1]:8080"]),
        ("0.0.0.0", ["0.0.0.0:8080"]),
    ],
)
def test_an_allowed_host_is_served_in_every_spelling(allowed: str, hosts: list[str]) -> None:
    policy = AccessPolicy([allowed])
    for host in hosts:
        assert status(policy, ("Host", host)) == status(policy, ("Host", host), is_control=True) == 0
        assert status(AccessPolicy(), ("Host", host)) == 403
    for other in ("other", "fake.evil.example", "192.0.2.70", "evil.example"):
        assert status(policy, ("Host", other)) == 403


@pytest.mark.parametrize(
    "host", ["", "*", "fake:8080", "http://fake", "a b", "fake/", "f\u00e4ke", "fake\n", ".", "[", "*.x"]
)
def test_an_invalid_host_cannot_be_allowed(host: str) -> None:
    with pytest.raises(ValueError, match="invalid host .*; expected a name or an address without a port"):
        AccessPolicy([host])


FOREIGN_ORIGINS = [
    *(EVIL, "null", "", "*", "http://127.0.0.1:9", "https://127.0.0.1:8080.evil.example", "chrome-extension://x"),
    *("http://localhost:5173", "http://localhost:8080", "http://app.localhost", "http://[::1]:8080"),
    *("http://203.0.113.5", "http://203.0.113.5:8080", "http://192.168.0.1:8080", "http://127.0.0.1"),
    *(f"http://{LOCAL}@evil.example", f"http://evil.example@{LOCAL}", f"{EVIL}/{LOCAL}", f"//{LOCAL}"),
    *(f"ftp://{LOCAL}", "http://[", f"http://{LOCAL}, {EVIL}", "http://\xff", f"http://{LOCAL}/", f"http://{LOCAL}."),
]


@pytest.mark.parametrize("site", [None, "cross-site", "same-site", "same-origin", "none"])
@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_page_of_another_origin_is_refused(origin: str, site: str | None) -> None:
    headers = (("Host", LOCAL), ("Origin", origin), *((("Sec-Fetch-Site", site),) if site else ()))
    for method in ("GET", "POST", "OPTIONS"):
        assert status(AccessPolicy(), *headers, method=method) == 403
        assert status(AccessPolicy(origins=["*", "http://a.test"]), *headers, method=method, is_control=True) == 403
        assert status(AccessPolicy(origins=["http://a.test"]), *headers, method=method) == 403
        assert status(AccessPolicy(origins=["*"]), *headers, method=method) == 0


def test_at_most_one_origin_is_allowed() -> None:
    own = ("Origin", f"http://{LOCAL}")
    assert status(AccessPolicy(), ("Host", LOCAL), own, ("Origin", EVIL)) == 403
    assert status(AccessPolicy(origins=[EVIL]), ("Host", LOCAL), ("Origin", EVIL), own) == 403


@pytest.mark.parametrize("is_control", [False, True], ids=["api", "control"])
def test_pages_of_the_server_itself_and_programs_are_allowed(is_control: bool) -> None:
    same = (("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors"))
    for scheme in ("http", "https"):
        own = ("Origin", f"{scheme}://{LOCAL}")
        assert status(AccessPolicy(), ("Host", LOCAL), own, *same, method="POST", is_control=is_control) == 0
    assert status(AccessPolicy(), ("Host", LOCAL), ("Sec-Fetch-Site", "none"), is_control=is_control) == 0
    assert status(AccessPolicy(), ("Host", LOCAL), method="POST", is_control=is_control) == 0


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("mode", ["no-cors", "cors", "same-origin", "websocket", "navigate"])
def test_embedding_is_refused_but_links_to_the_inspector_may_be_followed(mode: str, site: str) -> None:
    headers = (("Host", LOCAL), ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode))
    assert status(AccessPolicy(), *headers) == 403
    assert status(AccessPolicy(), *headers, is_control=True) == (0 if mode == "navigate" else 403)
    assert status(AccessPolicy(), *headers, method="POST", is_control=True) == 403


@pytest.mark.parametrize(
    ("allowed", "origin"),
    [
        ("http://localhost:5173", "http://localhost:5173"),
        ("http://localhost:5173/", "http://localhost:5173"),
        ("HTTPS://App.Example:443", "https://app.example"),
        ("http://[::1]:80", "http://[::1]"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
    ],
)
def test_an_allowed_origin_is_compared_as_browsers_write_it(allowed: str, origin: str) -> None:
    policy = AccessPolicy(origins=[allowed])
    headers = (("Host", LOCAL), ("Origin", origin), ("Sec-Fetch-Site", "cross-site"))
    assert status(policy, *headers, method="POST") == status(policy, *headers, method="OPTIONS") == 0
    assert status(policy, *headers, method="POST", is_control=True) == 403
    assert status(policy, ("Host", "rebound.example"), *headers[1:]) == 403
    for other in (f"{origin}1", f"{origin}.evil.example", origin.replace("t", "T", 1), "null"):
        assert status(policy, ("Host", LOCAL), ("Origin", other)) == 403


@pytest.mark.parametrize(
    "origin",
    ["", "null", "localhost:5173", "http://", "http://a.test/path", "http://a@b", "http://*.test", "http://\xe4"],
)
def test_an_invalid_origin_cannot_be_allowed(origin: str) -> None:
    with pytest.raises(ValueError, match="invalid origin .*; expected one such as http://localhost:5173, or \\*"):
        AccessPolicy(origins=[origin])


def test_a_refusal_says_what_to_do() -> None:
    def message(*headers: tuple[str, str], is_control: bool = False) -> str:
        refusal = refusal_of(AccessPolicy(), Request("GET", "/x", headers), is_control=is_control)
        assert refusal is not None
        return str(refusal.json()["error"]["message"])

    assert message(("Host", "fake:8080")) == (
        "this fake does not serve the host 'fake:8080'; use 127.0.0.1 or localhost; to allow this name, pass"
        " --allow-host fake to the command, or call voipbin_server.allow_host('fake') in a test"
    )
    assert "--allow-host 2001:db8::1 " in message(("Host", "[2001:db8::1]:80"))
    assert "--allow-host" not in message(("Host", "a b"))
    assert "--allow-origin http://localhost:5173 " in message(("Host", LOCAL), ("Origin", "http://localhost:5173"))
    assert "--allow-origin ORIGIN " in message(("Host", LOCAL), ("Origin", "null"))
    assert "--allow-origin" not in message(("Host", LOCAL), ("Origin", EVIL), is_control=True)


# the same on a socket


@pytest.fixture
def listener(server: LoopbackServer, served: FakeVoipbin, access: AccessPolicy) -> Iterator[Listener]:
    listener = server.serve(FakeApp(served, lambda: ControlApi(served), access))
    yield listener
    listener.close()


@pytest.fixture
def access() -> AccessPolicy:
    return AccessPolicy()


@pytest.fixture
def served() -> FakeVoipbin:
    return FakeVoipbin()


def exchange(listener: Listener, head: str) -> str:
    """Send a raw request without a body, and return the status line and the headers of the response."""
    with closing(socket.create_connection((listener.host, listener.port), 20)) as connection:
        connection.sendall(head.encode("latin-1") + b"\r\n\r\n")
        received = b""
        while b"\r\n\r\n" not in received and (part := connection.recv(65536)):
            received += part
    return received.decode("latin-1").lower()


@pytest.mark.parametrize("path", ["/ping", "/_fake/info", "/_fake/stream", "/%5ffake/info", "/_fake/ui", "/nothing"])
@pytest.mark.parametrize(
    "head",
    [
        "GET {} HTTP/1.1\r\nHost: rebound.evil.example:8080",
        "GET http://127.0.0.1{} HTTP/1.1\r\nHost: rebound.evil.example:8080",
        "GET {} HTTP/1.0",
        "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://203.0.113.5",
        "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: null\r\nSec-Fetch-Site: cross-site",
        "GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket"
        "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "OPTIONS {} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST"
        "\r\nAccess-Control-Request-Private-Network: true",
    ],
    ids=["rebound", "absolute", "http10", "address", "null", "websocket", "private"],
)
def test_no_page_reaches_any_path(listener: Listener, served: FakeVoipbin, head: str, path: str) -> None:
    response = exchange(listener, head.format(path))
    assert response.startswith("http/1.1 403 ")
    assert "access-control" not in response
    assert served.requests == []


def test_a_refused_page_places_no_call_and_a_large_body_is_not_awaited(listener: Listener, served: FakeVoipbin) -> None:
    head = (
        "POST /v1.0/providercalls HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\nContent-Length: 1000000"
    )
    assert exchange(listener, head).startswith("http/1.1 403 ")
    assert served.requests == []


@pytest.mark.parametrize("access", [AccessPolicy(["fake"], ["http://localhost:5173"])], ids=["allowed"])
def test_only_an_allowed_origin_receives_the_cors_headers_of_production(listener: Listener) -> None:
    headers = {"Origin": "http://localhost:5173", "Host": "fake:8080", "Sec-Fetch-Site": "cross-site"}
    preflight = httpx.options(f"{listener.url}/v1.0/calls", headers=headers)
    assert (preflight.status_code, preflight.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert httpx.get(f"{listener.url}/ping", headers=headers).headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in httpx.get(f"{listener.url}/ping", headers={"Host": "fake"}).headers
    assert httpx.get(f"{listener.url}/_fake/info", headers=headers).status_code == 403
    refused = httpx.get(f"{listener.url}/ping", headers={"Origin": "http://localhost:5174"})
    assert (refused.status_code, "Access-Control-Allow-Origin" in refused.headers) == (403, False)


# the control API


def test_no_response_of_the_control_api_is_for_other_origins(harness: ControlHarness) -> None:
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
