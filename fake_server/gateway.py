"""The request path: redirect, route, authenticate, handle, answer, in the order of the real gateway (gateway.md 13)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from ..contracts.http import Response
from ..contracts.rule import STATUS_NAMES, Body
from ..contracts.rules import gateway as rules
from . import gojson, limits, query, routing
from .authentication import authenticate
from .context import Context, Refusal
from .handlers import auth

_JSON = "application/json; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
_IN_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"})
"""As Go escapes it."""
_GOOD_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}").fullmatch
OPEN: dict[tuple[str, str], Callable[[Context], dict[str, Any]]] = {
    ("POST", "/auth/login"): auth.login,
    ("GET", "/ping"): auth.ping,
}
"""What stands beside /v1.0 and asks for no credential."""
_PREFLIGHT = (
    ("Access-Control-Allow-Methods", "POST,GET,PUT,DELETE,PATCH,HEAD,OPTIONS"),
    ("Access-Control-Allow-Headers", "Origin,X-Requested-With,Content-Type,Accept,Authorization"),
    ("Access-Control-Max-Age", "43200"),
)


def respond(ctx: Context) -> Response:
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
        moved = _moved(ctx, method, path, decoded, mark + raw_query)
        if moved is not None:
            return moved
    headers = shared_headers(ctx)
    if method == "OPTIONS" and "origin" in ctx.sent and not ctx.breaks(rules.preflight_answered):
        return Response(204, (*headers, *_PREFLIGHT))
    try:
        ctx.query = query.parse(raw_query) if raw_query else {}
        answer = _answer(ctx, found, (method, decoded), escaped=decoded is not path)
    except Refusal as refusal:
        refused = refused_with(ctx, refusal, [*headers, *ctx.headers])
        return Response(refused.status, refused.headers) if method == "HEAD" else refused
    return written(200, _JSON, gojson.encode_answer(answer), [*headers, *ctx.headers])


def _answer(
    ctx: Context, found: tuple[routing.Route, tuple[str, ...]] | None, key: tuple[str, str], escaped: bool
) -> dict[str, Any]:
    if found is None:
        return _beside(ctx, key)
    route, params = found
    ctx.tier = route.tier
    ctx.params = tuple(quote(param, safe="", errors="surrogateescape") for param in params) if escaped else params
    limits.check_address(ctx)
    ctx.asker = authenticate(ctx)
    if ctx.state.ending and ctx.request.method == "GET":
        ctx.fake.lifecycle.settle()
    # The edition's renderer is made to keep these.
    ctx.trace += rules.times_written, rules.empty_fields
    return route.handler(ctx)


def _beside(ctx: Context, key: tuple[str, str]) -> dict[str, Any]:
    """What needs no credential: logging in, ping, and paths that lead nowhere."""
    handler = OPEN.get(key)
    if handler is auth.login:
        limits.check_auth(ctx)
    if handler is None:
        # As the journal has it: a client that forgets the question mark has its token in the path.
        ctx.entry.note(f"this fake has no endpoint {key[0]} {ctx.entry.url.partition('?')[0]}")
    ctx.require(rules.route_exists, handler)
    return {} if handler is None else handler(ctx)


# redirects, and what every answer carries


def _moved(ctx: Context, method: str, path: str, decoded: str, rest: str) -> Response | None:
    """The router's redirect for a path with a slash too many, before any middleware (gateway.md 1.4)."""
    other = decoded.removesuffix("/")
    known = other != decoded and (routing.find(method, other) is not None or (method, other) in OPEN)
    if not known or ctx.breaks(rules.trailing_slash_redirects):
        return None
    location = query.in_ascii((path[:-1] if path.endswith("/") else path[: -len("%2F")]) + rest)
    if method != "GET":
        return Response(307, (("Location", location), ("Content-Length", "0")))
    link = f'<a href="{location.translate(_IN_HTML)}">Moved Permanently</a>.\n\n'.encode()
    return written(301, "text/html; charset=utf-8", link, [("Location", location)])


def shared_headers(ctx: Context) -> list[tuple[str, str]]:
    """The headers that every answer has which the router lets in."""
    headers = []
    if ctx.does(rules.request_id_echoed):
        headers.append(("X-Request-Id", _request_id(ctx)))
    origin = ctx.sent.get("origin")
    if origin and not _same_origin(ctx, origin) and not ctx.breaks(rules.origins_are_allowed):
        headers.append(("Access-Control-Allow-Origin", "*"))
        headers.append(("Access-Control-Expose-Headers", "Content-Length"))
    return headers


def _request_id(ctx: Context) -> str:
    given = ctx.sent.get("x-request-id")
    if given and _GOOD_REQUEST_ID(given):
        ctx.request_id = given
    else:
        ctx.request_id = ctx.fake.ids.request_id() if not ctx.breaks(rules.request_id_made) else ""
    return ctx.request_id


def _same_origin(ctx: Context, origin: str) -> bool:
    return origin.partition("://")[2] == ctx.sent.get("host")


# refusals


def refused_with(ctx: Context, refusal: Refusal, headers: list[tuple[str, str]]) -> Response:
    """A refusal as its answer is written."""
    answer = refusal.answer
    message = answer.message.format(**refusal.values)
    if answer.body is Body.EMPTY:
        return Response(answer.status, (*headers, ("Content-Length", "0")))
    if answer.body is Body.TEXT:
        return written(answer.status, "text/plain", message.encode(), headers)
    if answer.body is Body.MSG:
        return written(answer.status, _JSON, gojson.encode({"msg": message}), headers)
    if answer.body is Body.FLAT:
        return written(answer.status, _JSON, gojson.encode({"error": answer.reason, "message": message}), headers)
    error: dict[str, Any] = {"details": refusal.details} if refusal.details else {}
    error |= {"message": message, "reason": answer.reason}
    if ctx.request_id:
        error["request_id"] = ctx.request_id
    error["status"] = STATUS_NAMES[answer.status]
    label = _TEXT if answer.body is Body.MISLABELLED else _JSON
    return written(answer.status, label, gojson.encode({"error": error}), headers)


def written(status: int, label: str, body: bytes, headers: list[tuple[str, str]]) -> Response:
    """An answer with a body, which is labelled as a type of content."""
    return Response(status, (("Content-Type", label), ("Content-Length", str(len(body))), *headers), body)
