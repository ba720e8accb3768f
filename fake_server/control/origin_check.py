"""Who is let in: programs and pages of this machine, and no page from elsewhere that a browser has opened."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ...contracts.http import Request
from ..transports.wire_response import WireResponse
from .errors import ForbiddenOrigin, refusal

if TYPE_CHECKING:
    from ..transports import Handler

_HOST: Final = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::[0-9]{1,5})?", re.IGNORECASE)


class LocalOriginsOnly:
    """Has a handler answer, but not to pages from elsewhere: the credentials of a fake on a known port are no secret.

    VoIPbin itself answers any page. But who may place calls on a fake has it send webhooks to servers of this machine,
    as no page may.
    """

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def respond(self, request: Request, /) -> WireResponse:
        """Answer a request, and say how the answer gets to the client."""
        if _is_of_a_foreign_page(request):
            origin = request.header("Origin") or "elsewhere"
            return WireResponse(
                refusal(ForbiddenOrigin(f"this fake is not for pages from {origin}; --i-know lets them in"))
            )
        return self._handler.respond(request)


def check_origin(request: Request) -> None:
    """Raise Unwelcome for a request of a page from elsewhere, even if that has this machine's address for its own name.

    A browser says where a page comes from, and which name it has looked up; only a name can be made to lead here.
    """
    hosts, origins = request.values("Host"), request.values("Origin")
    if len(hosts) != 1 or not _is_here(hosts[0]):
        raise ForbiddenOrigin(
            f"the control API is at an address of this machine, such as 127.0.0.1, and not at {', '.join(hosts)!r}"
        )
    if origins and origins not in ([f"http://{hosts[0]}"], [f"https://{hosts[0]}"]):
        raise ForbiddenOrigin(f"the control API is not for pages from {', '.join(origins)}")
    # An image or a script of a page from elsewhere has no Origin; a link to the inspector may be followed.
    if request.header("Sec-Fetch-Site") == "cross-site" and request.header("Sec-Fetch-Mode") != "navigate":
        raise ForbiddenOrigin("the control API is not for pages from elsewhere")


def _is_of_a_foreign_page(request: Request) -> bool:
    """Whether a browser sends it for a page that is not of this machine, or took a foreign name for this machine's."""
    origin = _netloc(request.header("Origin") or "")
    if _is_here(origin):
        return False
    return request.header("Sec-Fetch-Site") == "cross-site" or (origin != "" and origin == request.header("Host"))


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _is_here(host: str) -> bool:
    """Whether a host, with or without a port, is an address or localhost, in the spelling that browsers use."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = (found[1] or found[2]).lower()
    return name == "localhost" or name.endswith(".localhost") or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
