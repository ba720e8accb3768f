"""The operations of what a customer owns: billing accounts, metadata, numbers, extensions and agents."""

from __future__ import annotations

from ..models.accounts import (
    BalanceRequest,
    CustomerMetadataRequest,
    Extension,
    FullBillingAccount,
    Number,
    NumberFlowsRequest,
)
from ..models.responses import Agent, Customer, Page
from ..rules import gateway
from ..rules.accounts import agents, billing_accounts, extensions, numbers
from . import shared_rules as groups
from .operation import PAGING, Operation

_BILLING_ACCOUNTS = (*groups.CREDENTIAL, billing_accounts.no_direct_access, billing_accounts.super_admin_only)
_CHANGE = (
    *_BILLING_ACCOUNTS,
    *groups.ID,
    gateway.body_is_json,
    billing_accounts.amount_not_negative,
    billing_accounts.adjusted_account_exists,
)
_NOT_NEGATIVE = {"properties": {"balance": {"type": ["number", "null"], "minimum": 0, "maximum": 9e12}}}
_NUMBERS = (*groups.CREDENTIAL, numbers.no_direct_access, numbers.staff_only)
_NUMBER = (*_NUMBERS, *groups.ID, numbers.exists, numbers.not_deleted, numbers.own_customer_only)
_EXTENSIONS = (*groups.CREDENTIAL, extensions.no_direct_access, extensions.staff_only)
_AGENTS = (*groups.CREDENTIAL, agents.no_direct_access, agents.staff_only)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1.0/agents",
        "List the agents of the user's own customer",
        Page[Agent],
        (
            *_AGENTS,
            *groups.LIST_BY_CALLS,
            agents.filter_given_once,
            agents.tag_ids_not_empty,
            agents.tag_ids_valid,
            agents.tags_can_be_filtered,
        ),
        query=(*PAGING, "tag_ids", "status"),
    ),
    Operation(
        "GET",
        "/v1.0/agents/{id}",
        "Get an agent, even a deleted one",
        Agent,
        (*_AGENTS, *groups.ID, agents.exists, agents.own_customer_only),
    ),
    Operation(
        "GET",
        "/v1.0/billing_accounts",
        "List the billing accounts of all customers",
        Page[FullBillingAccount],
        (*_BILLING_ACCOUNTS, *groups.LIST_BY_CALLS),
        query=PAGING,
    ),
    Operation(
        "GET",
        "/v1.0/billing_accounts/{id}",
        "Get any billing account",
        FullBillingAccount,
        (*_BILLING_ACCOUNTS, *groups.ID, billing_accounts.exists, billing_accounts.not_deleted),
    ),
    Operation(
        "POST",
        "/v1.0/billing_accounts/{id}/balance_add_force",
        "Add dollars to the credit of any billing account",
        FullBillingAccount,
        _CHANGE,
        BalanceRequest,
        _NOT_NEGATIVE,
    ),
    Operation(
        "POST",
        "/v1.0/billing_accounts/{id}/balance_subtract_force",
        "Subtract dollars from the credit of any billing account, even below zero",
        FullBillingAccount,
        _CHANGE,
        BalanceRequest,
        _NOT_NEGATIVE,
    ),
    Operation(
        "PUT",
        "/v1.0/customer/metadata",
        "Replace the metadata of the user's own customer",
        Customer,
        (*groups.ACCOUNT, gateway.body_is_json),
        CustomerMetadataRequest,
    ),
    Operation(
        "PUT",
        "/v1.0/customers/{id}/metadata",
        "Replace the metadata of any customer",
        Customer,
        (*groups.ONE_CUSTOMER, gateway.body_is_json),
        CustomerMetadataRequest,
    ),
    Operation(
        "GET",
        "/v1.0/extensions",
        "List the extensions of the user's own customer",
        Page[Extension],
        (*_EXTENSIONS, *groups.LIST),
        query=PAGING,
    ),
    Operation(
        "GET",
        "/v1.0/extensions/{id}",
        "Get an extension with its password, even a deleted one",
        Extension,
        (*_EXTENSIONS, *groups.ID, extensions.exists, extensions.own_customer_only),
    ),
    Operation(
        "GET",
        "/v1.0/numbers",
        "List the numbers of the user's own customer",
        Page[Number],
        (*_NUMBERS, *groups.LIST_BY_CALLS),
        query=PAGING,
    ),
    Operation(
        "GET",
        "/v1.0/numbers/{id}",
        "Get a number",
        Number,
        _NUMBER,
    ),
    Operation(
        "PUT",
        "/v1.0/numbers/{id}/flow_ids",
        "Replace the flows of a number",
        Number,
        (*_NUMBER, gateway.body_is_json),
        NumberFlowsRequest,
    ),
)
