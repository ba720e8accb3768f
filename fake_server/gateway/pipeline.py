"""The request path: redirect, route, authenticate, handle, answer, in the order of the real gateway (gateway.md 13)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from ...contracts.http import Response
from ...contracts.rule import STATUS_NAMES, Body
from ...contracts.rules import gateway as rules
from ..wire import gojson, query
from . import rate_limits, routing
from .authentication import authenticate
from .handlers import auth
from .request_context import RequestContext, RequestRefused

_JSON = "application/json; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
_IN_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"})
"""As Go escapes it."""
_GOOD_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}").fullmatch
OPEN: dict[tuple[str, str], Callable[[RequestContext], dict[str, Any]]] = {
    ("POST", "/auth/login"): auth.login,
    ("GET", "/ping"): auth.ping,
}
"""What stands beside /v1.0 and asks for no credential."""
_PREFLIGHT = (
    ("Access-Control-Allow-Methods", "POST,GET,PUT,DELETE,PATCH,HEAD,OPTIONS"),
    ("Access-Control-Allow-Headers", "Origin,X-Requested-With,Content-Type,Accept,Authorization"),
    ("Access-Control-Max-Age", "43200"),
)


def respond(ctx: RequestContext) -> Response:
    """The answer to a request. Never raises for what a client sent.

    It has every header but `Date`, which an HTTP server writes by itself.
    """
    path, mark, raw_query = ctx.request.target.partition("?")
    if not query.is_target(path, raw_query):
        return Response(400, (("Content-Type", _TEXT),), b"400 Bad Request")
    decoded = unquote(path, errors="surrogateescape") if "%" in path else path
    method = ctx.request.method
    found = routing.find(method, decoded)
    if found is None and (method, decoded) not in OPEN:
        moved = _trailing_slash_redirect(ctx, method, path, decoded, mark + raw_query)
        if moved is not None:
            return moved
    headers = shared_headers(ctx)
    if method == "OPTIONS" and "origin" in ctx.request_headers and not ctx.is_broken(rules.preflight_answered):
        return Response(204, (*headers, *_PREFLIGHT))
    try:
        ctx.query = query.parse(raw_query) if raw_query else {}
        answer = _answer(ctx, found, (method, decoded), escaped=decoded is not path)
    except RequestRefused as refusal:
        refused = error_response(ctx, refusal, [*headers, *ctx.headers])
        return Response(refused.status, refused.headers) if method == "HEAD" else refused
    return build_response(200, _JSON, gojson.encode_answer(answer), [*headers, *ctx.headers])


def _answer(
    ctx: RequestContext, found: tuple[routing.Route, tuple[str, ...]] | None, key: tuple[str, str], escaped: bool
) -> dict[str, Any]:
    if found is None:
        return _public_endpoint(ctx, key)
    route, params = found
    ctx.tier = route.tier
    ctx.params = tuple(quote(param, safe="", errors="surrogateescape") for param in params) if escaped else params
    rate_limits.check_address(ctx)
    ctx.principal = authenticate(ctx)
    if ctx.state.ending and ctx.request.method == "GET":
        ctx.fake.call_engine.close_channels()
    # The edition's renderer is made to keep these.
    ctx.trace += rules.times_written, rules.empty_fields
    return route.handler(ctx)


def _public_endpoint(ctx: RequestContext, key: tuple[str, str]) -> dict[str, Any]:
    """What needs no credential: logging in, ping, and paths that lead nowhere."""
    handler = OPEN.get(key)
    if handler is auth.login:
        rate_limits.check_auth(ctx)
    if handler is None:
        # As the journal has it: a client that forgets the question mark has its token in the path.
        ctx.entry.add_note(f"this fake has no endpoint {key[0]} {ctx.entry.url.partition('?')[0]}")
    ctx.require(rules.route_exists, handler)
    return {} if handler is None else handler(ctx)


# redirects, and what every answer carries


def _trailing_slash_redirect(ctx: RequestContext, method: str, path: str, decoded: str, rest: str) -> Response | None:
    """The router's redirect for a path with a slash too many, before any middleware (gateway.md 1.4)."""
    other = decoded.removesuffix("/")
    known = other != decoded and (routing.find(method, other) is not None or (method, other) in OPEN)
    if not known or ctx.is_broken(rules.trailing_slash_redirects):
        return None
    location = query.escape_non_ascii((path[:-1] if path.endswith("/") else path[: -len("%2F")]) + rest)
    if method != "GET":
        return Response(307, (("Location", location), ("Content-Length", "0")))
    link = f'<a href="{location.translate(_IN_HTML)}">Moved Permanently</a>.\n\n'.encode()
    return build_response(301, "text/html; charset=utf-8", link, [("Location", location)])


def shared_headers(ctx: RequestContext) -> list[tuple[str, str]]:
    """The headers that every answer has which the router lets in."""
    headers = []
    if ctx.flag(rules.request_id_echoed):
        headers.append(("X-Request-Id", _request_id(ctx)))
    origin = ctx.request_headers.get("origin")
    if origin and not _same_origin(ctx, origin) and not ctx.is_broken(rules.origins_are_allowed):
        headers.append(("Access-Control-Allow-Origin", "*"))
        headers.append(("Access-Control-Expose-Headers", "Content-Length"))
    return headers


def _request_id(ctx: RequestContext) -> str:
    given = ctx.request_headers.get("x-request-id")
    if given and _GOOD_REQUEST_ID(given):
        ctx.request_id = given
    else:
        ctx.request_id = ctx.fake.ids.request_id() if not ctx.is_broken(rules.request_id_made) else ""
    return ctx.request_id


def _same_origin(ctx: RequestContext, origin: str) -> bool:
    return origin.partition("://")[2] == ctx.request_headers.get("host")


# refusals


def error_response(ctx: RequestContext, refusal: RequestRefused, headers: list[tuple[str, str]]) -> Response:
    """A refusal as its answer is written."""
    answer = refusal.answer
    message = answer.message.format(**refusal.values)
    if answer.body is Body.EMPTY:
        return Response(answer.status, (*headers, ("Content-Length", "0")))
    if answer.body is Body.TEXT:
        return build_response(answer.status, "text/plain", message.encode(), headers)
    if answer.body is Body.BINDER:
        return build_response(answer.status, _JSON, gojson.encode({"msg": message}), headers)
    if answer.body is Body.UNWRAPPED:
        return build_response(
            answer.status, _JSON, gojson.encode({"error": answer.reason, "message": message}), headers
        )
    error: dict[str, Any] = {"details": refusal.details} if refusal.details else {}
    error |= {"message": message, "reason": answer.reason}
    if ctx.request_id:
        error["request_id"] = ctx.request_id
    error["status"] = STATUS_NAMES[answer.status]
    label = _TEXT if answer.body is Body.ENVELOPE_AS_TEXT else _JSON
    return build_response(answer.status, label, gojson.encode({"error": error}), headers)


def build_response(status: int, label: str, body: bytes, headers: list[tuple[str, str]]) -> Response:
    """An answer with a body, which is labelled as a type of content."""
    return Response(status, (("Content-Type", label), ("Content-Length", str(len(body))), *headers), body)
