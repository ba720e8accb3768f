"""GET /ws: the handshake of a WebSocket, checked in the order of the server's library, gorilla/websocket."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Final

from ....contracts.http import Response
from ....contracts.identity import Permission
from ....contracts.rules.telephony import websocket as rules
from ..pipeline import SWITCHING_PROTOCOLS
from ..request_context import RequestContext
from ..route import Route
from ..tiers import Tier

_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What RFC 6455 appends to the key of a handshake."""
_KEY_SIZE: Final = 16
_TOKENS: Final = re.compile(r"[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*(?:,|$)")
_VERSION: Final = ("Sec-Websocket-Version", "13")

STAFF = Tier(int(Permission.CUSTOMER_ADMIN | Permission.CUSTOMER_MANAGER), rules.staff_only, rules.no_direct_access)
"""Who may subscribe to the topics of a customer. Anyone may open a WebSocket."""


def connect(ctx: RequestContext) -> Response | None:
    if ctx.principal.kind == "delegate" and ctx.enforces(rules.no_delegate_token):
        ctx.entry.add_note("a delegate token opens no WebSocket, and nothing in the response says so")
        return None
    # Every error response has it.
    ctx.headers.append(_VERSION)
    ctx.require(rules.connection_is_upgraded, _has_token(ctx, "Connection", "upgrade"))
    upgraded = _has_token(ctx, "Upgrade", "websocket")
    if not upgraded:
        ctx.headers.append(("Upgrade", "websocket"))
    ctx.require(rules.upgrade_is_websocket, upgraded)
    ctx.require(rules.version_is_13, _has_token(ctx, "Sec-WebSocket-Version", "13"))
    key = ctx.head.values.get("sec-websocket-key", "")
    ctx.require(rules.key_has_16_bytes, _is_key(key))
    digest = hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()
    accept = ctx.follows(rules.switches_protocols, base64.b64encode(digest).decode())
    headers = ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)
    return Response(SWITCHING_PROTOCOLS, headers)


def _has_token(ctx: RequestContext, name: str, token: str) -> bool:
    """Return whether a header contains a token. A list counts up to its first syntax error."""
    return any(token in _tokens(value) for value in ctx.request.values(name))


def _tokens(value: str) -> list[str]:
    found, position = [], 0
    while match := _TOKENS.match(value, position):
        found.append(match[1].lower())
        position = match.end()
    return found


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == _KEY_SIZE
    except (binascii.Error, ValueError):
        return False


ROUTES: tuple[Route, ...] = (Route("GET", "/ws", connect, STAFF),)
