"""Mutants of the rules of the gateway: credentials, bodies, ids, redirects and headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from ...contracts.formats.go_uuids import NIL
from ...contracts.identity import Permission
from ...contracts.rules import gateway as rules
from ..gateway.request_context import RequestContext
from ..world.principal import Principal
from ..world.records import Agent
from .registry import mutant

Headers = list[tuple[str, str]]


@mutant(rules.credential_valid)
def accept_anybody(ctx: RequestContext, _: None, __: None) -> Principal:
    return Principal("agent", "", int(Permission.SUPER_ADMIN), name="anybody")


@mutant(rules.first_credential_wins)
def last_credential_wins(ctx: RequestContext, places: tuple[str, str, str], _: None) -> tuple[str, str, str]:
    cookie, query, bearer = places
    return bearer, query, cookie


@mutant(rules.bearer_is_case_sensitive)
def correct_case(ctx: RequestContext, header: str, _: None) -> str:
    return "Bearer " + header[len("Bearer ") :]


@mutant(rules.token_in_query)
@mutant(rules.accesskey_in_query)
def reject_credential(ctx: RequestContext, found: object, _: None) -> None:
    return None


@mutant(rules.login_credentials_valid)
def log_in_anybody(ctx: RequestContext, _: None, agent: Agent | None) -> Agent:
    now = ctx.world.clock.now()
    return agent or Agent(id=NIL, tm_create=now, customer_id=NIL, username="", permission=0)


@mutant(rules.usernames_ignore_case)
def compare_usernames_exactly(ctx: RequestContext, folded: object, _: None) -> Callable[[str], str]:
    return str


@mutant(rules.login_answers)
def omit_cookie(ctx: RequestContext, headers: Headers, _: None) -> Headers:
    return []


@mutant(rules.token_names_its_agent)
def name_token(ctx: RequestContext, token: str, agent: Agent) -> str:
    named = ctx.world.ids.jwt({"agent": {"id": agent.id}, "jti": ctx.world.ids.uuid()})
    ctx.state.tokens[named] = ctx.state.tokens[token]
    return named


@mutant(rules.ping_answers)
def omit_pong(ctx: RequestContext, body: dict[str, str], _: None) -> dict[str, str]:
    return {}


@mutant(rules.route_exists)
def empty_endpoint(ctx: RequestContext, _: None, __: None) -> Callable[[RequestContext], dict[str, Any]]:
    return lambda _: {}


@mutant(rules.trailing_slash_redirects)
def no_redirect(ctx: RequestContext, redirect: object, _: None) -> None:
    return None


@mutant(rules.origins_are_allowed)
def omit_cors_headers(ctx: RequestContext, headers: Headers, _: None) -> Headers:
    return []


@mutant(rules.request_id_made)
def omit_request_id(ctx: RequestContext, id: str, _: None) -> str:
    return ""


@mutant(rules.unknown_fields_ignored)
def refuse_unknown_fields(ctx: RequestContext, body: BaseModel, _: None) -> BaseModel:
    ctx.require(rules.body_is_json, not body.model_extra)
    return body


@mutant(rules.nesting_is_limited)
def accept_less(ctx: RequestContext, limit: int, _: None) -> int:
    return limit // 2


@mutant(rules.body_is_json)
def empty_body(ctx: RequestContext, _: None, model: type[BaseModel]) -> BaseModel:
    return model()


@mutant(rules.typed_id_is_uuid)
def nil_id(ctx: RequestContext, _: None, __: None) -> str:
    return NIL
