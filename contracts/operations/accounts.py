"""The operations of access keys, billings, customers and users."""

from __future__ import annotations

from ..models.requests import AccesskeyRequest, BillingAccountRequest, CustomerRequest, LoginRequest
from ..models.responses import Accesskey, Agent, Billing, BillingAccount, Customer, Login, Page, Pong
from ..rules import accesskeys, account, billings, gateway, limits
from . import shared_rules as groups
from .operation import PAGING, Operation

_EXPIRE_CONSTRAINTS = {"required": ["expire"], "properties": {"expire": {"type": "integer", "minimum": 86400}}}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1.0/accesskeys",
        "List access keys",
        Page[Accesskey],
        (*groups.ACCESSKEY, *groups.LIST_BY_CALLS),
        query=PAGING,
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
        "List the billings of calls, and the adjustments of the balance",
        Page[Billing],
        (*groups.BILLING, *groups.LIST_BY_CALLS),
        query=PAGING,
    ),
    Operation(
        "GET",
        "/v1.0/billings/{id}",
        "Get a billing",
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
        (*groups.ACCOUNT, gateway.body_is_json, account.account_texts_fit),
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
    Operation("GET", "/v1.0/customers", "List all customers", Page[Customer], groups.CUSTOMERS_LIST, query=PAGING),
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
