"""The operations that VoIPbin has and the fake does not: 501, so that nobody takes them for a mistyped path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...contracts.answer import STATUS_NAMES, error
from ...contracts.http import Response
from ..wire import gojson
from ..world.world import RequestRefused
from .authentication import authenticate
from .request_context import RequestContext
from .routing import PREFIX

if TYPE_CHECKING:
    from ...contracts.operations.api_operations import ApiOperation

STATUS = 501
_NO_WEBSOCKET = (
    "this connection cannot become a WebSocket: requests of httpx, of a respx router and to an ASGI app reach the fake"
    " without a connection. Use the fixture voipbin_server or voipbin_tls, or the command `providercalls serve`; they"
    " need the library websockets: pip install 'pytest-providercalls[server]'"
)
_ANSWER = error(STATUS, "NOT_MODELLED", "{explanation}")


def find_operation(ctx: RequestContext, method: str, path: str) -> ApiOperation | None:
    """Return the operation of VoIPbin in the edition of the fake; None if the path is unknown there."""
    # Reading the table of all operations costs time, and most tests never need it.
    from ...contracts.operations.api_operations import find_api_operation

    return find_api_operation(method, path, ctx.edition)


def refuse_known_operation(ctx: RequestContext, method: str, path: str) -> None:
    """Refuse a request that VoIPbin would process, and note in the journal why. First, its credential is checked."""
    operation = find_operation(ctx, method, path)
    if operation is None:
        return
    from ...contracts.operations.api_operations import nearest_modelled

    if path.startswith(PREFIX) and not path.startswith(f"{PREFIX}/auth/"):
        ctx.principal = authenticate(ctx)
    explanation = (
        f"VoIPbin has {operation.name} ({operation.purpose}), the fake does not (yet)."
        f" The nearest operation that the fake has is {nearest_modelled(operation)}."
    )
    ctx.entry.add_note(explanation)
    raise RequestRefused(_ANSWER, {"explanation": explanation}, [])


def refuse_websocket(ctx: RequestContext) -> Response:
    """Return the response to a handshake over a transport that cannot switch protocols, and note in the journal why."""
    ctx.entry.add_note(_NO_WEBSOCKET)
    body = gojson.encode(
        {"error": {"message": _NO_WEBSOCKET, "reason": _ANSWER.reason, "status": STATUS_NAMES[STATUS]}}
    )
    response = Response(STATUS, (("Content-Type", "application/json"), ("Content-Length", str(len(body)))), body)
    ctx.entry.record_response(response)
    return response
