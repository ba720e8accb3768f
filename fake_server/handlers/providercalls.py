"""/providercalls: the resource that rings phones (providers.md 3)."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from ...contracts.models.requests import ProviderCallRequest
from ...contracts.rule import Rule
from ...contracts.rules import providercalls as rules
from ...contracts.uuids import NIL
from .. import actions, calling, flowing, placing
from ..context import Context
from ..lists import Paging
from ..records import Address, Flow, ProviderCall

_COLUMN = 16
_id = attrgetter("id")


def list_(ctx: Context) -> dict[str, Any]:
    paging = Paging(ctx)
    provider_id = ctx.query_uuid("provider_id", rules.filter_is_uuid)
    ctx.authorise()
    if provider_id == NIL and not ctx.breaks(rules.nil_filter_is_none):
        provider_id = None
    filtered = provider_id is not None and not ctx.breaks(rules.list_filtered_by_provider)
    return paging.answer(
        ctx,
        ctx.state.providercalls,
        owner=ctx.asker.customer_id if ctx.does(rules.own_records_only) else "",
        where=(lambda row: row.provider_id == provider_id) if filtered else None,
    )


def create(ctx: Context) -> dict[str, Any]:
    body = ctx.body(ProviderCallRequest)
    provider_id = body.provider_id or NIL
    ctx.require(rules.provider_id_given, provider_id != NIL)
    ctx.require(rules.destinations_given, body.destinations)
    ctx.authorise()
    if ctx.breaks(rules.provider_checked_first):
        actions.build(ctx, body.actions)
    provider = ctx.state.providers.get(provider_id)
    ctx.require(rules.provider_exists, provider is not None)
    ctx.require(rules.provider_not_deleted, provider is None or provider.tm_delete is None)
    flow_id, temporary = _flow(ctx, body)
    source = _source(ctx, body)
    if ctx.breaks(rules.repeated_post_rings_again) and "idempotency-key" in ctx.sent:
        for earlier in ctx.state.providercalls.values():
            return ctx.fake.render(earlier)
    destinations = tuple(map(calling.address, body.destinations))
    anonymous = _anonymous(ctx, body.anonymous)
    order = calling.Order(
        source=source,
        flow_id=flow_id,
        anonymous=anonymous,
        provider_id=provider_id,
        metadata=_metadata(ctx, body, provider_id),
    )
    dialled = destinations if not ctx.breaks(rules.one_call_per_destination) else destinations[:1]
    placed = placing.place(ctx, order, dialled)
    stored = len(anonymous) <= _COLUMN or ctx.breaks(rules.anonymous_is_short)
    if not placed and ctx.breaks(rules.no_record_of_failure):
        _record(ctx, body, order, placed, destinations, temporary)
    done = placed and stored
    if not done and temporary is not None and ctx.edition.removes_temporary_flow:
        ctx.state.flows.remove(temporary)
    ctx.require(rules.something_placed, done)
    answer = ctx.fake.render(_record(ctx, body, order, placed, destinations, temporary))
    if ctx.breaks(rules.answers_the_record):
        answer.pop("anonymous")
    return answer


def get(ctx: Context) -> dict[str, Any]:
    id = ctx.typed_id()
    ctx.authorise()
    record = _existing(ctx, id, rules.record_exists)
    if record.tm_delete is not None:
        ctx.require(rules.record_exists, not ctx.breaks(rules.deleted_still_readable))
    if record.customer_id != ctx.asker.customer_id:
        ctx.require(rules.super_admin_only, not ctx.breaks(rules.read_across_customers))
    answer = ctx.fake.render(record)
    if ctx.breaks(rules.get_answers_the_record):
        answer["call_ids"] = []
    if ctx.breaks(rules.record_never_changes):
        gone_on = {ctx.state.calls[id].status for id in record.call_ids} - {"dialing"}
        answer.update({"status": sorted(gone_on)} if gone_on else {})
    return answer


def delete(ctx: Context) -> dict[str, Any]:
    id = ctx.typed_id()
    ctx.authorise()
    record = _existing(ctx, id, rules.deleted_record_exists)
    first = record.tm_delete is None
    if (first and not ctx.breaks(rules.delete_is_soft)) or (not first and not ctx.breaks(rules.delete_again_answers)):
        record.tm_update = record.tm_delete = ctx.fake.clock.stamp()
    if ctx.breaks(rules.delete_leaves_calls):
        for call_id in record.call_ids:
            ctx.fake.lifecycle.hang_up(ctx.state.calls[call_id])
    return ctx.fake.render(record)


def _existing(ctx: Context, id: str, rule: Rule) -> ProviderCall:
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


def _flow(ctx: Context, body: ProviderCallRequest) -> tuple[str, Flow | None]:
    """The flow that the calls follow, and the temporary one if it had to be made."""
    wanted = body.flow_id or NIL
    if (
        wanted != NIL
        and not ctx.breaks(rules.flow_id_used)
        and (not body.actions or not ctx.breaks(rules.flow_id_wins))
    ):
        return wanted, None
    if not body.actions:
        return NIL, None
    built = actions.build(ctx, body.actions)
    if ctx.breaks(rules.action_ids_made):
        built = tuple(
            one if sent is not None and sent.id else one._replace(id=NIL)
            for one, sent in zip(built, body.actions, strict=True)
        )
    if ctx.breaks(rules.temporary_flow_made):
        return NIL, None
    flow = flowing.temporary_flow(ctx, built, "tmp outbound flow for providercall")
    return flow.id, flow


def _source(ctx: Context, body: ProviderCallRequest) -> Address:
    """The source. Without one the servers' worker crashes, and the gateway waits for it until it times out."""
    if body.source is None:
        ctx.time_out(rules.source_given)
    source = calling.address(body.source)
    return source if source.target or not ctx.breaks(rules.empty_source_is_kept) else Address("tel", "+10000000000")


def _anonymous(ctx: Context, sent: str | None) -> str:
    if sent is None:
        return "auto" if not ctx.breaks(rules.anonymous_defaults_to_auto) else ""
    return sent if not ctx.breaks(rules.anonymous_verbatim) else "auto"


def _metadata(ctx: Context, body: ProviderCallRequest, provider_id: str) -> Mapping[str, Any]:
    named = provider_id if not ctx.breaks(rules.call_names_its_provider) else ""
    key = named, ctx.does(rules.call_has_rtp_debug), not ctx.breaks(rules.call_skips_source_validation)
    metadata = ctx.fake.metadata.get(key) or ctx.fake.metadata.setdefault(key, _of_calls(*key))
    if ctx.breaks(rules.metadata_not_settable):
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
    ctx: Context,
    body: ProviderCallRequest,
    order: calling.Order,
    placed: placing.Placed,
    destinations: tuple[Address, ...],
    temporary: Flow | None,
) -> ProviderCall:
    now = ctx.fake.clock.stamp()
    named = temporary is None or ctx.does(rules.record_names_temporary_flow)
    flow_id = order.flow_id if named else NIL
    if order.flow_id == NIL and ctx.breaks(rules.no_flow_is_nil):
        flow_id = ctx.fake.ids.uuid()
    source = None if body.source is None else order.source
    record = ProviderCall(
        id=(ctx.breaks(rules.id_made_by_server) and _unknown(body).get("id")) or ctx.fake.ids.uuid(),
        tm_create=now,
        tm_update=now if ctx.does(rules.updated_on_create) else None,
        customer_id=(ctx.breaks(rules.customer_is_the_askers) and _unknown(body).get("customer_id"))
        or ctx.asker.customer_id,
        provider_id=order.provider_id if not ctx.breaks(rules.provider_echoed) else NIL,
        flow_id=flow_id,
        source=source if not ctx.breaks(rules.source_verbatim) else Address(),
        destinations=destinations if not ctx.breaks(rules.destinations_verbatim) else destinations[::-1],
        anonymous=order.anonymous,
        call_ids=tuple(map(_id, placed.calls)),
        groupcall_ids=tuple(map(_id, placed.groupcalls)),
    )
    if ctx.breaks(rules.not_deleted_when_new):
        record.tm_delete = now
    return ctx.state.providercalls.add(record)
