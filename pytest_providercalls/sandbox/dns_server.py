"""A DNS server that answers NXDOMAIN: in a namespace it reveals every lookup, from programs in any language."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_HEADER: Final = 12
_RESPONSE: Final = 0x80
_NXDOMAIN: Final = b"\x83"  # recursion available, NXDOMAIN
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
def serve_nxdomain(server: socket.socket, on_lookup: Callable[[str], None]) -> Iterator[None]:
    """Answer every query on this socket with NXDOMAIN inside the block, and report each name once."""
    thread = threading.Thread(target=_answer, args=(server, on_lookup), name="providercalls-dns", daemon=True)
    thread.start()
    try:
        yield
    finally:
        # An empty datagram to itself wakes the thread.
        server.sendto(b"", server.getsockname())
        thread.join()
        server.close()


def _answer(server: socket.socket, on_lookup: Callable[[str], None]) -> None:
    # A lookup takes several queries: for IPv4, for IPv6, and retries.
    known = set()
    while True:
        query, sender = server.recvfrom(_MAX_QUERY)
        if not query:
            return
        name, end = _question(query)
        if end:
            if name.lower() not in known:
                known.add(name.lower())
                on_lookup(name)
            counts = b"\0\1\0\0\0\0\0\0"
            flags = bytes([query[2] | _RESPONSE]) + _NXDOMAIN
            server.sendto(query[:2] + flags + counts + query[_HEADER:end], sender)


def _question(query: bytes) -> tuple[str, int]:
    """Return the name in a query, and the end of its question section; 0 if it is malformed (RFC 1035, 4.1)."""
    labels, at = [], _HEADER
    while at < len(query) and 0 < query[at] < 64:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace"))
        at += 1 + query[at]
    end = at + 5
    return (".".join(labels), end) if labels and end <= len(query) else ("", 0)
