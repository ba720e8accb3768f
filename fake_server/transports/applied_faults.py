"""What an injected fault makes of a response."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from ...contracts.answer import INTERNAL, UNAVAILABLE, Answer, per_edition
from ...contracts.http import Response
from ...contracts.rules import limits as limit_rules
from ..gateway import pipeline
from ..gateway.request_context import RequestContext
from ..world.world import RequestRefused
from .faults import Fault
from .wire_response import NEVER, Failure, WireResponse, replace_body

GARBAGE = "<html><body><p>Please wait.</p></body></html>"
"""The default body of the fault `corrupt`."""
_ERRORS: Mapping[str, Failure] = {"timeout": "", "reset": "reset"}


def apply_fault(fault: Fault, ctx: RequestContext, own: Response | None) -> WireResponse:
    """Return what reaches the client. `own` is VoIPbin's response; None if VoIPbin never processed the request."""
    if fault.kind == "error":
        return WireResponse(_replacement(fault, ctx, own), fault.seconds or 0.0)
    if fault.kind == "delay":
        return WireResponse(own, fault.seconds or 0.0)
    # A response without a body is lost as a whole.
    if own is not None and own.body and fault.kind == "corrupt":
        body = GARBAGE if fault.body is None else fault.body
        return WireResponse(replace_body(own, body.encode(errors="surrogatepass")))
    if own is not None and own.body and fault.kind == "truncate":
        cut_at = len(own.body) // 2 if fault.cut_at is None else min(fault.cut_at, len(own.body) - 1)
        return WireResponse(own._replace(body=own.body[:cut_at]), connection_error="closed")
    error: Failure = "refused" if fault.when == "connect" else _ERRORS.get(fault.kind, "closed")
    return WireResponse(delay=NEVER if fault.kind == "timeout" else 0.0, connection_error=error)


_ANSWERS: Mapping[int, Mapping[str, Answer]] = {
    429: limit_rules.auth_limited.answers,
    500: per_edition(INTERNAL),
    503: per_edition(UNAVAILABLE),
}
"""VoIPbin's own answers by status. Any other status comes from a proxy in front of it, as an HTML page."""
_BODY_HEADERS = ("content-type", "content-length", "set-cookie")


def _replacement(fault: Fault, ctx: RequestContext, own: Response | None) -> Response:
    """Return the error response that replaces VoIPbin's own."""
    if own is None:
        headers = pipeline.shared_headers(ctx)
    else:
        headers = [pair for pair in own.headers if pair[0].lower() not in _BODY_HEADERS]
    if fault.retry_after is not None:
        headers.append(("Retry-After", str(fault.retry_after)))
    response = _error_response(fault, ctx, headers)
    if own is None:
        ctx.entry.record_response(response)
    return Response(response.status, response.headers) if ctx.request.method == "HEAD" else response


def _error_response(fault: Fault, ctx: RequestContext, headers: list[tuple[str, str]]) -> Response:
    status = fault.status or 0
    if fault.body is not None:
        content_type = "application/json" if fault.body.lstrip().startswith(("{", "[")) else "text/plain"
        body = fault.body.encode(errors="surrogatepass")
        return pipeline.build_response(status, f"{content_type}; charset=utf-8", body, headers)
    if status in _ANSWERS:
        details: list[dict[str, object]] = [{"limited_by": "ip"}] if status == 429 else []
        return pipeline.error_response(ctx, RequestRefused(_ANSWERS[status][ctx.edition.name], {}, details), headers)
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    page = f"<html><h1>{status} {phrase}</h1></html>".encode()
    return pipeline.build_response(status, "text/html", page, headers)
