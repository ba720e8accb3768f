"""The request path in the order of the real gateway: redirect, route, authenticate, handle, respond (gateway.md 13)."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Any

from ...contracts.answer import STATUS_NAMES, Body
from ...contracts.http import Response
from ...contracts.light_imports import compiled
from ...contracts.rules import gateway as rules
from ..wire import gojson, query
from ..world.world import RequestRefused
from . import routing
from .authentication import authenticate
from .request_context import Json, RequestContext
from .request_head import HEAD_TOO_LARGE, MAX_HEAD_SIZE

JSON = "application/json; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
SWITCHING_PROTOCOLS = 101
"""The status of the response that opens a WebSocket."""
_GOOD_REQUEST_ID = r"[A-Za-z0-9_-]{1,64}"
_PREFLIGHT_METHODS = (
    ("Access-Control-Allow-Methods", "POST,GET,PUT,DELETE,PATCH,HEAD,OPTIONS"),
    ("Access-Control-Allow-Headers", "Origin,X-Requested-With,Content-Type,Accept,Authorization"),
    ("Access-Control-Max-Age", "43200"),
)
_PREFLIGHT = (("Access-Control-Allow-Origin", "*"),)
_ANY_ORIGIN = (*_PREFLIGHT, ("Access-Control-Expose-Headers", "Content-Length"))
_UNSAFE_PREFIX = r"[^a-zA-Z0-9/-]+"


def respond(ctx: RequestContext) -> Response:
    """Return the response to a request. Never raises, for any input.

    The response has every header except `Date`, which an HTTP server adds itself.
    """
    method, target, *_ = ctx.request
    if ctx.head.size + len(method) + len(target) > MAX_HEAD_SIZE:
        return HEAD_TOO_LARGE
    place = routing.locate(method, target, ctx.edition.name)
    if place is None:
        return Response(400, (("Content-Type", _TEXT),), b"400 Bad Request")
    if place.route is None and (method, place.path) not in routing.OPEN:
        redirect = _trailing_slash_redirect(ctx, method, place)
        if redirect is not None:
            return redirect
    cross_origin = ctx.head.is_cross_origin
    if method == "OPTIONS" and cross_origin and ctx.enforces(rules.preflight_answered):
        return Response(204, (*shared_headers(ctx, _PREFLIGHT), *_PREFLIGHT_METHODS))
    headers = shared_headers(ctx, _ANY_ORIGIN if cross_origin else ())
    try:
        if place.raw_query:
            ctx.query = query.parse(place.raw_query)
        body = _body(ctx, place)
    except RequestRefused as refused:
        ctx.clean_up()
        response = error_response(ctx, refused, [*headers, *ctx.headers])
        return Response(response.status, response.headers) if method == "HEAD" else response
    if type(body) is bytes:
        return build_response(200, JSON, body, headers + ctx.headers)
    if type(body) is dict:
        return build_response(200, JSON, gojson.encode_response(body), [*headers, *ctx.headers])
    if isinstance(body, Response):
        if body.status == SWITCHING_PROTOCOLS:
            # The server writes this response itself, behind the back of its router.
            return body
        response = _with_length(body, [*headers, *ctx.headers])
        return Response(response.status, response.headers) if method == "HEAD" else response
    return Response(200, (*headers, *ctx.headers, ("Content-Length", "0")))


def _body(ctx: RequestContext, place: routing.Place) -> Json | Response | None:
    route = place.route
    if route is None:
        return _public_endpoint(ctx, (ctx.request.method, place.path))
    ctx.tier = route.tier
    ctx.params = place.params
    if ctx.services.rate_limits:
        from .rate_limits import check_address

        check_address(ctx)
    ctx.principal = authenticate(ctx)
    if ctx.request.method == "GET":
        ctx.calls.close_channels()
    # The edition's renderer follows these two.
    ctx.trace += rules.times_written, rules.empty_fields
    return route.handler(ctx)


def _public_endpoint(ctx: RequestContext, key: tuple[str, str]) -> Json | Response | None:
    """Handle what needs no credential: login, ping, signed URLs of files, and unknown paths."""
    if key == routing.LOGIN and ctx.services.rate_limits:
        from .rate_limits import check_auth

        check_auth(ctx)
    handler = routing.public_handler(*key)
    if handler is None:
        from .unmodelled import refuse_known_operation

        refuse_known_operation(ctx, *key)
        # The URL as in the journal: a client that forgets the question mark has its token in the path.
        ctx.entry.add_note(f"VoIPbin has no operation {key[0]} {ctx.entry.url.partition('?')[0]}")
    return ctx.require_value(rules.route_exists, handler)(ctx)


# redirects and headers


def _trailing_slash_redirect(ctx: RequestContext, method: str, place: routing.Place) -> Response | None:
    """Return the router's redirect for a superfluous trailing slash, before any middleware (gateway.md 1.4)."""
    other = place.path.removesuffix("/")
    if other == place.path:
        return None
    from .redirects import redirect_get
    from .unmodelled import find_operation

    if not (
        routing.redirects_to(method, other, ctx.edition.name)
        or (method, other) in routing.OPEN
        or find_operation(ctx, method, other)
    ):
        return None
    path, mark, raw_query = ctx.request.target.partition("?")
    stripped = path[:-1] if path.endswith("/") else path[: -len("%2F")]
    location = query.escape_non_ascii(_forwarded_prefix(ctx) + stripped + mark + raw_query)
    if method == "GET":
        redirect = _with_length(redirect_get(301, location))
    else:
        redirect = Response(307, (("Location", location), ("Content-Length", "0")))
    return ctx.follows(rules.trailing_slash_redirects, redirect)


def _forwarded_prefix(ctx: RequestContext) -> str:
    """Return the path that a proxy in front of the server removed, as the router cleans it."""
    given = ctx.head.values.get("x-forwarded-prefix", "")
    return compiled(_UNSAFE_PREFIX).sub("", posixpath.normpath("/" + given.lstrip("/"))).rstrip("/") if given else ""


def shared_headers(ctx: RequestContext, of_origin: tuple[tuple[str, str], ...] = ()) -> list[tuple[str, str]]:
    """Return the headers of every response to a request that the router accepts, with those for a foreign origin."""
    headers = []
    if ctx.flag(rules.request_id_echoed):
        headers.append(("X-Request-Id", _request_id(ctx)))
    return [*headers, *ctx.follows(rules.origins_are_allowed, of_origin)] if of_origin else headers


def _request_id(ctx: RequestContext) -> str:
    given = ctx.head.values.get("x-request-id")
    if given and compiled(_GOOD_REQUEST_ID).fullmatch(given):
        ctx.request_id = given
    else:
        ctx.request_id = ctx.follows(rules.request_id_made, ctx.world.ids.request_id())
    return ctx.request_id


# responses


def error_response(ctx: RequestContext, refused: RequestRefused, headers: list[tuple[str, str]]) -> Response:
    """Return the error response of a refused request, in the format of its answer."""
    answer = refused.answer
    message = answer.message.format(**refused.values)
    if answer.body is Body.EMPTY:
        return Response(answer.status, (*headers, ("Content-Length", "0")))
    if answer.body is Body.TEXT:
        return build_response(answer.status, "text/plain", message.encode(), headers)
    if answer.body is Body.HTTP_ERROR:
        return build_response(answer.status, _TEXT, message.encode(), [*headers, ("X-Content-Type-Options", "nosniff")])
    if answer.body is Body.BINDER:
        return build_response(answer.status, JSON, gojson.encode({"msg": message}), headers)
    if answer.body is Body.MESSAGE:
        return build_response(answer.status, JSON, gojson.encode({"message": message}), headers)
    if answer.body is Body.UNWRAPPED:
        body = gojson.encode({"error": answer.reason, "message": message})
        return build_response(answer.status, JSON, body, headers)
    error: dict[str, Any] = {"details": refused.details} if refused.details else {}
    error |= {"message": message, "reason": answer.reason}
    if ctx.request_id:
        error["request_id"] = ctx.request_id
    error["status"] = STATUS_NAMES[answer.status]
    content_type = _TEXT if answer.body is Body.ENVELOPE_AS_TEXT else JSON
    return build_response(answer.status, content_type, gojson.encode({"error": error}), headers)


def _with_length(own: Response, headers: Sequence[tuple[str, str]] = ()) -> Response:
    """Return a response that a handler has built, with its length and with the headers of every response."""
    return own._replace(headers=(*own.headers, ("Content-Length", str(len(own.body))), *headers))


def build_response(status: int, content_type: str, body: bytes, headers: list[tuple[str, str]]) -> Response:
    """Return a response with a body."""
    return Response(status, (("Content-Type", content_type), ("Content-Length", str(len(body))), *headers), body)
