"""Mutants of the rules of dial routes and outbound configurations."""

from __future__ import annotations

from typing import Any

from ....contracts.formats.go_uuids import NIL
from ....contracts.models.routing import OutboundConfigRequest
from ....contracts.rules.routing import dialroutes, outbound_configs, routes
from ...calls.routing.outbound_configs import OutboundConfig, configs_of
from ...calls.routing.routes import Route, routes_of
from ...gateway.request_context import RequestContext
from ...world.world import RuleContext
from ..registry import mutant

Json = dict[str, Any]

# routes


@mutant(routes.exists)
def invent_route(ctx: RequestContext, _: None, id: str) -> Route:
    return Route(id=id, tm_create=ctx.world.clock.now())


@mutant(routes.deleted_still_readable)
def hide_deleted(ctx: RequestContext, route: Route, _: None) -> Route:
    ctx.refuse(routes.exists)


@mutant(routes.ids_are_not_checked)
def check_provider(ctx: RequestContext, fields: Json, _: None) -> Json:
    if fields["provider_id"] not in ctx.state.providers:
        ctx.refuse(routes.new_route_fits)
    return fields


@mutant(routes.put_replaces)
def keep_empty_fields(ctx: RequestContext, fields: Json, _: None) -> Json:
    return {key: value for key, value in fields.items() if value}


@mutant(routes.list_filtered_by_customer)
def ignore_filter(ctx: RequestContext, customer_id: str, _: None) -> str:
    return ""


@mutant(routes.nil_customer_filter_ignored)
def filter_by_nil(ctx: RequestContext, owner: str, nil: str) -> str:
    return nil


# dialling


@mutant(dialroutes.own_routes_first)
def default_routes_first(ctx: RuleContext, found: list[str], parts: tuple[list[str], list[str]]) -> list[str]:
    own, default = parts
    return default + [one for one in own if one not in default]


@mutant(dialroutes.country_first)
def any_country(ctx: RuleContext, parts: list[list[str]], customer_id: str) -> list[list[str]]:
    rows = routes_of(ctx.world).newest(owner=customer_id)
    return [[], [route.provider_id for route in rows]]


@mutant(dialroutes.provider_tried_once)
def keep_repeated(ctx: RuleContext, others: list[str], then: list[str]) -> list[str]:
    return then


# outbound configurations


@mutant(outbound_configs.exists)
@mutant(outbound_configs.own_exists)
def invent_config(ctx: RequestContext, _: None, id: str) -> OutboundConfig:
    # Of a customer whose calls no other probe places, because the probes of other rules change and delete it.
    return OutboundConfig(id=id, tm_create=ctx.world.clock.now(), customer_id=[*ctx.state.customers][-1])


@mutant(outbound_configs.every_customer_has_one)
def anothers_config(ctx: RequestContext, config: OutboundConfig | None, _: None) -> OutboundConfig | None:
    # A late one: probes place calls of the first customers, and the last one is deleted.
    others = [one for one in configs_of(ctx.world).values() if one.customer_id != ctx.principal.customer_id]
    return config and others[-2:][0]


@mutant(outbound_configs.list_filtered_by_customer)
def list_all(ctx: RequestContext, customer_id: str, _: None) -> str:
    return ""


@mutant(outbound_configs.put_changes_what_is_sent)
def empty_other_fields(ctx: RequestContext, sent: Json, _: None) -> Json:
    return {"name": "", "detail": "", **sent}


@mutant(outbound_configs.whitelist_is_enforced)
def ignore_case(ctx: RequestContext, allowed: frozenset[str], _: None) -> frozenset[str]:
    return frozenset(map(str.lower, allowed))


@mutant(outbound_configs.codecs_of_sip_calls)
def no_codecs(ctx: RequestContext, codecs: str, _: None) -> str:
    return ""


@mutant(outbound_configs.default_source_is_lost)
def store_default_source(ctx: RequestContext, sent: Json, body: OutboundConfigRequest) -> Json:
    return {**sent, "default_outgoing_source_number_id": body.default_outgoing_source_number_id or NIL}


@mutant(outbound_configs.delete_blocks_calls)
def keep_whitelist(ctx: RequestContext, config: OutboundConfig, _: None) -> None:
    config.tm_delete = ctx.world.clock.timestamp()
