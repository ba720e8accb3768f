"""The operations of providers, provider calls, calls and groupcalls."""

from __future__ import annotations

from ..models.requests import (
    CallRequest,
    GroupcallRequest,
    MuteRequest,
    ProviderCallRequest,
    ProviderRequest,
    RecordingRequest,
    TalkRequest,
)
from ..models.responses import Call, Groupcall, NoContent, Page, PlacedCalls, Provider, ProviderCall
from ..rules import calls, gateway, groupcalls, providercall_placement, providercalls, providers
from ..rules.routing import dialroutes
from ..rules.telephony import live_calls
from . import shared_rules as groups
from .operation import PAGING, Operation

_NOT_EMPTY = {"type": "array", "minItems": 1}
_PROVIDER_CONSTRAINTS = {"properties": {"tech_headers": {"additionalProperties": {"type": "string"}}}}
_PROVIDERCALL_CONSTRAINTS = {
    "required": ["provider_id", "destinations"],
    "properties": {"provider_id": {"type": "string"}, "destinations": _NOT_EMPTY},
}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET", "/v1.0/providers", "List the providers", Page[Provider], (*groups.PROVIDER, *groups.LIST), query=PAGING
    ),
    Operation(
        "POST",
        "/v1.0/providers",
        "Create a provider",
        Provider,
        (*groups.PROVIDER, *groups.PROVIDER_BODY),
        ProviderRequest,
        _PROVIDER_CONSTRAINTS,
    ),
    Operation(
        "GET",
        "/v1.0/providers/{id}",
        "Get a provider, even a deleted one",
        Provider,
        (*groups.PROVIDER, *groups.ID, providers.exists, providers.lookup_before_permission),
    ),
    Operation(
        "PUT",
        "/v1.0/providers/{id}",
        "Replace the fields of a provider",
        Provider,
        (*groups.PROVIDER, *groups.ID, *groups.PROVIDER_BODY, providers.exists),
        ProviderRequest,
        _PROVIDER_CONSTRAINTS,
    ),
    Operation(
        "DELETE",
        "/v1.0/providers/{id}",
        "Soft-delete a provider",
        Provider,
        (*groups.PROVIDER, *groups.ID, providers.exists),
    ),
    Operation(
        "GET",
        "/v1.0/providercalls",
        "List the provider calls",
        Page[ProviderCall],
        (*groups.PROVIDERCALL, *groups.LIST, providercalls.provider_filter_is_uuid),
        query=(*PAGING, "provider_id"),
    ),
    Operation(
        "POST",
        "/v1.0/providercalls",
        "Place calls through one provider; every request places new, billable calls",
        ProviderCall,
        (
            *groups.PLACING,
            providercalls.super_admin_places,
            gateway.tier_before_body,
            gateway.body_is_json,
            providercall_placement.provider_id_given,
            providercall_placement.destinations_given,
            providercall_placement.provider_exists,
            providercall_placement.provider_not_deleted,
            *groups.NEW_FLOW,
            providercall_placement.source_given,
            *groups.GATES,
            providercall_placement.flow_usable,
            providercall_placement.anonymous_needs_number,
            providercall_placement.at_least_one_call_placed,
        ),
        ProviderCallRequest,
        _PROVIDERCALL_CONSTRAINTS,
    ),
    Operation(
        "GET",
        "/v1.0/providercalls/{id}",
        "Get a provider call, even a deleted one",
        ProviderCall,
        (*groups.PROVIDERCALL, *groups.TYPED_ID, providercalls.record_exists),
    ),
    Operation(
        "DELETE",
        "/v1.0/providercalls/{id}",
        "Soft-delete a provider call; its calls continue",
        ProviderCall,
        (*groups.PROVIDERCALL, *groups.TYPED_ID, providercalls.deleted_record_exists),
    ),
    Operation("GET", "/v1.0/calls", "List calls", Page[Call], (*groups.CALL, *groups.LIST_BY_CALLS), query=PAGING),
    Operation(
        "POST",
        "/v1.0/calls",
        "Place calls; every request places new, billable calls",
        PlacedCalls,
        (
            *groups.CALL,
            gateway.body_is_json,
            calls.variables_small,
            calls.identity_verified_for_tel,
            calls.balance_is_payment_required,
            calls.flow_exists,
            calls.flow_not_deleted,
            calls.delegate_needs_flow,
            calls.flow_is_own,
            *groups.NEW_FLOW,
            calls.something_placed,
            dialroutes.provider_exists,
            dialroutes.route_exists,
        ),
        CallRequest,
    ),
    Operation("GET", "/v1.0/calls/{id}", "Get a call", Call, groups.ONE_CALL),
    Operation("DELETE", "/v1.0/calls/{id}", "Hang up and soft-delete a call", Call, groups.ONE_CALL),
    Operation("POST", "/v1.0/calls/{id}/hangup", "Hang up a call", Call, (*groups.ONE_CALL, calls.channel_exists)),
    Operation("POST", "/v1.0/calls/{id}/hold", "Hold a call", NoContent, groups.LIVE_CALL),
    Operation("DELETE", "/v1.0/calls/{id}/hold", "Resume a held call", NoContent, groups.LIVE_CALL),
    Operation(
        "POST", "/v1.0/calls/{id}/mute", "Mute a call in one direction or both", NoContent, groups.MUTE, MuteRequest
    ),
    Operation(
        "DELETE", "/v1.0/calls/{id}/mute", "Unmute a call in one direction or both", NoContent, groups.MUTE, MuteRequest
    ),
    Operation("POST", "/v1.0/calls/{id}/moh", "Play music on hold into a call", NoContent, groups.LIVE_CALL),
    Operation("DELETE", "/v1.0/calls/{id}/moh", "Stop the music on hold of a call", NoContent, groups.LIVE_CALL),
    Operation("POST", "/v1.0/calls/{id}/silence", "Play silence into a call", NoContent, groups.LIVE_CALL),
    Operation("DELETE", "/v1.0/calls/{id}/silence", "Stop the silence in a call", NoContent, groups.LIVE_CALL),
    Operation(
        "POST",
        "/v1.0/calls/{id}/talk",
        "Speak a text into a call",
        NoContent,
        (*groups.ONE_CALL, gateway.body_is_json, live_calls.spoken_into_while_live),
        TalkRequest,
    ),
    Operation(
        "POST",
        "/v1.0/calls/{id}/recording_start",
        "Start to record a call",
        Call,
        (
            *groups.ONE_CALL,
            gateway.body_is_json,
            live_calls.recorded_while_progressing,
            live_calls.one_recording_at_a_time,
        ),
        RecordingRequest,
    ),
    Operation(
        "POST",
        "/v1.0/calls/{id}/recording_stop",
        "Stop to record a call",
        Call,
        (*groups.ONE_CALL, live_calls.recording_is_active),
    ),
    Operation(
        "GET",
        "/v1.0/groupcalls",
        "List groupcalls",
        Page[Groupcall],
        (*groups.GROUPCALL, *groups.LIST_BY_CALLS),
        query=PAGING,
    ),
    Operation(
        "POST",
        "/v1.0/groupcalls",
        "Ring several phones until one answers; every request places new, billable calls",
        Groupcall,
        (
            *groups.GROUPCALL,
            gateway.body_is_json,
            groupcalls.destinations_given,
            groupcalls.ring_method_known,
            calls.delegate_needs_flow,
            *groups.NEW_FLOW,
        ),
        GroupcallRequest,
        {"required": ["destinations"], "properties": {"destinations": _NOT_EMPTY}},
    ),
    Operation("GET", "/v1.0/groupcalls/{id}", "Get a groupcall, even a deleted one", Groupcall, groups.ONE_GROUPCALL),
    Operation(
        "DELETE", "/v1.0/groupcalls/{id}", "Hang up and soft-delete a groupcall", Groupcall, groups.ONE_GROUPCALL
    ),
    Operation(
        "POST", "/v1.0/groupcalls/{id}/hangup", "Hang up all calls of a groupcall", Groupcall, groups.ONE_GROUPCALL
    ),
)
