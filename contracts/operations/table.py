"""The operations of the API in one table: request and response models, and the rules that can refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel

from ..models.requests import (
    AccesskeyRequest,
    ActiveflowRequest,
    BillingAccountRequest,
    CallRequest,
    CustomerRequest,
    FlowRequest,
    GroupcallRequest,
    LoginRequest,
    ProviderCallRequest,
    ProviderRequest,
)
from ..models.responses import (
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
from ..rule import Rule
from ..rules import (
    accesskeys,
    account,
    billings,
    calls,
    gateway,
    groupcalls,
    limits,
    providercall_placement,
    providercalls,
    providers,
)
from . import shared_rules as groups

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


_PAGING = ("page_size", "page_token")
_NOT_EMPTY = {"type": "array", "minItems": 1}
_PROVIDERCALL_CONSTRAINTS = {
    "required": ["provider_id", "destinations"],
    "properties": {"provider_id": {"type": "string"}, "destinations": _NOT_EMPTY},
}
_EXPIRE_CONSTRAINTS = {"required": ["expire"], "properties": {"expire": {"type": "integer", "minimum": 86400}}}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET", "/v1.0/providers", "List the providers", Page[Provider], (*groups.PROVIDER, *groups.LIST), query=_PAGING
    ),
    Operation(
        "POST",
        "/v1.0/providers",
        "Create a provider",
        Provider,
        (*groups.PROVIDER, *groups.PROVIDER_BODY),
        ProviderRequest,
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
        query=(*_PAGING, "provider_id"),
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
    Operation("GET", "/v1.0/calls", "List calls", Page[Call], (*groups.CALL, *groups.LIST_BY_CALLS), query=_PAGING),
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
        ),
        CallRequest,
    ),
    Operation("GET", "/v1.0/calls/{id}", "Get a call", Call, groups.ONE_CALL),
    Operation("DELETE", "/v1.0/calls/{id}", "Hang up and soft-delete a call", Call, groups.ONE_CALL),
    Operation("POST", "/v1.0/calls/{id}/hangup", "Hang up a call", Call, (*groups.ONE_CALL, calls.channel_exists)),
    Operation(
        "GET",
        "/v1.0/groupcalls",
        "List groupcalls",
        Page[Groupcall],
        (*groups.GROUPCALL, *groups.LIST_BY_CALLS),
        query=_PAGING,
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
    Operation(
        "GET",
        "/v1.0/flows",
        "List flows, except temporary ones",
        Page[Flow],
        (*groups.FLOW, *groups.LIST),
        query=_PAGING,
    ),
    Operation("POST", "/v1.0/flows", "Create a flow", Flow, groups.CREATED_FLOW, FlowRequest),
    Operation("GET", "/v1.0/flows/{id}", "Get a flow", Flow, groups.ONE_FLOW),
    Operation(
        "PUT",
        "/v1.0/flows/{id}",
        "Replace the fields of a flow",
        Flow,
        (*groups.ONE_FLOW, *groups.FLOW_BODY),
        FlowRequest,
    ),
    Operation("DELETE", "/v1.0/flows/{id}", "Soft-delete a flow", Flow, groups.ONE_FLOW),
    Operation(
        "GET",
        "/v1.0/activeflows",
        "List the activeflows, which calls execute",
        Page[Activeflow],
        (*groups.ACTIVEFLOW, *groups.LIST),
        query=_PAGING,
    ),
    Operation(
        "POST",
        "/v1.0/activeflows",
        "Execute a flow without a call",
        Activeflow,
        groups.NEW_ACTIVEFLOW,
        ActiveflowRequest,
    ),
    Operation("GET", "/v1.0/activeflows/{id}", "Get an activeflow", Activeflow, groups.ONE_ACTIVEFLOW),
    Operation(
        "DELETE", "/v1.0/activeflows/{id}", "Stop and soft-delete an activeflow", Activeflow, groups.ONE_ACTIVEFLOW
    ),
    Operation(
        "POST",
        "/v1.0/activeflows/{id}/stop",
        "Stop an activeflow and hang up its call",
        Activeflow,
        groups.ONE_ACTIVEFLOW,
    ),
    Operation(
        "GET",
        "/v1.0/accesskeys",
        "List access keys",
        Page[Accesskey],
        (*groups.ACCESSKEY, *groups.LIST_BY_CALLS),
        query=_PAGING,
    ),
    Operation(
        "POST",
        "/v1.0/accesskeys",
        "Create an access key; only this response has its value",
        Accesskey,
        (*groups.ACCESSKEY, gateway.body_is_json, accesskeys.expires_after_a_day_or_more),
        AccesskeyRequest,
        _EXPIRE_CONSTRAINTS,
    ),
    Operation("GET", "/v1.0/accesskeys/{id}", "Get an access key without its value", Accesskey, groups.ONE_ACCESSKEY),
    Operation(
        "PUT",
        "/v1.0/accesskeys/{id}",
        "Replace the name and the detail of an access key",
        Accesskey,
        (*groups.ONE_ACCESSKEY, gateway.body_is_json),
        AccesskeyRequest,
    ),
    Operation("DELETE", "/v1.0/accesskeys/{id}", "Soft-delete an access key", Accesskey, groups.ONE_ACCESSKEY),
    Operation(
        "GET",
        "/v1.0/billings",
        "List the billings of calls",
        Page[Billing],
        (*groups.BILLING, *groups.LIST_BY_CALLS),
        query=_PAGING,
    ),
    Operation(
        "GET",
        "/v1.0/billings/{id}",
        "Get the billing of a call",
        Billing,
        (*groups.BILLING, *groups.BILLING_ID, billings.exists, billings.own_customer_only),
    ),
    Operation("GET", "/v1.0/me", "Get the authenticated agent", Agent, (*groups.CREDENTIAL, account.me_is_an_agent)),
    Operation(
        "GET",
        "/v1.0/customer",
        "Get the user's own customer",
        Customer,
        (*groups.CREDENTIAL, account.no_direct_access, account.staff_only),
    ),
    Operation(
        "PUT",
        "/v1.0/customer",
        "Replace the fields of the user's own customer",
        Customer,
        (*groups.ACCOUNT, *groups.CUSTOMER_BODY),
        CustomerRequest,
    ),
    Operation(
        "PUT",
        "/v1.0/billing_account",
        "Replace the name and the detail of the user's own billing account",
        BillingAccount,
        (*groups.ACCOUNT, gateway.body_is_json),
        BillingAccountRequest,
    ),
    Operation(
        "PUT",
        "/v1.0/customers/{id}",
        "Replace the fields of any customer",
        Customer,
        (*groups.ONE_CUSTOMER, *groups.CUSTOMER_BODY),
        CustomerRequest,
    ),
    Operation("GET", "/v1.0/customers", "List all customers", Page[Customer], groups.CUSTOMERS_LIST, query=_PAGING),
    Operation("GET", "/v1.0/customers/{id}", "Get any customer", Customer, (*groups.ONE_CUSTOMER,)),
    Operation("GET", "/v1.0/billing_account", "Get the user's own balance", BillingAccount, groups.ACCOUNT),
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
