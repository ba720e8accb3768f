"""/providercalls: the resource that rings phones (providers.md 3)."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from ....contracts.go_uuids import NIL
from ....contracts.models.requests import ProviderCallRequest
from ....contracts.rule import Rule
from ....contracts.rules import providercalls as rules
from ...calls import creation, placement
from ...flows import action_builder, lookup
from ...world.records import Address, Flow, ProviderCall
from ..lists import Paging
from ..request_context import RequestContext

_COLUMN = 16
_id = attrgetter("id")


def list_(ctx: RequestContext) -> dict[str, Any]:
    paging = Paging(ctx)
    provider_id = ctx.query_uuid("provider_id", rules.provider_filter_is_uuid)
    ctx.authorise()
    if provider_id == NIL and not ctx.is_broken(rules.nil_provider_filter_ignored):
        provider_id = None
    filtered = provider_id is not None and not ctx.is_broken(rules.list_filtered_by_provider)
    return paging.page(
        ctx,
        ctx.state.providercalls,
        owner=ctx.principal.customer_id if ctx.flag(rules.own_records_only) else "",
        where=(lambda row: row.provider_id == provider_id) if filtered else None,
    )


def create(ctx: RequestContext) -> dict[str, Any]:
    body = ctx.body(ProviderCallRequest)
    provider_id = body.provider_id or NIL
    ctx.require(rules.provider_id_given, provider_id != NIL)
    ctx.require(rules.destinations_given, body.destinations)
    ctx.authorise()
    if ctx.is_broken(rules.provider_checked_first):
        action_builder.build(ctx, body.actions)
    provider = ctx.state.providers.get(provider_id)
    ctx.require(rules.provider_exists, provider is not None)
    ctx.require(rules.provider_not_deleted, provider is None or provider.tm_delete is None)
    flow_id, temporary = _flow(ctx, body)
    source = _source(ctx, body)
    if ctx.is_broken(rules.post_is_not_idempotent) and "idempotency-key" in ctx.request_headers:
        for earlier in ctx.state.providercalls.values():
            return ctx.fake.render(earlier)
    destinations = tuple(map(creation.address, body.destinations))
    anonymous = _anonymous(ctx, body.anonymous)
    order = creation.DialRequest(
        source=source,
        flow_id=flow_id,
        anonymous=anonymous,
        provider_id=provider_id,
        metadata=_metadata(ctx, body, provider_id),
    )
    dialled = destinations if not ctx.is_broken(rules.one_call_per_destination) else destinations[:1]
    placed = placement.place(ctx, order, dialled)
    stored = len(anonymous) <= _COLUMN or ctx.is_broken(rules.anonymous_is_short)
    if not placed and ctx.is_broken(rules.no_record_of_failure):
        _record(ctx, body, order, placed, destinations, temporary)
    done = placed and stored
    if not done and temporary is not None and ctx.edition.cleans_up_temporary_flow:
        ctx.state.flows.remove(temporary)
    ctx.require(rules.at_least_one_call_placed, done)
    answer = ctx.fake.render(_record(ctx, body, order, placed, destinations, temporary))
    if ctx.is_broken(rules.answers_the_record):
        answer.pop("anonymous")
    return answer


def get(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.typed_id()
    ctx.authorise()
    record = _existing(ctx, id, rules.record_exists)
    if record.tm_delete is not None:
        ctx.require(rules.record_exists, not ctx.is_broken(rules.deleted_still_readable))
    if record.customer_id != ctx.principal.customer_id:
        ctx.require(rules.super_admin_only, not ctx.is_broken(rules.readable_across_customers))
    answer = ctx.fake.render(record)
    if ctx.is_broken(rules.get_answers_the_record):
        answer["call_ids"] = []
    if ctx.is_broken(rules.record_never_changes):
        gone_on = {ctx.state.calls[id].status for id in record.call_ids} - {"dialing"}
        answer.update({"status": sorted(gone_on)} if gone_on else {})
    return answer


def delete(ctx: RequestContext) -> dict[str, Any]:
    id = ctx.typed_id()
    ctx.authorise()
    record = _existing(ctx, id, rules.deleted_record_exists)
    first = record.tm_delete is None
    if (first and not ctx.is_broken(rules.delete_is_soft)) or (not first and not ctx.is_broken(rules.delete_again_answers)):
        record.tm_update = record.tm_delete = ctx.fake.clock.timestamp()
    if ctx.is_broken(rules.delete_leaves_calls):
        for call_id in record.call_ids:
            ctx.fake.call_engine.hang_up(ctx.state.calls[call_id])
    return ctx.fake.render(record)


def _existing(ctx: RequestContext, id: str, rule: Rule) -> ProviderCall:
    record = ctx.state.providercalls.get(id)
    ctx.require(rule, record is not None)
    return record or ProviderCall(
        id=id,
        tm_create=ctx.fake.clock.now(),
        customer_id=NIL,
        provider_id=NIL,
        flow_id=NIL,
        source=None,
        destinations=(),
        anonymous="auto",
        call_ids=(),
        groupcall_ids=(),
    )


def _flow(ctx: RequestContext, body: ProviderCallRequest) -> tuple[str, Flow | None]:
    """The flow that the calls follow, and the temporary one if it had to be made."""
    wanted = body.flow_id or NIL
    if (
        wanted != NIL
        and not ctx.is_broken(rules.flow_id_used)
        and (not body.actions or not ctx.is_broken(rules.flow_id_wins))
    ):
        return wanted, None
    if not body.actions:
        return NIL, None
    built = action_builder.build(ctx, body.actions)
    if ctx.is_broken(rules.action_ids_made):
        built = tuple(
            one if sent is not None and sent.id else one._replace(id=NIL)
            for one, sent in zip(built, body.actions, strict=True)
        )
    if ctx.is_broken(rules.temporary_flow_made):
        return NIL, None
    flow = lookup.create_temporary_flow(ctx, built, "tmp outbound flow for providercall")
    return flow.id, flow


def _source(ctx: RequestContext, body: ProviderCallRequest) -> Address:
    """The source. Without one the servers' worker crashes, and the gateway waits for it until it times out."""
    if body.source is None:
        ctx.fail_with_timeout(rules.source_given)
    source = creation.address(body.source)
    return source if source.target or not ctx.is_broken(rules.empty_source_is_kept) else Address("tel", "+10000000000")


def _anonymous(ctx: RequestContext, sent: str | None) -> str:
    if sent is None:
        return "auto" if not ctx.is_broken(rules.anonymous_defaults_to_auto) else ""
    return sent if not ctx.is_broken(rules.anonymous_verbatim) else "auto"


def _metadata(ctx: RequestContext, body: ProviderCallRequest, provider_id: str) -> Mapping[str, Any]:
    named = provider_id if not ctx.is_broken(rules.call_names_its_provider) else ""
    key = named, ctx.flag(rules.call_has_rtp_debug), not ctx.is_broken(rules.call_skips_source_validation)
    metadata = ctx.fake._metadata_cache.get(key) or ctx.fake._metadata_cache.setdefault(key, _of_calls(*key))
    if ctx.is_broken(rules.metadata_not_settable):
        return {**metadata, **_unknown(body).get("metadata", {})}
    return metadata


def _of_calls(provider_id: str, rtp_debug: bool, unvalidated: bool) -> Mapping[str, Any]:
    metadata: dict[str, Any] = {}
    if provider_id:
        metadata["route_provider_ids"] = [provider_id]
    if rtp_debug:
        metadata["rtp_debug"] = True
    if unvalidated:
        metadata["skip_source_validation"] = True
    return metadata


def _unknown(body: ProviderCallRequest) -> dict[str, Any]:
    return body.model_extra or {}


def _record(
    ctx: RequestContext,
    body: ProviderCallRequest,
    order: creation.DialRequest,
    placed: placement.PlacementResult,
    destinations: tuple[Address, ...],
    temporary: Flow | None,
) -> ProviderCall:
    now = ctx.fake.clock.timestamp()
    named = temporary is None or ctx.flag(rules.record_names_temporary_flow)
    flow_id = order.flow_id if named else NIL
    if order.flow_id == NIL and ctx.is_broken(rules.no_flow_is_nil):
        flow_id = ctx.fake.ids.uuid()
    source = None if body.source is None else order.source
    record = ProviderCall(
        id=(ctx.is_broken(rules.id_made_by_server) and _unknown(body).get("id")) or ctx.fake.ids.uuid(),
        tm_create=now,
        tm_update=now if ctx.flag(rules.updated_on_create) else None,
        customer_id=(ctx.is_broken(rules.customer_is_the_askers) and _unknown(body).get("customer_id"))
        or ctx.principal.customer_id,
        provider_id=order.provider_id if not ctx.is_broken(rules.provider_echoed) else NIL,
        flow_id=flow_id,
        source=source if not ctx.is_broken(rules.source_verbatim) else Address(),
        destinations=destinations if not ctx.is_broken(rules.destinations_verbatim) else destinations[::-1],
        anonymous=order.anonymous,
        call_ids=tuple(map(_id, placed.calls)),
        groupcall_ids=tuple(map(_id, placed.groupcalls)),
    )
    if ctx.is_broken(rules.not_deleted_when_new):
        record.tm_delete = now
    return ctx.state.providercalls.add(record)
