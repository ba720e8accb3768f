"""What is sent to a proxy, a DNS server or another machine: the guard finds the host in it."""

from __future__ import annotations

import ssl
from array import array

import pytest

from pytest_providercalls.guard.sent_data import host_in

HOST = "api.guard.example"
NAME = b"\3api\5guard\7example\0"
QUERY = b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + NAME + b"\0\1\0\1"
REQUESTS = {
    "CONNECT": (b"CONNECT api.guard.example:443 HTTP/1.1\r\n\r\n", 443),
    "CONNECT-dot": (b"CONNECT api.guard.example.:443 HTTP/1.1\r\n\r\n", 443),
    "CONNECT-no-port": (b"CONNECT api.guard.example HTTP/1.1\r\n\r\n", None),
    "URL": (b"GET http://api.guard.example/v1.0?x=1 HTTP/1.1\r\n", None),
    "URL-port-user": (b"DELETE http://user:secret@api.guard.example:8080 HTTP/1.1\r\n", 8080),
    "URL-query": (b"POST https://api.guard.example?x=1 HTTP/1.1\r\n", None),
    "URL-ws": (b"GET ws://api.guard.example/events HTTP/1.1\r\n", None),
    "URL-upper-case": (b"GET HTTP://API.guard.example/ HTTP/1.1\r\n", None),
    "URL-long-method": (b"\r\nUPDATE-REDIRECT-REF \thttp://api.guard.example/ HTTP/1.1\r\n", None),
    "CONNECT-spaces": (b"CONNECT \tapi.guard.example:443 HTTP/1.1\r\n\r\n", 443),
    "SOCKS5-after-a-greeting": (b"\5\2\0\2\5\1\0\3\x11api.guard.example\1\xbb", 443),
    "SOCKS5-UDP": (b"\0\0\0\3\x11api.guard.example\1\xbbdata", 443),
    "SOCKS5": (b"\5\1\0\3\x11api.guard.example\1\xbb", 443),
    "SOCKS4a": (b"\4\1\1\xbb\0\0\0\1user\0api.guard.example\0", 443),
    "DNS-UDP": (QUERY, None),
    "DNS-TCP": (len(QUERY).to_bytes(2, "big") + QUERY, None),
    "DNS-EDNS": (QUERY.replace(b"\1\0\0\1\0\0\0\0\0\0", b"\1 \0\1\0\0\0\0\0\1", 1) + bytes(11), None),
}
ADDRESSES = {
    "SOCKS5": (b"\5\1\0\1\xc0\0\2\7\1\xbb", "192.0.2.7"),
    "SOCKS5-IPv6": (b"\5\1\0\4\x20\1\x0d\xb8" + bytes(11) + b"\1\1\xbb", "2001:db8::1"),
    "SOCKS4": (b"\4\1\1\xbb\xc0\0\2\7user\0", "192.0.2.7"),
    "SOCKS4-with-data": (b"\4\1\1\xbb\xc0\0\2\7user\0data\0", "192.0.2.7"),
}
PEERS = {
    "HTTP": (b"GET / HTTP/1.1\r\nHost: api.guard.example\r\n\r\n", None),
    "HTTP-port": (b"OPTIONS * HTTP/1.1\r\nAccept: */*\r\nhOST:api.guard.example:8080\r\n\r\n", 8080),
    "SIP": (b"INVITE sip:+12025550143@api.guard.example;transport=udp SIP/2.0\r\n", None),
    "SIP-port": (b"OPTIONS sips:api.guard.example:5061 SIP/2.0\r\n", 5061),
}
OTHERS = {
    "nothing": b"",
    "origin-form": b"GET /?next=http://api.guard.example/ HTTP/1.1\r\nX-Host: api.guard.example\r\n",
    "a-body-with-a-header": b"POST / HTTP/1.1\r\n\r\nHost: api.guard.example\r\n",
    "a-response": b"HTTP/1.1 302 Found\r\nHost: api.guard.example\r\nLocation: http://api.guard.example/\r\n",
    "a-body": b'{"url": "http://api.guard.example/"}',
    "lower-case": b"connect api.guard.example:443 HTTP/1.1\r\n\r\n",
    "a-DNS-response": QUERY.replace(b"\1\0\0\1", b"\x81\x80\0\1", 1),
    "a-DNS-response-with-answers": b"\x12\x34\1\0\0\1\0\1\0\0\0\0" + NAME,
    "SOCKS5-part-of-an-address": b"\5\1\0\1\xc0\0\2",
    "HTTP/2": b"\0\0\0\4\1\0\0\0\0" + b"\0\0\4\x08\0\0\0\0\0\0\0\xff\0",
    "MongoDB": b"\4\1\0\0\1\2\3\4\0\0\0\0\xdd\7\0\0",
    "SOCKS5-greeting": b"\5\1\0",
    "TLS": b"\x16\3\1\2\0\1\0\1\xfc\3\3",
}


@pytest.mark.parametrize(("data", "port"), REQUESTS.values(), ids=REQUESTS.keys())
def test_the_host_of_a_request(data: bytes, port: int | None) -> None:
    for form in (data, bytearray(data), memoryview(data), array("B", data)):
        found = host_in(form)
        assert found is not None
        assert (found.host.rstrip(".").lower(), found.port, found.is_peer) == (HOST, port, False)


@pytest.mark.parametrize(("data", "address"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_the_address_in_a_request(data: bytes, address: str) -> None:
    assert host_in(data) == (address, 443, False)


@pytest.mark.parametrize(("data", "port"), PEERS.values(), ids=PEERS.keys())
def test_the_host_that_the_peer_should_be(data: bytes, port: int | None) -> None:
    assert host_in(data) == (HOST, port, True)


def client_hello(host: str | None) -> bytes:
    outgoing = ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=host).do_handshake()
    return outgoing.read()


def test_the_host_in_the_first_message_of_tls() -> None:
    hello = client_hello(HOST)
    assert host_in(hello) == (HOST, None, True)
    assert host_in(client_hello(None)) is None
    for end in range(len(hello)):
        found = host_in(hello[:end])
        assert found is None or HOST.startswith(found.host)


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS.keys())
def test_other_data_has_no_host(data: bytes) -> None:
    assert host_in(data) is None


def test_a_request_in_several_buffers() -> None:
    found = host_in(b"CONN", bytearray(b"ECT api.guard.exa"), memoryview(b"mple:443 HTTP/1.1\r\n"))
    assert found == (HOST, 443, False)
    assert host_in(*[b""] * 20, *(bytes([code]) for code in REQUESTS["CONNECT"][0])) == found


@pytest.mark.parametrize("data", ["text", None, 7, array("I", [1, 2, 3])])
def test_what_is_no_data_has_no_host(data: object) -> None:
    assert host_in(data) is None


@pytest.mark.parametrize("end", range(len(QUERY)))
def test_every_beginning_of_a_query_can_be_read(end: int) -> None:
    found = host_in(QUERY[:end])
    assert found is None or HOST.startswith(found.host)


@pytest.mark.parametrize("start", [b"CONNECT ", b"GET http://", b"\4\1\0\0\0\0\0\1", QUERY[:12], b"\5\1\0\3\xff"])
def test_only_the_beginning_of_a_message_is_examined(start: bytes) -> None:
    """So the time does not depend on its length: `make bench` measures it."""
    for data in ([start + b"\1a" * 500_000], [start, *[b"\1a" * 1000] * 500]):
        found = host_in(*data)
        assert found is None or len(found.host) <= 4096
