"""A name server that knows nobody: in a namespace it names each host that is looked up, in whatever language."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_HEADER: Final = 12
_ANSWER: Final = 0x80
_NO_SUCH_NAME: Final = b"\x83"  # recursion available, NXDOMAIN
_LONGEST: Final = 4096
_DEFAULT: Final = "127.0.0.1"


def configured_nameservers(resolv_conf: Path = Path("/etc/resolv.conf")) -> list[str]:
    """The IPv4 addresses at which this machine's programs ask for names."""
    try:
        lines = resolv_conf.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    words = [line.split() for line in lines]
    return [word[1] for word in words if len(word) > 1 and word[0] == "nameserver" and ":" not in word[1]] or [_DEFAULT]


@contextmanager
def serve_nxdomain(asked: socket.socket, saw: Callable[[str], None]) -> Iterator[None]:
    """Answer whoever asks at this socket that there is no such name, and say once which names were asked for."""
    thread = threading.Thread(target=_answer, args=(asked, saw), name="providercalls-names", daemon=True)
    thread.start()
    try:
        yield
    finally:
        # An empty datagram to itself wakes the thread.
        asked.sendto(b"", asked.getsockname())
        thread.join()
        asked.close()


def _answer(asked: socket.socket, saw: Callable[[str], None]) -> None:
    # Every look-up is several queries: for IPv4 and for IPv6, and once more for each who doubts.
    known = set()
    while True:
        query, sender = asked.recvfrom(_LONGEST)
        if not query:
            return
        name, end = _question(query)
        if end:
            if name.lower() not in known:
                known.add(name.lower())
                saw(name)
            counts = b"\0\1\0\0\0\0\0\0"
            flags = bytes([query[2] | _ANSWER]) + _NO_SUCH_NAME
            asked.sendto(query[:2] + flags + counts + query[_HEADER:end], sender)


def _question(query: bytes) -> tuple[str, int]:
    """The name that is asked for, and where the question ends; 0 when this is no question (RFC 1035, 4.1)."""
    labels, at = [], _HEADER
    while at < len(query) and 0 < query[at] < 64:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace"))
        at += 1 + query[at]
    end = at + 5
    return (".".join(labels), end) if labels and end <= len(query) else ("", 0)
