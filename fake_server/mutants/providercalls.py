"""Mutants of the rules of provider calls, except those of POST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...contracts.formats.go_uuids import NIL
from ...contracts.models.requests import ProviderCallRequest
from ...contracts.rules import providercalls as rules
from ..gateway.request_context import RequestContext
from ..world.records import ProviderCall
from .registry import mutant

Json = dict[str, Any]
Metadata = Mapping[str, Any]


@mutant(rules.record_exists)
@mutant(rules.deleted_record_exists)
def invent_record(ctx: RequestContext, _: None, id: str) -> ProviderCall:
    return ProviderCall(
        id=id,
        tm_create=ctx.world.clock.now(),
        customer_id=NIL,
        provider_id=NIL,
        flow_id=NIL,
        source=None,
        destinations=(),
        anonymous="auto",
        call_ids=(),
        groupcall_ids=(),
    )


# lists


@mutant(rules.nil_provider_filter_ignored)
def filter_by_nil(ctx: RequestContext, _: None, provider_id: str) -> str:
    return provider_id


@mutant(rules.list_filtered_by_provider)
def no_filter(ctx: RequestContext, provider_id: str, _: None) -> None:
    return None


# GET and DELETE


@mutant(rules.deleted_still_readable)
def hide_deleted(ctx: RequestContext, record: ProviderCall, _: None) -> ProviderCall:
    ctx.refuse(rules.record_exists)


@mutant(rules.readable_across_customers)
def own_customer_only(ctx: RequestContext, record: ProviderCall, _: None) -> ProviderCall:
    ctx.refuse(rules.super_admin_only)


@mutant(rules.get_answers_the_record)
def omit_call_ids(ctx: RequestContext, response: Json, _: object) -> Json:
    return {**response, "call_ids": []}


@mutant(rules.delete_leaves_calls)
def hang_up_calls(ctx: RequestContext, record: ProviderCall, _: None) -> ProviderCall:
    for id in record.call_ids:
        ctx.calls.hang_up(ctx.state.calls[id])
    return record


# observation


@mutant(rules.record_never_changes)
def show_statuses(ctx: RequestContext, response: Json, record: ProviderCall) -> Json:
    statuses = {ctx.state.calls[id].status for id in record.call_ids} - {"dialing"}
    return {**response, "status": sorted(statuses)} if statuses else response


@mutant(rules.call_names_its_provider)
def omit_provider_ids(ctx: RequestContext, metadata: Metadata, _: object) -> Metadata:
    return {key: value for key, value in metadata.items() if key != "route_provider_ids"}


@mutant(rules.call_skips_source_validation)
def omit_skip_flag(ctx: RequestContext, metadata: Metadata, _: object) -> Metadata:
    return {key: value for key, value in metadata.items() if key != "skip_source_validation"}


@mutant(rules.metadata_not_settable)
def merge_metadata(ctx: RequestContext, metadata: Metadata, body: ProviderCallRequest) -> Metadata:
    return {**metadata, **(body.model_extra or {}).get("metadata", {})}


@mutant(rules.answers_while_dialing)
def progressing_at_once(ctx: RequestContext, response: Json, _: None) -> Json:
    return {**response, "status": "progressing"}
