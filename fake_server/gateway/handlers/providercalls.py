"""/providercalls: the resource that places calls through a forced provider (providers.md 3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ....contracts.formats.go_uuids import NIL
from ....contracts.light_imports import maker, without_collections
from ....contracts.models.bodies import PROVIDERCALL
from ....contracts.rules import providercall_placement as placement_rules
from ....contracts.rules import providercalls as rules
from ...wire.addresses import address_of
from ...world.records import Flow, PlacementResult, ProviderCall
from ...world.values import Address, DialRequest
from ..request_context import Json, RequestContext
from ..route import Route
from ..tiers import Tier

if TYPE_CHECKING:
    from ....contracts.models.requests import ProviderCallRequest

_COLUMN = 16
"""The length of the column `anonymous` in the servers' database."""
_LARGE = 2**20
"""The size of a body whose calls are so many that a third of their time would go into garbage collections."""
_METADATA_RULES = (
    rules.call_names_its_provider,
    rules.call_skips_source_validation,
    rules.metadata_not_settable,
)
_RECORD_RULES = (
    placement_rules.id_made_by_server,
    placement_rules.customer_id_is_the_admins,
    placement_rules.provider_echoed,
    placement_rules.source_verbatim,
    placement_rules.destinations_verbatim,
    placement_rules.not_deleted_when_new,
)
_PLACED_RULES = (placement_rules.answers_the_record,)
_GET_RULES = (rules.get_answers_the_record, rules.record_never_changes)
_id = attrgetter("id")


def list_(ctx: RequestContext) -> dict[str, Any]:
    # Imported here, like others: a test with one POST uses none of them.
    from ..lists import Paging

    paging = Paging(ctx)
    provider_id = ctx.query_uuid("provider_id", rules.provider_filter_is_uuid)
    ctx.authorise()
    if provider_id == NIL:
        provider_id = ctx.follows(rules.nil_provider_filter_ignored, None, provider_id)
    if provider_id is not None:
        provider_id = ctx.follows(rules.list_filtered_by_provider, provider_id)
    return paging.page(
        ctx,
        ctx.state.providercalls,
        owner=ctx.principal.customer_id if ctx.flag(rules.own_records_only) else "",
        where=None if provider_id is None else lambda row: row.provider_id == provider_id,
    )


def create(ctx: RequestContext) -> Json:
    if len(ctx.request.body) < _LARGE:
        return _create(ctx)
    with without_collections():
        return _create(ctx)


def _create(ctx: RequestContext) -> Json:
    body = ctx.body(PROVIDERCALL)
    provider_id = body.provider_id or NIL
    ctx.require(placement_rules.provider_id_given, provider_id != NIL)
    ctx.require(placement_rules.destinations_given, body.destinations)
    ctx.authorise()
    provider_id = ctx.follows(placement_rules.provider_checked_first, provider_id, body)
    found = ctx.state.shared.providers.get(provider_id)
    provider = ctx.require_value(placement_rules.provider_exists, found, provider_id)
    ctx.require(placement_rules.provider_not_deleted, provider.tm_delete is None)
    flow_id, temporary = _flow(ctx, body)
    if body.source is None:
        # The servers' worker crashes, and the gateway waits for it until it times out.
        ctx.fail_with_timeout(placement_rules.source_given)
    request = maker(DialRequest)(
        source=_source(ctx, body),
        flow_id=flow_id,
        anonymous=_anonymous(ctx, body.anonymous),
        provider_id=provider_id,
        metadata=_metadata(ctx, body, provider_id),
    )
    request = ctx.follows(placement_rules.post_is_not_idempotent, request)
    destinations = tuple(map(address_of, body.destinations))
    dialled = ctx.follows(placement_rules.one_call_per_destination, destinations)
    placed = ctx.place(request, dialled)
    done = bool(placed)
    if not done:
        placed = ctx.follows(placement_rules.no_record_of_failure, placed, (body, request))
    if len(request.anonymous) > _COLUMN and ctx.enforces(placement_rules.anonymous_is_short):
        done = False
    ctx.require(placement_rules.at_least_one_call_placed, done)
    record = ctx.state.providercalls.add(new_record(ctx, body, request, placed, destinations, temporary))
    return ctx.show(_PLACED_RULES, record)


def get(ctx: RequestContext) -> Json:
    id = ctx.typed_id()
    ctx.authorise()
    record = ctx.require_value(rules.record_exists, ctx.state.providercalls.get(id), id)
    if record.tm_delete is not None:
        record = ctx.follows(rules.deleted_still_readable, record)
    if record.customer_id != ctx.principal.customer_id:
        record = ctx.follows(rules.readable_across_customers, record)
    return ctx.show(_GET_RULES, record)


def delete(ctx: RequestContext) -> dict[str, Any]:
    from .changes import soft_delete

    id = ctx.typed_id()
    ctx.authorise()
    record = ctx.require_value(rules.deleted_record_exists, ctx.state.providercalls.get(id), id)
    again = record.tm_delete is not None
    ctx.apply(rules.delete_again_answers if again else rules.delete_is_soft, soft_delete, ctx, record)
    return ctx.render(ctx.follows(rules.delete_leaves_calls, record))


def _flow(ctx: RequestContext, body: ProviderCallRequest) -> tuple[str, Flow | None]:
    """Return the id of the flow that the calls follow, and the temporary flow if one was created."""
    flow_id = body.flow_id or NIL
    if flow_id != NIL:
        flow_id = ctx.follows(placement_rules.flow_id_used, flow_id)
    if flow_id != NIL and body.actions:
        flow_id = ctx.follows(placement_rules.flow_id_wins, flow_id)
    if flow_id != NIL or not body.actions:
        return flow_id, None
    from ...flows import action_builder

    built = ctx.follows(placement_rules.action_ids_made, action_builder.build(ctx, body.actions), body.actions)
    flow = ctx.create_temporary_flow(built, "tmp outbound flow for providercall")
    return ctx.follows(placement_rules.temporary_flow_made, (flow.id, flow))


def _source(ctx: RequestContext, body: ProviderCallRequest) -> Address:
    source = address_of(body.source)
    return source if source.target else ctx.follows(placement_rules.empty_source_is_kept, source)


def _anonymous(ctx: RequestContext, sent: str | None) -> str:
    if sent is None:
        return ctx.follows(placement_rules.anonymous_defaults_to_auto, "auto")
    return ctx.follows(placement_rules.anonymous_verbatim, sent)


def _metadata(ctx: RequestContext, body: ProviderCallRequest, provider_id: str) -> Mapping[str, Any]:
    metadata = _call_metadata(provider_id, ctx.flag(rules.call_has_rtp_debug))
    return ctx.follows_all(_METADATA_RULES, metadata, body)


@lru_cache(maxsize=1024)
def _call_metadata(provider_id: str, rtp_debug: bool) -> Mapping[str, Any]:
    """Return the metadata of calls through a provider, which share it."""
    debug = {"rtp_debug": True} if rtp_debug else {}
    return {"route_provider_ids": [provider_id], **debug, "skip_source_validation": True}


def new_record(
    ctx: RequestContext,
    body: ProviderCallRequest,
    request: DialRequest,
    placed: PlacementResult,
    destinations: tuple[Address, ...],
    temporary: Flow | None,
) -> ProviderCall:
    """Return the record of a request."""
    now = ctx.world.clock.timestamp()
    shows_flow = temporary is None or ctx.flag(placement_rules.record_names_temporary_flow)
    record = maker(ProviderCall)(
        id=ctx.world.ids.uuid(),
        tm_create=now,
        tm_update=now if ctx.flag(placement_rules.updated_on_create) else None,
        customer_id=ctx.principal.customer_id,
        provider_id=request.provider_id,
        flow_id=request.flow_id if shows_flow else NIL,
        source=None if body.source is None else request.source,
        destinations=destinations,
        anonymous=request.anonymous,
        call_ids=tuple(placed.call_ids),
        groupcall_ids=tuple(map(_id, placed.groupcalls)),
    )
    if request.flow_id == NIL:
        record = ctx.follows(placement_rules.no_flow_is_nil, record)
    return ctx.follows_all(_RECORD_RULES, record, body)


_PROVIDERCALL = Tier(0, rules.super_admin_only, rules.no_direct_access)
_PLACING = Tier(0, rules.super_admin_places, rules.no_direct_access)

ROUTES = (
    Route("GET", "/providercalls", list_, _PROVIDERCALL),
    Route("POST", "/providercalls", create, _PLACING),
    Route("GET", "/providercalls/{id}", get, _PROVIDERCALL),
    Route("DELETE", "/providercalls/{id}", delete, _PROVIDERCALL),
)
