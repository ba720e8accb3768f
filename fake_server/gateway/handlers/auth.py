"""POST /auth/login and GET /ping: the public endpoints next to /v1.0 (gateway.md 1.2, 2.6)."""

from __future__ import annotations

from typing import Any

from ....contracts import models
from ....contracts.rules import gateway as rules
from ...wire import gojson
from .. import authentication
from ..request_context import RequestContext

WEEK = 7 * 24 * 60 * 60


def login(ctx: RequestContext) -> dict[str, Any]:
    """Return the username and a token, which is also set as a cookie. Any failure is 400 with an empty body."""
    body = _credentials(ctx)
    name = ctx.follows(rules.usernames_ignore_case, _folded, None)
    wanted = name(body.username)
    agent = next((one for one in ctx.state.agents.values() if name(one.username) == wanted), None)
    valid = agent is not None and body.password != "" and agent.password == body.password
    if not valid:
        authentication.note_other_owner(ctx, "password", body.password)
    known = ctx.require_value(rules.login_credentials_valid, agent if valid else None, agent)
    token = ctx.follows(rules.token_names_its_agent, authentication.issue_token(ctx.world, known), known)
    cookie = f"token={token}; Path=/; Max-Age={WEEK}; HttpOnly; Secure; SameSite=Strict"
    ctx.headers += ctx.follows(rules.login_answers, [("Set-Cookie", cookie)])
    return {"username": body.username, "token": token}


def _folded(username: str) -> str:
    """Return a username as the servers' database compares it: without regard to case and trailing blanks."""
    return username.rstrip(" ").casefold()


def ping(ctx: RequestContext) -> dict[str, Any]:
    """Show that the server responds."""
    return ctx.follows(rules.ping_answers, {"message": "pong"})


def _credentials(ctx: RequestContext) -> models.requests.LoginRequest:
    try:
        return gojson.decode(ctx.request.body, models.requests.LoginRequest)
    except gojson.InvalidJson:
        return models.requests.LoginRequest()
