"""The layouts of the response models: the fields of each record in wire order, and when they are omitted.

The same as in `responses`, as data: a record is serialised without its model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ..editions import Edition

if TYPE_CHECKING:
    from .responses import WireModel

LAYOUTS: Final[dict[str, str]] = {
    "Address": "type? target? target_name? name?? detail??",
    "Action": "id next_id type?? option?? tm_execute",
    "Provider": """
        id type hostname tech_prefix tech_postfix tech_headers name detail metadata codecs health_status
        health_checked_at tm_create tm_update tm_delete
    """,
    "ProviderCall": """
        id customer_id provider_id flow_id source destinations anonymous call_ids groupcall_ids tm_create
        tm_update tm_delete
    """,
    "Call": """
        id customer_id owner_type owner_id flow_id activeflow_id type? master_call_id chained_call_ids?
        recording_id recording_ids? groupcall_id source destination status action metadata? direction?
        mute_direction? hangup_by? hangup_reason? tm_progressing? tm_ringing? tm_hangup? tm_create?
        tm_update? tm_delete?
    """,
    "Groupcall": """
        id customer_id owner_type owner_id status flow_id source destinations? master_call_id
        master_groupcall_id ring_method answer_method? answer_call_id call_ids? answer_groupcall_id
        groupcall_ids? call_count? groupcall_count? dial_index? tm_create? tm_update? tm_delete?
    """,
    "Flow": """
        id customer_id type? name? detail? actions? direct_hash?? on_complete_flow_id tm_create tm_update
        tm_delete
    """,
    "Activeflow": """
        id customer_id flow_id status reference_type? reference_id reference_activeflow_id
        on_complete_flow_id webhook_uri?? webhook_method?? current_action forward_action_id
        executed_actions? tm_create tm_update tm_delete
    """,
    "Accesskey": "id customer_id name? detail? token?? token_prefix? tm_expire tm_create tm_update tm_delete",
    "Agent": """
        id customer_id username name detail ring_method status permission tag_ids addresses direct_hash
        tm_create? tm_update? tm_delete?
    """,
    "Customer": """
        id name? detail? email? phone_number? address? webhook_method? webhook_uri? billing_account_id
        default_outgoing_source_number_id metadata email_verified status identity_verification_status
        tm_deletion_scheduled tm_create tm_update tm_delete webhook_secret??
    """,
    "BillingAccount": """
        id customer_id name detail plan_type plan_status balance_credit balance_token payment_type
        payment_method tm_last_topup tm_next_topup tm_create tm_update tm_delete
    """,
    "Billing": """
        id customer_id account_id transaction_type status reference_type reference_id cost_type
        usage_duration billable_units rate_token_per_unit rate_credit_per_unit amount_token amount_credit
        balance_token_snapshot balance_credit_snapshot idempotency_key tm_billing_start tm_billing_end
        tm_create tm_update tm_delete
    """,
    "Recording": """
        id customer_id owner_type owner_id activeflow_id reference_type? reference_id status? format?
        on_end_flow_id tm_start?? tm_end?? tm_create?? tm_update?? tm_delete??
    """,
}
"""The fields of each record. After `??`, every edition omits an empty one; after `?`, only the servers do."""


def fields_of(name: str, edition: Edition) -> Mapping[str, bool]:
    """Return the fields of a record that an edition has, each with whether it omits an empty one."""
    fields = (field.partition("?") for field in LAYOUTS[name].split())
    return {
        key: always != "" or (mark != "" and not edition.includes_empty_fields)
        for key, mark, always in fields
        if f"{name}.{key}" not in edition.unsupported_fields
    }


def layout_of(model: type[WireModel]) -> str:
    """Return the layout of a model, as `LAYOUTS` has it."""
    from .responses import OMIT_EMPTY_ALWAYS, OMIT_EMPTY_ON_SERVERS

    marks = {OMIT_EMPTY_ALWAYS: "??", OMIT_EMPTY_ON_SERVERS: "?"}
    known = model.model_fields.items()
    return " ".join(name + next((marks[one] for one in marks if one in field.metadata), "") for name, field in known)
