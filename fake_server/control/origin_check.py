"""Origin checks: allow local programs and local pages, and block cross-origin requests from browsers."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ...contracts.http import Request
from ..transports.wire_response import WireResponse
from .errors import ForbiddenOrigin, error_response

if TYPE_CHECKING:
    from ..transports import Handler

_HOST: Final = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::[0-9]{1,5})?", re.IGNORECASE)


class LocalOriginsOnly:
    """A handler that blocks cross-origin requests, and passes all others to the handler that it wraps.

    VoIPbin itself responds to every origin. But the credentials of a fake on a known port are not secret, and with
    them a page could make the fake send webhooks to servers of this machine.
    """

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def respond(self, request: Request, /) -> WireResponse:
        """Return the response to a request, and how it reaches the client."""
        if _is_cross_origin(request):
            origin = request.header("Origin") or "another origin"
            error = ForbiddenOrigin(f"this fake blocks cross-origin requests from {origin}; --allow-remote allows them")
            return WireResponse(error_response(error))
        return self._handler.respond(request)


def check_origin(request: Request) -> None:
    """Raise ForbiddenOrigin for a cross-origin request, even if DNS rebinding has disguised it as a local one.

    A browser reports the page's origin, and the host name that it resolved. Only a name can be made to resolve to this
    machine, an address cannot.
    """
    hosts, origins = request.values("Host"), request.values("Origin")
    if len(hosts) != 1 or not _is_local(hosts[0]):
        raise ForbiddenOrigin(
            f"invalid Host {', '.join(hosts)!r}; use an address of this machine for the control API, such as 127.0.0.1"
        )
    if origins and origins not in ([f"http://{hosts[0]}"], [f"https://{hosts[0]}"]):
        raise ForbiddenOrigin(f"the control API blocks cross-origin requests from {', '.join(origins)}")
    # Images and scripts of another origin's page are requested without an Origin. Links to the inspector are allowed.
    if request.header("Sec-Fetch-Site") == "cross-site" and request.header("Sec-Fetch-Mode") != "navigate":
        raise ForbiddenOrigin("the control API blocks cross-origin requests")


def _is_cross_origin(request: Request) -> bool:
    """Return whether a browser sent the request for a page that is not local, or after DNS rebinding."""
    origin = _netloc(request.header("Origin") or "")
    if _is_local(origin):
        return False
    return request.header("Sec-Fetch-Site") == "cross-site" or (origin != "" and origin == request.header("Host"))


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _is_local(host: str) -> bool:
    """Return whether a host, with or without a port, is an IP address or localhost, as browsers write it."""
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    name = (match[1] or match[2]).lower()
    return name == "localhost" or name.endswith(".localhost") or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
