"""Access control of a server: which hosts it serves, and pages of which origins may send requests to it.

A browser reports the page's origin, and the host name that it resolved. A page can neither change nor omit them, but
its owner can make a name resolve to this machine (DNS rebinding). So the name in `Host` decides what "here" means: a
loopback address, a name below localhost, or a name that the user allowed. Any other address is another machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from ...contracts.http import Request

_HOST: Final = re.compile(r"(?:\[([0-9a-f.]*:[0-9a-f:.]*)\]|([a-z0-9._-]+))(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)
_NAME: Final = re.compile(r"[a-z0-9._-]*[a-z0-9_-]", re.ASCII)
_ORIGIN: Final = re.compile(r"([a-z][a-z0-9+.-]*)://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.ASCII)
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
ANY_ORIGIN: Final = "*"
_FOREIGN_SITES: Final = ("cross-site", "same-site")


class ForbiddenOrigin(Exception):
    """A request that a page or program of this machine did not mean to send."""


class AccessPolicy:
    """The hosts that a server serves in addition to loopback, and the origins whose pages may use its API.

    VoIPbin itself responds to every origin. But the credentials of a fake are not secret, and a page that can place
    calls on it can make it send webhooks to servers of this machine. Raises ValueError for an invalid host or origin.
    """

    def __init__(self, hosts: Iterable[str] = (), origins: Iterable[str] = ()) -> None:
        self._hosts: frozenset[str] = frozenset()
        self._origins: frozenset[str] = frozenset()
        for host in hosts:
            self.allow_host(host)
        for origin in origins:
            self.allow_origin(origin)

    def allow_host(self, host: str) -> None:
        """Serve a host name or an address, without a port. Raises ValueError if it is neither."""
        name = _canonical_address(host.removeprefix("[").removesuffix("]")) or host.lower()
        if not (_canonical_address(name) or _NAME.fullmatch(name)):
            raise ValueError(f"invalid host {host!r}; expected a name or an address without a port, such as fake.test")
        self._hosts |= {name}

    def allow_origin(self, origin: str) -> None:
        """Respond to pages of an origin as VoIPbin does, or to all pages with `*`. Raises ValueError if invalid."""
        if origin != ANY_ORIGIN:
            match = _ORIGIN.fullmatch(origin.lower().removesuffix("/"))
            if match is None:
                raise ValueError(
                    f"invalid origin {origin!r}; expected one such as http://localhost:5173, or * for all pages,"
                    " including those whose origin is null"
                )
            scheme, host, port = match.groups("")
            origin = f"{scheme}://{host}{'' if port == _DEFAULT_PORTS.get(scheme) else port}"
        self._origins |= {origin}

    def check(self, request: Request, *, is_control: bool) -> None:
        """Raise ForbiddenOrigin if a request was sent to another host, or by a page whose origin is not allowed.

        `is_control` states whether it is for the control API, which no other origin may use.
        """
        hosts = request.values("Host")
        if len(hosts) != 1 or not self._is_here(hosts[0]):
            raise ForbiddenOrigin(_unknown_host(hosts))
        origins = request.values("Origin")
        if not is_control and (ANY_ORIGIN in self._origins or (len(origins) == 1 and origins[0] in self._origins)):
            return
        if origins and origins not in ([f"http://{hosts[0]}"], [f"https://{hosts[0]}"]):
            raise ForbiddenOrigin(_foreign_origin(", ".join(origins), is_control))
        # Images and scripts of another origin's page are requested without an Origin. Links to the inspector are
        # allowed.
        is_link = is_control and request.method == "GET" and request.header("Sec-Fetch-Mode") == "navigate"
        if request.header("Sec-Fetch-Site") in _FOREIGN_SITES and not is_link:
            raise ForbiddenOrigin(_foreign_origin("another origin", is_control))

    def _is_here(self, host: str) -> bool:
        """Return whether a host, with or without a port, is this server, as browsers write it."""
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = (match[1] or match[2]).lower()
        address = _canonical_address(name)
        if address is not None:
            return address in self._hosts or _is_loopback(address)
        # Browsers resolve names below localhost without DNS.
        return name == "localhost" or name.endswith(".localhost") or name.removesuffix(".") in self._hosts


def _canonical_address(name: str) -> str | None:
    """Return an IP address in its shortest spelling, or None for a name."""
    try:
        address = ip_address(name)
    except ValueError:
        return None
    # A mapped address leads to the IPv4 address; whether Python says so depends on its version.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _is_loopback(address: str) -> bool:
    return ip_address(address).is_loopback


def _unknown_host(hosts: list[str]) -> str:
    if len(hosts) != 1:
        return f"expected one Host header, received {len(hosts)}; send the address of this server, such as 127.0.0.1"
    name = urlsplit(f"//{hosts[0]}").hostname if _HOST.fullmatch(hosts[0]) else None
    allow = f"; to allow this name, {_remedy('host', name)}" if name else ""
    return f"this fake does not serve the host {hosts[0]!r}; use 127.0.0.1 or localhost{allow}"


def _foreign_origin(origin: str, is_control: bool) -> str:
    if is_control:
        return f"the control API blocks cross-origin requests from {origin}; send them from a program instead"
    shown = origin if _ORIGIN.fullmatch(origin) else "ORIGIN"
    return f"this fake blocks cross-origin requests from {origin}; to allow them, {_remedy('origin', shown)}"


def _remedy(kind: str, value: str) -> str:
    return f"pass --allow-{kind} {value} to the command, or call voipbin_server.allow_{kind}({value!r}) in a test"
