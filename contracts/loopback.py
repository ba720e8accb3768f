"""Detection of loopback hosts."""

from __future__ import annotations

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Return whether the host of a URL is this machine: `localhost` or a loopback address.

    A name below `localhost` is not: many resolvers ask a DNS server for it, which may return any address.
    """
    host = host.rstrip(".").lower()
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
