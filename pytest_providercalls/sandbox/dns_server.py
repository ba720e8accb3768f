"""A DNS server for a namespace: it reveals every lookup, from programs in any language.

It answers NXDOMAIN, except for the hosts that it is given an address for.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_HEADER: Final = 12
_RESPONSE: Final = 0x80
_NXDOMAIN: Final = b"\x83"  # recursion available, NXDOMAIN
_NOERROR: Final = b"\x80"
_A: Final = b"\0\1"
_ANSWER: Final = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4"  # the name of the question, A, IN, not cached, 4 bytes
_MAX_QUERY: Final = 4096
_DEFAULT: Final = "127.0.0.1"


def configured_nameservers(resolv_conf: Path = Path("/etc/resolv.conf")) -> list[str]:
    """Return the IPv4 addresses of the DNS servers that programs on this machine use."""
    try:
        lines = resolv_conf.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    words = [line.split() for line in lines]
    return [word[1] for word in words if len(word) > 1 and word[0] == "nameserver" and ":" not in word[1]] or [_DEFAULT]


@contextmanager
def serve_dns(
    server: socket.socket, on_lookup: Callable[[str], None], addresses: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Answer every query on this socket inside the block.

    `addresses` are the IPv4 addresses of known hosts. Any other name gets NXDOMAIN, and is reported once.
    """
    arguments = (server, on_lookup, addresses or {})
    thread = threading.Thread(target=_answer_all, args=arguments, name="providercalls-dns", daemon=True)
    thread.start()
    try:
        yield
    finally:
        # An empty datagram to itself wakes the thread.
        server.sendto(b"", server.getsockname())
        thread.join()
        server.close()


def _answer_all(server: socket.socket, on_lookup: Callable[[str], None], addresses: Mapping[str, str]) -> None:
    # A lookup takes several queries: for IPv4, for IPv6, and retries.
    known = set()
    while True:
        query, sender = server.recvfrom(_MAX_QUERY)
        if not query:
            return
        name, end = _question(query)
        if end:
            address = addresses.get(name.lower())
            if address is None and name.lower() not in known:
                known.add(name.lower())
                on_lookup(name)
            server.sendto(_response(query, end, address), sender)


def _response(query: bytes, end: int, address: str | None) -> bytes:
    """Return the response to a query whose question ends at `end`. A known host has an IPv4 address only."""
    records = b""
    if address is not None and query[end - 4 : end - 2] == _A:
        records = _ANSWER + socket.inet_aton(address)
    flags = bytes([query[2] | _RESPONSE]) + (_NXDOMAIN if address is None else _NOERROR)
    counts = bytes([0, 1, 0, bool(records), 0, 0, 0, 0])
    return query[:2] + flags + counts + query[_HEADER:end] + records


def _question(query: bytes) -> tuple[str, int]:
    """Return the name in a query, and the end of its question section; 0 if it is malformed (RFC 1035, 4.1)."""
    labels, at = [], _HEADER
    while at < len(query) and 0 < query[at] < 64:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace"))
        at += 1 + query[at]
    end = at + 5
    return (".".join(labels), end) if labels and end <= len(query) else ("", 0)
