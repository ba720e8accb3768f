"""Mutants of the rules of POST /providercalls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...contracts.formats.go_uuids import NIL
from ...contracts.models.requests import ActionRequest, ProviderCallRequest
from ...contracts.rules import providercall_placement as rules
from ..flows import action_builder
from ..gateway.handlers import providercalls
from ..gateway.request_context import RequestContext
from ..wire.addresses import address_of
from ..world.records import Flow, PlacementResult, ProviderCall
from ..world.values import Action, Address, DialRequest
from .providers import invent_provider
from .registry import ResponseReplaced, mutant

Json = dict[str, Any]

# the request


mutant(rules.provider_exists)(invent_provider)


@mutant(rules.provider_checked_first)
def actions_first(ctx: RequestContext, provider_id: str, body: ProviderCallRequest) -> str:
    action_builder.build(ctx, body.actions)
    return provider_id


@mutant(rules.flow_id_used)
@mutant(rules.flow_id_wins)
def ignore_flow_id(ctx: RequestContext, flow_id: str, _: None) -> str:
    return NIL


@mutant(rules.action_ids_made)
def keep_missing_ids(
    ctx: RequestContext, built: tuple[Action, ...], sent: list[ActionRequest | None]
) -> tuple[Action, ...]:
    pairs = zip(built, sent, strict=True)
    return tuple(one if action is not None and action.id else one._replace(id=NIL) for one, action in pairs)


@mutant(rules.temporary_flow_made)
def no_temporary_flow(ctx: RequestContext, made: tuple[str, Flow], _: None) -> tuple[str, None]:
    ctx.state.flows.remove(made[1])
    return NIL, None


@mutant(rules.empty_source_is_kept)
def default_source(ctx: RequestContext, source: Address, _: None) -> Address:
    return Address("tel", "+10000000000")


@mutant(rules.anonymous_defaults_to_auto)
def empty_anonymous(ctx: RequestContext, anonymous: str, _: None) -> str:
    return ""


@mutant(rules.anonymous_verbatim)
def always_auto(ctx: RequestContext, anonymous: str, _: None) -> str:
    return "auto"


@mutant(rules.post_is_not_idempotent)
def honour_idempotency_key(ctx: RequestContext, request: DialRequest, _: None) -> DialRequest:
    if "idempotency-key" in ctx.head.values:
        for earlier in ctx.state.providercalls.values():
            raise ResponseReplaced(ctx.render(earlier))
    return request


@mutant(rules.one_call_per_destination)
def first_destination_only(ctx: RequestContext, destinations: tuple[Address, ...], _: None) -> tuple[Address, ...]:
    return destinations[:1]


# the record


@mutant(rules.no_record_of_failure)
def record_failure(
    ctx: RequestContext, placed: PlacementResult, sent: tuple[ProviderCallRequest, DialRequest]
) -> PlacementResult:
    body, request = sent
    destinations = tuple(map(address_of, body.destinations))
    ctx.state.providercalls.add(providercalls.new_record(ctx, body, request, placed, destinations, None))
    return placed


@mutant(rules.id_made_by_server)
def accept_id(ctx: RequestContext, record: ProviderCall, body: ProviderCallRequest) -> ProviderCall:
    return replace(record, id=(body.model_extra or {}).get("id") or record.id)


@mutant(rules.customer_id_is_the_admins)
def accept_customer_id(ctx: RequestContext, record: ProviderCall, body: ProviderCallRequest) -> ProviderCall:
    return replace(record, customer_id=(body.model_extra or {}).get("customer_id") or record.customer_id)


@mutant(rules.provider_echoed)
def omit_provider(ctx: RequestContext, record: ProviderCall, _: object) -> ProviderCall:
    return replace(record, provider_id=NIL)


@mutant(rules.no_flow_is_nil)
def random_flow_id(ctx: RequestContext, record: ProviderCall, _: None) -> ProviderCall:
    return replace(record, flow_id=ctx.world.ids.uuid())


@mutant(rules.source_verbatim)
def empty_source(ctx: RequestContext, record: ProviderCall, _: object) -> ProviderCall:
    return replace(record, source=Address())


@mutant(rules.destinations_verbatim)
def reverse_destinations(ctx: RequestContext, record: ProviderCall, _: object) -> ProviderCall:
    return replace(record, destinations=record.destinations[::-1])


@mutant(rules.not_deleted_when_new)
def deleted_when_new(ctx: RequestContext, record: ProviderCall, _: object) -> ProviderCall:
    return replace(record, tm_delete=record.tm_create)


@mutant(rules.answers_the_record)
def omit_anonymous(ctx: RequestContext, response: Json, _: object) -> Json:
    return {key: value for key, value in response.items() if key != "anonymous"}
