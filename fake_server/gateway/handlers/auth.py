"""POST /auth/login and GET /ping: what stands beside /v1.0, open to anybody (gateway.md 1.2, 2.6)."""

from __future__ import annotations

from typing import Any

from ....contracts.models.requests import LoginRequest
from ....contracts.rules import gateway as rules
from ...wire import gojson
from ..request_context import RequestContext

WEEK = 7 * 24 * 60 * 60


def login(ctx: RequestContext) -> dict[str, Any]:
    """A username and a token, which comes as a cookie too. Any failure is 400 with an empty body."""
    body = _credentials(ctx)
    agent = next((one for one in ctx.state.agents.values() if one.username == body.username), None)
    known = agent is not None and body.password != "" and agent.password == body.password
    ctx.require(rules.login_credentials_valid, known)
    token = "" if agent is None else ctx.fake.issue_token(agent)
    if not ctx.is_broken(rules.login_answers):
        cookie = f"token={token}; Path=/; Max-Age={WEEK}; HttpOnly; Secure; SameSite=Strict"
        ctx.headers.append(("Set-Cookie", cookie))
    return {"username": body.username, "token": token}


def ping(ctx: RequestContext) -> dict[str, Any]:
    """Whether anybody is there."""
    return {"message": "pong"} if not ctx.is_broken(rules.ping_answers) else {}


def _credentials(ctx: RequestContext) -> LoginRequest:
    try:
        return gojson.decode(ctx.request.body, LoginRequest)
    except gojson.InvalidJson:
        return LoginRequest()
