"""Groups of rules that several operations share: those that can refuse a request, in no particular order."""

from __future__ import annotations

from ..rules import (
    accesskeys,
    account,
    activeflow_requests,
    activeflows,
    billings,
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
from ..rules.telephony import call_gates, live_calls

CREDENTIAL = (
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
ID = (gateway.id_is_uuid, gateway.typed_id_is_uuid)
BILLING_ID = (gateway.typed_id_is_uuid, billings.id_is_not_nil)
TYPED_ID = (gateway.typed_id_is_uuid, gateway.typed_id_is_not_nil)
ACTIONS = (providercall_placement.action_types_known, providercall_placement.action_anonymous_known)
LIST = (lists.page_size_is_integer, lists.page_token_given_once, lists.page_token_valid)
LIST_BY_CALLS = (lists.page_size_is_integer, lists.page_token_given_once, lists.page_token_valid_for_calls)
PROVIDER = (*CREDENTIAL, providers.no_direct_access, providers.super_admin_only)
PROVIDER_BODY = (
    gateway.body_is_json,
    providers.tech_headers_are_strings,
    providers.codecs_well_formed,
    providers.texts_fit,
)
PLACING = (*CREDENTIAL, providercalls.no_direct_access, providercalls.admin_accesskey)
PROVIDERCALL = (*PLACING, providercalls.super_admin_only)
CALL = (*CREDENTIAL, calls.no_direct_access, calls.staff_only)
ONE_CALL = (*CALL, *ID, calls.exists, calls.not_deleted, calls.own_customer_only)
LIVE_CALL = (*ONE_CALL, live_calls.controlled_while_live)
MUTE = (*LIVE_CALL, gateway.body_is_json, live_calls.mute_direction_known)
GROUPCALL = (*CREDENTIAL, groupcalls.no_direct_access, groupcalls.staff_only)
ONE_GROUPCALL = (*GROUPCALL, *ID, groupcalls.exists, groupcalls.own_customer_only)
FLOW = (*CREDENTIAL, flows.no_direct_access, flows.staff_only)
ONE_FLOW = (*FLOW, *ID, flows.exists, flows.not_deleted, flows.own_customer_only)
NEW_FLOW = (*ACTIONS, flows.flows_are_limited)
FLOW_BODY = (
    gateway.body_is_json,
    flows.on_complete_flow_exists,
    flows.on_complete_flow_not_deleted,
    flows.on_complete_flow_is_own,
    *ACTIONS,
    flows.texts_fit,
)
CREATED_FLOW = (*FLOW, *FLOW_BODY, flows.flows_are_limited)
ACTIVEFLOW = (*CREDENTIAL, activeflows.no_direct_access, activeflows.staff_only)
ONE_ACTIVEFLOW = (*ACTIVEFLOW, *ID, activeflows.exists, activeflows.not_deleted, activeflows.own_customer_only)
NEW_ACTIVEFLOW = (
    *ACTIVEFLOW,
    gateway.body_is_json,
    activeflow_requests.variables_small,
    activeflow_requests.webhook_uri_is_a_url,
    activeflow_requests.webhook_method_is_known,
    calls.delegate_needs_flow,
    *NEW_FLOW,
    activeflow_requests.flow_exists,
    activeflow_requests.flow_not_deleted,
    activeflow_requests.flow_is_own,
    activeflow_requests.id_is_unused,
)
ACCESSKEY = (*CREDENTIAL, accesskeys.no_direct_access, accesskeys.admin_only)
ONE_ACCESSKEY = (
    *ACCESSKEY,
    *ID,
    accesskeys.exists,
    accesskeys.own_customer_only,
    accesskeys.not_deleted,
)
BILLING = (*CREDENTIAL, billings.no_direct_access, billings.admin_only)
ACCOUNT = (*CREDENTIAL, account.no_direct_access, account.admin_only)
CUSTOMERS = (*CREDENTIAL, account.no_direct_access, account.super_admin_only)
CUSTOMERS_LIST = (*CUSTOMERS, *LIST)
ONE_CUSTOMER = (*CUSTOMERS, *ID, account.exists)
CUSTOMER_BODY = (
    gateway.body_is_json,
    account.webhook_method_is_known,
    account.webhook_uri_is_a_url,
    account.texts_fit,
)
GATES = (
    call_gates.customer_active,
    call_gates.customer_verified,
    call_gates.balance_suffices,
    call_gates.number_has_country,
    call_gates.country_whitelisted,
    call_gates.number_parses,
    call_gates.agent_exists,
)
