"""How an answer gets to a client, or does not: what a fault makes of it, and the transports make true."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, NamedTuple

from ...contracts.http import Response
from ...contracts.rule import INTERNAL, UNAVAILABLE, Answer, per_edition
from ...contracts.rules import limits as limit_rules
from ..gateway import pipeline
from ..gateway.request_context import RequestRefused

if TYPE_CHECKING:
    from ..gateway.request_context import RequestContext
    from .faults import Fault

Break = Literal["", "refused", "closed", "reset"]
NEVER = math.inf
GARBAGE = "<html><body><p>Please wait.</p></body></html>"
"""What takes the place of an answer's body, unless told otherwise."""


class WireResponse(NamedTuple):
    """How an answer gets to the client, or does not: what a transport is to make true.

    After `delay` seconds (NEVER: not at all) what there is of the `response` is sent. Its Content-Length may be more
    than its body has: then the connection is `closed` behind it. Without a response the connection breaks as `breaks`
    says: `closed`, `reset`, or `refused`, which is when there never was one, and the delay is then the wait for it.
    """

    response: Response | None = None
    delay: float = 0.0
    connection_error: Break = ""


_BREAKS: Mapping[str, Break] = {"timeout": "", "reset": "reset"}


def apply_fault(fault: Fault, ctx: RequestContext, own: Response | None) -> WireResponse:
    """What a fault makes of a request whose answer would be VoIPbin's `own`; None for one that it never dealt with."""
    if fault.kind == "error":
        return WireResponse(_instead(fault, ctx, own), fault.seconds or 0.0)
    if fault.kind == "delay":
        return WireResponse(own, fault.seconds or 0.0)
    # An answer without a body is lost as a whole.
    if own is not None and own.body and fault.kind == "corrupt":
        body = GARBAGE if fault.body is None else fault.body
        return WireResponse(replace_body(own, body.encode(errors="surrogatepass")))
    if own is not None and own.body and fault.kind == "truncate":
        at = len(own.body) // 2 if fault.cut_at is None else min(fault.cut_at, len(own.body) - 1)
        return WireResponse(own._replace(body=own.body[:at]), connection_error="closed")
    breaks: Break = "refused" if fault.when == "connect" else _BREAKS.get(fault.kind, "closed")
    return WireResponse(delay=NEVER if fault.kind == "timeout" else 0.0, connection_error=breaks)


_ANSWERS: Mapping[int, Mapping[str, Answer]] = {
    429: limit_rules.auth_limited.answers,
    500: per_edition(INTERNAL),
    503: per_edition(UNAVAILABLE),
}
"""What VoIPbin itself says with a status; any other comes from what stands before it, as a page of HTML."""
_OF_THE_BODY = ("content-type", "content-length", "set-cookie")


def _instead(fault: Fault, ctx: RequestContext, own: Response | None) -> Response:
    """The answer that a fault puts in the place of VoIPbin's own."""
    if own is None:
        headers = pipeline.shared_headers(ctx)
    else:
        headers = [pair for pair in own.headers if pair[0].lower() not in _OF_THE_BODY]
    if fault.retry_after is not None:
        headers.append(("Retry-After", str(fault.retry_after)))
    response = _written(fault, ctx, headers)
    if own is None:
        ctx.entry.record_response(response)
    return Response(response.status, response.headers) if ctx.request.method == "HEAD" else response


def _written(fault: Fault, ctx: RequestContext, headers: list[tuple[str, str]]) -> Response:
    status = fault.status or 0
    if fault.body is not None:
        label = "application/json" if fault.body.lstrip().startswith(("{", "[")) else "text/plain"
        body = fault.body.encode(errors="surrogatepass")
        return pipeline.build_response(status, f"{label}; charset=utf-8", body, headers)
    if status in _ANSWERS:
        details: list[dict[str, object]] = [{"limited_by": "ip"}] if status == 429 else []
        return pipeline.error_response(ctx, RequestRefused(_ANSWERS[status][ctx.edition.name], {}, details), headers)
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    return pipeline.build_response(status, "text/html", f"<html><h1>{status} {phrase}</h1></html>".encode(), headers)


def replace_body(own: Response, body: bytes) -> Response:
    """An answer whose body was lost for another."""
    headers = [pair for pair in own.headers if pair[0].lower() != "content-length"]
    return Response(own.status, (*headers, ("Content-Length", str(len(body)))), body)
