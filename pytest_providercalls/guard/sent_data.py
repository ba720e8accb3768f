"""The host in what a client sends: to a proxy, to a DNS server with packets of its own, or to the host itself."""

from __future__ import annotations

import re
import socket
from itertools import islice
from typing import Final, NamedTuple

_LONGEST: Final = 2048
"""How many bytes of a message are examined: a request to a proxy begins with the host."""
_BUFFERS: Final = 1024
"""As many as the operating system accepts."""
# Patterns are compiled on first use: that keeps start-up fast.
_METHOD: Final = rb"[\r\n]*[A-Z][A-Z-]{2,19}[ \t]+"
_PROXY: Final = rb"(?:[\r\n]*CONNECT[ \t]+|" + _METHOD + rb"(?i:[a-z]{2,5})://)([^\s/?#]+)"
# A port of 0 is rather the length of a message of a database.
_SOCKS4: Final = rb"(?s)\x04[\x01\x02](?!\x00\x00)(..)(....)[^\x00]*\x00(?:([^\x00]+)\x00)?"
# A greeting may come first. The second form is the header of a packet over UDP; with an address, HTTP/2 looks like it.
_SOCKS5: Final = (
    rb"(?s)(?:\x05(?:\x01.|\x02..|\x03...))?(?:\x05[\x01-\x03]\x00(?=[\x01\x03\x04])|\x00\x00\x00(?=\x03))(.)"
)
_ADDRESSES: Final = {1: (socket.AF_INET, 4), 4: (socket.AF_INET6, 16)}
# A query with the operation 0, one question and no answers; then the labels.
_DNS: Final = rb"(?s)..[\x00\x01].\x00\x01\x00\x00\x00\x00..[\x01-\x3f]"
_DNS_HEADER: Final = 12
_HTTP: Final = _METHOD + rb"[/*][^\r\n]*\r\n(?:[^\r\n]+\r\n)*?(?i:host):[ \t]*([^\s/]+)"
_SIP: Final = _METHOD + rb"(?i:sips?):(?:[^@\s]*@)?([^\s;?]+)"
_CLIENT_HELLO: Final = rb"(?s)\x16\x03...\x01"
_SESSION_ID: Final = 43
"""Where it is in a ClientHello: the first part of variable length."""


class SentHost(NamedTuple):
    """A host that someone else is asked to resolve or to connect to, or that the peer is expected to be."""

    host: str
    port: int | None
    is_peer: bool = False


def host_in(*data: object) -> SentHost | None:
    """Return the host that data names; None if it names none. The data may be in several buffers.

    It is named by a request to a proxy (HTTP, SOCKS) and by a DNS query (UDP, TCP). The host is the peer in a request
    to a server (HTTP, SIP), and in the first message of TLS.
    """
    start = b""
    for buffer in islice(data, _BUFFERS):
        start += _start(buffer)
        if len(start) >= _LONGEST:
            break
    if not start:
        return None
    return _in_proxy_request(start) or _in_query(start) or _in_query(start[2:]) or _peer(start)


def _start(data: object) -> bytes:
    try:
        view = memoryview(data)  # type: ignore[arg-type]
    except TypeError:
        return b""
    return bytes(view[:_LONGEST]) if view.ndim == 1 and view.itemsize == 1 else b""


def _in_proxy_request(start: bytes) -> SentHost | None:
    if found := re.match(_PROXY, start):
        return _authority(found[1].decode("ascii", "replace"))
    if found := re.match(_SOCKS5, start):
        return _in_socks5(start[found.end() :], kind=found[1][0])
    if found := re.match(_SOCKS4, start):
        port, address, name = found.groups()
        is_name = address[:3] == bytes(3) and name is not None
        return SentHost(_name(name) if is_name else socket.inet_ntoa(address), int.from_bytes(port, "big"))
    return None


def _in_socks5(destination: bytes, kind: int) -> SentHost | None:
    family, length = _ADDRESSES.get(kind, (None, destination[0] if destination else 0))
    if family is None:
        destination = destination[1:]
    address, port = destination[:length], int.from_bytes(destination[length : length + 2], "big")
    if family is None:
        return SentHost(_name(address), port)
    return SentHost(socket.inet_ntop(family, address), port) if len(address) == length else None


def _authority(text: str) -> SentHost:
    address = text.rpartition("@")[2]
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and len(port) <= 5:
        return SentHost(host, int(port))
    return SentHost(address.removesuffix(":"), None)


def _in_query(start: bytes) -> SentHost | None:
    if not re.match(_DNS, start):
        return None
    labels, at = [], _DNS_HEADER
    while 0 < (length := start[at] if at < len(start) else 0) < 64:
        labels.append(_name(start[at + 1 : at + 1 + length]))
        at += 1 + length
    return SentHost(".".join(labels), None)


def _name(data: bytes) -> str:
    return data.decode("ascii", "replace")


def _peer(start: bytes) -> SentHost | None:
    if found := re.match(_HTTP, start) or re.match(_SIP, start):
        return _authority(found[1].decode("ascii", "replace"))._replace(is_peer=True)
    name = _server_name(start) if re.match(_CLIENT_HELLO, start) else b""
    return SentHost(_name(name), None, is_peer=True) if name else None


def _server_name(hello: bytes) -> bytes:
    """Return the server name in a ClientHello (RFC 8446, RFC 6066); empty if there is none."""

    def number(at: int, size: int) -> int:
        return int.from_bytes(hello[at : at + size], "big")

    at = _SESSION_ID
    # The session id, cipher suites and compression methods, each after its length.
    for size in (1, 2, 1):
        at += size + number(at, size)
    at += 2
    while at < len(hello):
        kind, length = number(at, 2), number(at + 2, 2)
        at += 4
        if kind == 0:
            # After the length of a list, the kind of its only entry, and the length of that.
            return hello[at + 5 : at + length]
        at += length
    return b""
