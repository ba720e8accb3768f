"""The host in what a client sends: to a proxy, or to a DNS server with packets of its own."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_LONGEST: Final = 2048
"""How many bytes of a message are examined: a request to a proxy begins with the host."""
_BUFFERS: Final = 8
# Patterns are compiled on first use: that keeps start-up fast.
_HTTP: Final = rb"(?:CONNECT |[A-Z]{3,10} [a-z]{2,5}://)([^\s/?#]+)"
_SOCKS4A: Final = rb"(?s)\x04[\x01\x02](..)\x00\x00\x00[^\x00][^\x00]*\x00([^\x00]+)\x00"
_SOCKS5: Final = rb"(?s)\x05[\x01-\x03]\x00\x03(.)"
# A query with the operation 0, one question and no answers; then the labels.
_DNS: Final = rb"(?s)..[\x00\x01].\x00\x01\x00\x00\x00\x00..[\x01-\x3f]"
_DNS_HEADER: Final = 12


class SentHost(NamedTuple):
    """A host that someone else is asked to resolve or to connect to."""

    host: str
    port: int | None


def host_in(*data: object) -> SentHost | None:
    """Return the host in a request to a proxy (HTTP, SOCKS) or in a DNS query (UDP, TCP); None in all other data.

    The data may be in several buffers.
    """
    start = b"".join(map(_start, data[:_BUFFERS]))
    if not start:
        return None
    return _in_proxy_request(start) or _in_query(start) or _in_query(start[2:])


def _start(data: object) -> bytes:
    try:
        view = memoryview(data)  # type: ignore[arg-type]
    except TypeError:
        return b""
    return bytes(view[:_LONGEST]) if view.ndim == 1 and view.itemsize == 1 else b""


def _in_proxy_request(start: bytes) -> SentHost | None:
    if found := re.match(_HTTP, start):
        return _authority(found[1].decode("ascii", "replace"))
    if found := re.match(_SOCKS5, start):
        end = found.end() + found[1][0]
        return SentHost(_name(start[found.end() : end]), int.from_bytes(start[end : end + 2], "big"))
    if found := re.match(_SOCKS4A, start):
        return SentHost(_name(found[2]), int.from_bytes(found[1], "big"))
    return None


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
