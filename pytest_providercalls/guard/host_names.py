"""Host names and IP addresses: one spelling for each, and the names that a list of hosts covers."""

from __future__ import annotations

import fnmatch
import re
import socket
from collections.abc import Callable
from typing import Final

# Patterns are compiled on first use: that keeps start-up fast.
_LOOPBACK: Final = r"|localhost|127\.\d+\.\d+\.\d+|::1|::|0\.0\.0\.0"
_LONGEST: Final = 1000
"""More characters than a host name can have, in any encoding."""
_IPV4_IN_IPV6: Final = (
    (bytes(10) + b"\xff\xff", 12),  # ::ffff:192.0.2.1, mapped
    (bytes(8) + b"\xff\xff\0\0", 12),  # ::ffff:0:192.0.2.1, translated
    (b"\0\x64\xff\x9b" + bytes(8), 12),  # 64:ff9b::192.0.2.1, NAT64
    (b"\0\x64\xff\x9b\0\1" + bytes(6), 12),  # 64:ff9b:1::192.0.2.1, NAT64 of one network
    (b"\x20\x02", 2),  # 2002:c000:201::, 6to4
    (bytes(12), 12),  # ::192.0.2.1, compatible
)
"""Prefixes of IPv6 addresses that stand for an IPv4 address, each with the position of that address."""
_ISATAP: Final = (bytes.fromhex("00005efe"), bytes.fromhex("02005efe"))
"""What precedes the IPv4 address in fe80::5efe:192.0.2.1, with any prefix."""


def normalize(host: str) -> str:
    """Return the one spelling of a host that the guard compares."""
    # C ends a name at a NUL. "user:password@host" is not a host name, but broken URL handling passes it on.
    name = host.partition("\0")[0].rpartition("@")[2].strip()[-_LONGEST:]
    if not name.isascii():
        name = _ascii(name)
    name = name.lower().rstrip(".")
    return _ip_address(name) or name


def is_loopback(name: str) -> bool:
    """Return whether a normalized name is this machine."""
    return re.fullmatch(_LOOPBACK, name) is not None


def is_ip_address(host: str) -> bool:
    """Return whether a host is an IP address in any spelling, so that no lookup is needed."""
    return _ip_address(host) is not None


def matcher(hosts: tuple[str, ...]) -> Callable[[str], bool]:
    """Return a function that tells whether these normalized hosts and globs cover a normalized name."""
    globs = [*hosts, *(host[2:] for host in hosts if host.startswith("*."))]
    pattern = re.compile("|".join(fnmatch.translate(glob) for glob in globs) or r"(?!)")
    return lambda name: pattern.match(name) is not None


def may_cover_addresses(host: str) -> bool:
    """Return whether a host or glob may cover an IP address: unless it has a letter that is in none."""
    return "[" in host or re.search("[g-z]", host) is None


def host_text(host: object) -> str | None:
    """Return a host argument as text, or None if it is not a name."""
    if isinstance(host, (bytes, bytearray)):
        return host.decode("ascii", "replace")
    return host if isinstance(host, str) else None


def port_number(port: object) -> int | None:
    """Return a port argument as a number, or None if it is the name of a service."""
    text = port if isinstance(port, int) else host_text(port)
    # A longer number is no port, and its conversion would take quadratic time.
    return int(text) if text is not None and len(str(text)) <= 5 and str(text).isdecimal() else None


def _ascii(name: str) -> str:
    # The socket module does the same, and so converts full-width letters and dots to plain ones.
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _ip_address(name: str) -> str | None:
    """Return the usual spelling of an IP address; None for a name or a glob."""
    # [2001:db8::1] and fe80::1%eth0
    bare = name.strip("[]").partition("%")[0]
    try:
        if ":" in bare:
            return _ipv6_address(socket.inet_pton(socket.AF_INET6, bare))
        # Also octal, hexadecimal and with fewer parts, such as 0xc0000201 and 0300.0.513.
        return socket.inet_ntoa(socket.inet_aton(bare)) if bare[:1].isdigit() else None
    except (OSError, ValueError):
        return None


def _ipv6_address(packed: bytes) -> str:
    for prefix, start in _IPV4_IN_IPV6:
        # :: and ::1 are no IPv4 addresses.
        if packed.startswith(prefix) and packed > b"\1".rjust(16, b"\0"):
            return socket.inet_ntoa(packed[start : start + 4])
    if packed[8:12] in _ISATAP:
        return socket.inet_ntoa(packed[12:])
    return socket.inet_ntop(socket.AF_INET6, packed)
