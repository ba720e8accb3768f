"""/outbound_config and /outbound_configs: which countries a customer may call, and its codecs (routing.md 4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ....contracts.editions import EDITIONS
from ....contracts.identity import Permission
from ....contracts.models import routing as models
from ....contracts.rules import lists as list_rules
from ....contracts.rules.routing import outbound_configs as rules
from ...calls.routing.iso_countries import CODES
from ...calls.routing.outbound_configs import OutboundConfig, configs_of, new_config, of_customer
from ...wire.serializers import add_model
from ..handlers.changes import fits_columns, soft_delete
from ..lists import Paging
from ..request_context import RequestContext
from ..route import Route
from ..tiers import Tier

OWN = Tier(int(Permission.CUSTOMER_ADMIN), rules.admin_only, rules.no_direct_access)
ANY = Tier(0, rules.super_admin_only, rules.no_direct_access)
_ABSENT_IN = frozenset(name for name, edition in EDITIONS.items() if not edition.has_outbound_configs)
_CODECS = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*(,[A-Za-z0-9]+(-[A-Za-z0-9]+)*)*")
_MAX_CODECS = 255

add_model(models.OutboundConfig)


def get_own(ctx: RequestContext) -> dict[str, Any]:
    ctx.authorise()
    return ctx.render(_own(ctx))


def update_own(ctx: RequestContext) -> dict[str, Any]:
    body = ctx.body(models.OutboundConfigRequest)
    ctx.authorise()
    config = _own(ctx)
    _check(ctx, body)
    return _changed(ctx, config, body)


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    customer_id = ctx.query_uuid("customer_id", rules.customer_filter_is_uuid)
    ctx.authorise()
    listed = ctx.flag(rules.all_are_listed)
    if customer_id is not None:
        customer_id = ctx.follows(rules.list_filtered_by_customer, customer_id)
    return paging.page(
        ctx,
        configs_of(ctx.world),
        owner=customer_id or "",
        where=None if listed else lambda _: False,
        valid=list_rules.page_token_valid_for_calls,
    )


def create(ctx: RequestContext) -> dict[str, Any]:
    body = ctx.body(models.OutboundConfigRequest)
    ctx.authorise()
    _check(ctx, body)
    customer = ctx.state.customers[ctx.principal.customer_id]
    configs = configs_of(ctx.world)
    ctx.require(rules.one_per_customer, of_customer(ctx.world, customer.id) is None)
    config = new_config(customer, ctx.world.ids.uuid())
    config.tm_create = ctx.world.clock.timestamp()
    return _changed(ctx, configs.add(config), body)


def get(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.typed_id(not_nil=None)
    return ctx.render(_existing(ctx, id))


def update(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.typed_id(not_nil=None)
    body = ctx.body(models.OutboundConfigRequest)
    config = _existing(ctx, id)
    _check(ctx, body)
    return _changed(ctx, config, body)


def delete(ctx: RequestContext) -> dict[str, Any]:
    config = _existing(ctx, ctx.typed_id(not_nil=None))
    ctx.apply(rules.delete_blocks_calls, _delete, ctx, config)
    return ctx.render(config)


def _delete(ctx: RequestContext, config: OutboundConfig) -> None:
    customer = ctx.state.customers[config.customer_id]
    updated = config.tm_update
    soft_delete(ctx, config)
    # The servers leave tm_update as it was.
    config.tm_update = updated
    customer.destination_whitelist, customer.codecs = frozenset(), ""


def _own(ctx: RequestContext) -> OutboundConfig:
    owner = ctx.principal.customer_id
    config = ctx.follows(rules.every_customer_has_one, of_customer(ctx.world, owner))
    found = None if config is None or config.tm_delete is not None else config
    return ctx.require_value(rules.own_exists, found, owner)


def _existing(ctx: RequestContext, id: str) -> OutboundConfig:
    ctx.authorise()
    config = configs_of(ctx.world).get(id)
    return ctx.require_value(rules.exists, None if config is None or config.tm_delete is not None else config, id)


def _check(ctx: RequestContext, body: models.OutboundConfigRequest) -> None:
    """Check what a client may set, in the servers' order."""
    ctx.require(rules.countries_known, _are_countries(body.destination_whitelist or ()))
    ctx.require(rules.codecs_well_formed, not body.codecs or _are_codecs(body.codecs))
    ctx.require(rules.texts_fit, fits_columns({"name": body.name or "", "detail": body.detail or ""}))


def _are_countries(entries: Sequence[str]) -> bool:
    codes = [entry.strip().lower() for entry in entries]
    return CODES.issuperset(codes) and len(set(codes)) == len(codes)


def _are_codecs(text: str) -> bool:
    return len(text) <= _MAX_CODECS and _CODECS.fullmatch(text) is not None


def _changed(ctx: RequestContext, config: OutboundConfig, body: models.OutboundConfigRequest) -> dict[str, Any]:
    """Change the fields that a client has sent, and return the outbound configuration."""
    sent = body.model_dump(include={"name", "detail", "destination_whitelist", "codecs"}, exclude_none=True)
    sent = ctx.follows(rules.put_changes_what_is_sent, sent, config)
    customer = ctx.state.customers[config.customer_id]
    if "destination_whitelist" in sent:
        sent["destination_whitelist"] = tuple(sent["destination_whitelist"])
        allowed = frozenset(sent["destination_whitelist"])
        customer.destination_whitelist = ctx.follows(rules.whitelist_is_enforced, allowed)
    customer.codecs = ctx.follows(rules.codecs_of_sip_calls, sent.get("codecs", customer.codecs))
    if body.default_outgoing_source_number_id is not None:
        ctx.entry.add_warning(
            "`default_outgoing_source_number_id` has no effect: the API accepts it and does not store it"
        )
        sent = ctx.follows(rules.default_source_is_lost, sent, body)
    for name, value in sent.items():
        setattr(config, name, value)
    config.tm_update = ctx.world.clock.timestamp()
    return ctx.render(config)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/outbound_config", get_own, OWN, _ABSENT_IN),
    Route("PUT", "/outbound_config", update_own, OWN, _ABSENT_IN),
    Route("GET", "/outbound_configs", list_, ANY, _ABSENT_IN),
    Route("POST", "/outbound_configs", create, ANY, _ABSENT_IN),
    Route("GET", "/outbound_configs/{id}", get, ANY, _ABSENT_IN),
    Route("PUT", "/outbound_configs/{id}", update, ANY, _ABSENT_IN),
    Route("DELETE", "/outbound_configs/{id}", delete, ANY, _ABSENT_IN),
)
