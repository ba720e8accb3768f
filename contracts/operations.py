"""The operations of the API in one table: request and response models, and the rules that can refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel

from .models.requests import (
    AccesskeyRequest,
    CallRequest,
    CustomerRequest,
    FlowRequest,
    GroupcallRequest,
    LoginRequest,
    ProviderCallRequest,
    ProviderRequest,
)
from .models.responses import (
    Accesskey,
    Activeflow,
    Agent,
    Billing,
    BillingAccount,
    Call,
    Customer,
    Flow,
    Groupcall,
    Login,
    Page,
    PlacedCalls,
    Pong,
    Provider,
    ProviderCall,
)
from .rule import Rule
from .rules import (
    accesskeys,
    account,
    activeflows,
    billings,
    call_gates,
    calls,
    flows,
    gateway,
    groupcalls,
    limits,
    lists,
    providercall_placement,
    providercalls,
    providers,
)

Model = type[BaseModel]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, with its models and the rules that can refuse a request.

    `path` contains `{id}` in place of an id. `body_constraints` is a JSON Schema of what the rules require of the
    body in addition to its model.
    """

    method: str
    path: str
    summary: str
    response_model: Model
    rules: tuple[Rule, ...]
    request_model: Model | None = None
    body_constraints: Mapping[str, Any] = field(default_factory=dict, hash=False)
    query: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The operationId, such as `getProvidercallsId`."""
        parts = self.path.removeprefix("/v1.0").replace("{", "").replace("}", "").split("/")
        return self.method.lower() + "".join(part.title() for part in parts).replace("_", "")

    @property
    def name(self) -> str:
        """The method and the path."""
        return f"{self.method} {self.path}"

    @property
    def is_list(self) -> bool:
        """Whether it returns pages of rows."""
        return issubclass(self.response_model, Page)

    @property
    def model(self) -> Model:
        """The model of the response, or of a row if it is a list."""
        model: Model = (
            self.response_model.__pydantic_generic_metadata__["args"][0] if self.is_list else self.response_model
        )
        return model

    @property
    def tag(self) -> str:
        """The resource."""
        return self.path.removeprefix("/v1.0").split("/")[1]


# groups of rules

_CREDENTIAL = (
    gateway.credential_given,
    gateway.credential_valid,
    gateway.first_credential_wins,
    gateway.bearer_is_case_sensitive,
    gateway.token_not_expired,
    gateway.accesskey_not_deleted,
    gateway.customer_not_frozen,
    limits.address_limited,
    limits.customer_limited,
    limits.direct_limited,
    limits.delegate_limited,
)
# An id with invalid escapes is refused like a typed id, on every path.
_ID = (gateway.id_is_uuid, gateway.typed_id_is_uuid)
_BILLING_ID = (gateway.typed_id_is_uuid, billings.id_is_not_nil)
_TYPED_ID = (gateway.typed_id_is_uuid, gateway.typed_id_is_not_nil)
_ACTIONS = (providercall_placement.action_types_known, providercall_placement.action_anonymous_known)
_LIST = (lists.page_size_is_integer, lists.page_token_given_once, lists.page_token_valid)
_LIST_BY_CALLS = (lists.page_size_is_integer, lists.page_token_given_once, lists.page_token_valid_for_calls)
_PROVIDER = (*_CREDENTIAL, providers.no_direct_access, providers.super_admin_only)
_PROVIDER_BODY = (gateway.body_is_json, providers.tech_headers_are_strings, providers.codecs_well_formed)
_PLACING = (*_CREDENTIAL, providercalls.no_direct_access, providercalls.admin_accesskey)
_PROVIDERCALL = (*_PLACING, providercalls.super_admin_only)
_CALL = (*_CREDENTIAL, calls.no_direct_access, calls.staff_only)
_ONE_CALL = (*_CALL, *_ID, calls.exists, calls.not_deleted, calls.own_customer_only)
_GROUPCALL = (*_CREDENTIAL, groupcalls.no_direct_access, groupcalls.staff_only)
_ONE_GROUPCALL = (*_GROUPCALL, *_ID, groupcalls.exists, groupcalls.own_customer_only)
_FLOW = (*_CREDENTIAL, flows.no_direct_access, flows.staff_only)
_ONE_FLOW = (*_FLOW, *_ID, flows.exists, flows.not_deleted, flows.own_customer_only)
_FLOW_BODY = (
    gateway.body_is_json,
    flows.on_complete_flow_exists,
    flows.on_complete_flow_not_deleted,
    flows.on_complete_flow_is_own,
    *_ACTIONS,
)
_ACTIVEFLOW = (*_CREDENTIAL, activeflows.no_direct_access, activeflows.staff_only)
_ONE_ACTIVEFLOW = (*_ACTIVEFLOW, *_ID, activeflows.exists, activeflows.own_customer_only)
_ACCESSKEY = (*_CREDENTIAL, accesskeys.no_direct_access, accesskeys.admin_only)
_ONE_ACCESSKEY = (
    *_ACCESSKEY,
    *_ID,
    accesskeys.exists,
    accesskeys.own_customer_only,
    accesskeys.not_deleted,
)
_BILLING = (*_CREDENTIAL, billings.no_direct_access, billings.admin_only)
_ACCOUNT = (*_CREDENTIAL, account.no_direct_access, account.admin_only)
_CUSTOMER_BODY = (gateway.body_is_json, account.webhook_method_is_known, account.webhook_uri_is_a_url)
_GATES = (
    call_gates.customer_active,
    call_gates.customer_verified,
    call_gates.balance_suffices,
    call_gates.number_has_country,
    call_gates.country_whitelisted,
    call_gates.number_parses,
    call_gates.agent_exists,
)

_PAGING = ("page_size", "page_token")
_NOT_EMPTY = {"type": "array", "minItems": 1}
_PROVIDERCALL_CONSTRAINTS = {
    "required": ["provider_id", "destinations"],
    "properties": {"provider_id": {"type": "string"}, "destinations": _NOT_EMPTY},
}
_EXPIRE_CONSTRAINTS = {"required": ["expire"], "properties": {"expire": {"type": "integer", "minimum": 86400}}}

OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/v1.0/providers", "List the providers", Page[Provider], (*_PROVIDER, *_LIST), query=_PAGING),
    Operation("POST", "/v1.0/providers", "Create a provider", Provider, (*_PROVIDER, *_PROVIDER_BODY), ProviderRequest),
    Operation(
        "GET",
        "/v1.0/providers/{id}",
        "Get a provider, even a deleted one",
        Provider,
        (*_PROVIDER, *_ID, providers.exists, providers.lookup_before_permission),
    ),
    Operation(
        "PUT",
        "/v1.0/providers/{id}",
        "Replace the fields of a provider",
        Provider,
        (*_PROVIDER, *_ID, *_PROVIDER_BODY, providers.exists),
        ProviderRequest,
    ),
    Operation(
        "DELETE",
        "/v1.0/providers/{id}",
        "Soft-delete a provider",
        Provider,
        (*_PROVIDER, *_ID, providers.exists),
    ),
    Operation(
        "GET",
        "/v1.0/providercalls",
        "List the provider calls",
        Page[ProviderCall],
        (*_PROVIDERCALL, *_LIST, providercalls.provider_filter_is_uuid),
        query=(*_PAGING, "provider_id"),
    ),
    Operation(
        "POST",
        "/v1.0/providercalls",
        "Place calls through one provider; every request places new, billable calls",
        ProviderCall,
        (
            *_PLACING,
            providercalls.super_admin_places,
            gateway.tier_before_body,
            gateway.body_is_json,
            providercall_placement.provider_id_given,
            providercall_placement.destinations_given,
            providercall_placement.provider_exists,
            providercall_placement.provider_not_deleted,
            *_ACTIONS,
            providercall_placement.source_given,
            *_GATES,
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
        (*_PROVIDERCALL, *_TYPED_ID, providercalls.record_exists),
    ),
    Operation(
        "DELETE",
        "/v1.0/providercalls/{id}",
        "Soft-delete a provider call; its calls continue",
        ProviderCall,
        (*_PROVIDERCALL, *_TYPED_ID, providercalls.deleted_record_exists),
    ),
    Operation("GET", "/v1.0/calls", "List calls", Page[Call], (*_CALL, *_LIST_BY_CALLS), query=_PAGING),
    Operation(
        "POST",
        "/v1.0/calls",
        "Place calls; every request places new, billable calls",
        PlacedCalls,
        (
            *_CALL,
            gateway.body_is_json,
            calls.variables_small,
            calls.identity_verified_for_tel,
            calls.balance_is_payment_required,
            calls.flow_exists,
            calls.flow_not_deleted,
            calls.delegate_needs_flow,
            calls.flow_is_own,
            *_ACTIONS,
            calls.something_placed,
        ),
        CallRequest,
    ),
    Operation("GET", "/v1.0/calls/{id}", "Get a call", Call, _ONE_CALL),
    Operation("DELETE", "/v1.0/calls/{id}", "Hang up and soft-delete a call", Call, _ONE_CALL),
    Operation("POST", "/v1.0/calls/{id}/hangup", "Hang up a call", Call, (*_ONE_CALL, calls.channel_exists)),
    Operation(
        "GET", "/v1.0/groupcalls", "List groupcalls", Page[Groupcall], (*_GROUPCALL, *_LIST_BY_CALLS), query=_PAGING
    ),
    Operation(
        "POST",
        "/v1.0/groupcalls",
        "Ring several phones until one answers; every request places new, billable calls",
        Groupcall,
        (
            *_GROUPCALL,
            gateway.body_is_json,
            groupcalls.destinations_given,
            groupcalls.ring_method_known,
            calls.delegate_needs_flow,
            *_ACTIONS,
        ),
        GroupcallRequest,
        {"required": ["destinations"], "properties": {"destinations": _NOT_EMPTY}},
    ),
    Operation("GET", "/v1.0/groupcalls/{id}", "Get a groupcall, even a deleted one", Groupcall, _ONE_GROUPCALL),
    Operation("DELETE", "/v1.0/groupcalls/{id}", "Hang up and soft-delete a groupcall", Groupcall, _ONE_GROUPCALL),
    Operation("POST", "/v1.0/groupcalls/{id}/hangup", "Hang up all calls of a groupcall", Groupcall, _ONE_GROUPCALL),
    Operation("GET", "/v1.0/flows", "List flows, except temporary ones", Page[Flow], (*_FLOW, *_LIST), query=_PAGING),
    Operation("POST", "/v1.0/flows", "Create a flow", Flow, (*_FLOW, *_FLOW_BODY), FlowRequest),
    Operation("GET", "/v1.0/flows/{id}", "Get a flow", Flow, _ONE_FLOW),
    Operation("PUT", "/v1.0/flows/{id}", "Replace the fields of a flow", Flow, (*_ONE_FLOW, *_FLOW_BODY), FlowRequest),
    Operation("DELETE", "/v1.0/flows/{id}", "Soft-delete a flow", Flow, _ONE_FLOW),
    Operation(
        "GET",
        "/v1.0/activeflows",
        "List the activeflows, which calls execute",
        Page[Activeflow],
        (*_ACTIVEFLOW, *_LIST),
        query=_PAGING,
    ),
    Operation("GET", "/v1.0/activeflows/{id}", "Get an activeflow", Activeflow, _ONE_ACTIVEFLOW),
    Operation(
        "POST", "/v1.0/activeflows/{id}/stop", "Stop an activeflow and hang up its call", Activeflow, _ONE_ACTIVEFLOW
    ),
    Operation(
        "GET", "/v1.0/accesskeys", "List access keys", Page[Accesskey], (*_ACCESSKEY, *_LIST_BY_CALLS), query=_PAGING
    ),
    Operation(
        "POST",
        "/v1.0/accesskeys",
        "Create an access key; only this response has its value",
        Accesskey,
        (*_ACCESSKEY, gateway.body_is_json, accesskeys.expires_after_a_day_or_more),
        AccesskeyRequest,
        _EXPIRE_CONSTRAINTS,
    ),
    Operation("GET", "/v1.0/accesskeys/{id}", "Get an access key without its value", Accesskey, _ONE_ACCESSKEY),
    Operation("DELETE", "/v1.0/accesskeys/{id}", "Soft-delete an access key", Accesskey, _ONE_ACCESSKEY),
    Operation(
        "GET",
        "/v1.0/billings",
        "List the billings of calls",
        Page[Billing],
        (*_BILLING, *_LIST_BY_CALLS),
        query=_PAGING,
    ),
    Operation(
        "GET",
        "/v1.0/billings/{id}",
        "Get the billing of a call",
        Billing,
        (*_BILLING, *_BILLING_ID, billings.exists, billings.own_customer_only),
    ),
    Operation("GET", "/v1.0/me", "Get the authenticated agent", Agent, (*_CREDENTIAL, account.me_is_an_agent)),
    Operation(
        "GET",
        "/v1.0/customer",
        "Get the user's own customer",
        Customer,
        (*_CREDENTIAL, account.no_direct_access, account.staff_only),
    ),
    Operation(
        "PUT",
        "/v1.0/customer",
        "Replace the fields of the user's own customer",
        Customer,
        (*_ACCOUNT, *_CUSTOMER_BODY),
        CustomerRequest,
    ),
    Operation(
        "PUT",
        "/v1.0/customers/{id}",
        "Replace the fields of any customer",
        Customer,
        (
            *_CREDENTIAL,
            account.no_direct_access,
            account.super_admin_only,
            *_ID,
            *_CUSTOMER_BODY,
            account.exists,
        ),
        CustomerRequest,
    ),
    Operation("GET", "/v1.0/billing_account", "Get the user's own balance", BillingAccount, _ACCOUNT),
    Operation(
        "POST",
        "/auth/login",
        "Exchange a username and a password for a token",
        Login,
        (limits.auth_limited, gateway.login_credentials_valid),
        LoginRequest,
        {"required": ["username", "password"]},
    ),
    Operation("GET", "/ping", "Check that the server is up", Pong, ()),
)
"""All operations."""


def find(method: str, target: str) -> tuple[Operation, str] | None:
    """Return the operation of a request target and the id in its path ("" if none), or None if it is unknown."""
    path = unquote(target.partition("?")[0])
    for operation in OPERATIONS:
        match = _pattern(operation.path).fullmatch(path)
        if match and operation.method == method:
            return operation, match.groupdict().get("id") or ""
    return None


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(path).replace(r"\{id\}", "(?P<id>[^/]+)"))
