"""The wire models of responses, with markers for fields that are omitted when empty.

A model is strict: it describes what a server may send, not what a lenient client would accept. Fields are in wire
order.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from ..editions import Edition

Uuid = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", min_length=36, max_length=36
    ),
]
Time = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9:]{8}\.[0-9]{6}|T[0-9:]{8}(\.[0-9]{1,9})?Z)$",
        min_length=20,
        max_length=30,
    ),
]
"""A timestamp: `2026-04-21 23:15:00.000000` in the documents, RFC 3339 without trailing zeros on the servers."""


class OmitEmptyOnServers:
    """Marks a field that the servers omit when it is empty (Go's omitempty)."""


class OmitEmptyAlways:
    """Marks a field that every edition omits when it is empty."""


OMIT_EMPTY_ON_SERVERS = OmitEmptyOnServers()
OMIT_EMPTY_ALWAYS = OmitEmptyAlways()


def fields_of(model: type[BaseModel], edition: Edition) -> dict[str, FieldInfo]:
    """Return the fields of a model that an edition has, in wire order."""
    known = model.model_fields.items()
    return {name: field for name, field in known if f"{model.__name__}.{name}" not in edition.unsupported_fields}


def is_omitted_when_empty(field: FieldInfo, edition: Edition) -> bool:
    """Return whether an edition omits a field when it is empty."""
    return OMIT_EMPTY_ALWAYS in field.metadata or (
        OMIT_EMPTY_ON_SERVERS in field.metadata and not edition.includes_empty_fields
    )


class WireModel(BaseModel):
    """The base of all response models."""

    model_config = ConfigDict(strict=True, extra="forbid", defer_build=True)


class Address(WireModel):
    """A source or destination (calls.md 4)."""

    type: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    target: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    target_name: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    name: Annotated[str, OMIT_EMPTY_ALWAYS] = ""
    detail: Annotated[str, OMIT_EMPTY_ALWAYS] = ""


class Action(WireModel):
    """One step of a flow (flows.md 2.1)."""

    id: Uuid
    next_id: Uuid
    type: Annotated[str, OMIT_EMPTY_ALWAYS] = ""
    option: Annotated[dict[str, Any], OMIT_EMPTY_ALWAYS] = {}
    tm_execute: Time | None


class Provider(WireModel):
    """A carrier (providers.md 2.1)."""

    id: Uuid
    type: str
    hostname: str
    tech_prefix: str
    tech_postfix: str
    tech_headers: dict[str, str]
    name: str
    detail: str
    metadata: dict[str, Any] = {}
    codecs: str = ""
    health_status: str
    health_checked_at: Time | None
    tm_create: Time
    tm_update: Time | None
    tm_delete: Time | None


class ProviderCall(WireModel):
    """The record of one POST /providercalls (providers.md 3.1). It never changes as its calls progress."""

    id: Uuid
    customer_id: Uuid
    provider_id: Uuid
    flow_id: Uuid
    source: Address | None
    destinations: list[Address]
    anonymous: str
    call_ids: list[Uuid]
    groupcall_ids: list[Uuid]
    tm_create: Time
    tm_update: Time | None
    tm_delete: Time | None


class Call(WireModel):
    """A call (calls.md 1.1)."""

    id: Uuid
    customer_id: Uuid
    owner_type: str
    owner_id: Uuid
    flow_id: Uuid
    activeflow_id: Uuid
    type: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    master_call_id: Uuid
    chained_call_ids: Annotated[list[Uuid], OMIT_EMPTY_ON_SERVERS] = []
    recording_id: Uuid
    recording_ids: Annotated[list[Uuid], OMIT_EMPTY_ON_SERVERS] = []
    groupcall_id: Uuid
    source: Address
    destination: Address
    status: str
    action: Action
    metadata: Annotated[dict[str, Any], OMIT_EMPTY_ON_SERVERS] = {}
    direction: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    mute_direction: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    hangup_by: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    hangup_reason: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    tm_progressing: Annotated[Time | None, OMIT_EMPTY_ON_SERVERS] = None
    tm_ringing: Annotated[Time | None, OMIT_EMPTY_ON_SERVERS] = None
    tm_hangup: Annotated[Time | None, OMIT_EMPTY_ON_SERVERS] = None
    tm_create: Annotated[Time | None, OMIT_EMPTY_ON_SERVERS] = None
    tm_update: Annotated[Time | None, OMIT_EMPTY_ON_SERVERS] = None
    tm_delete: Annotated[Time | None, OMIT_EMPTY_ON_SERVERS] = None


class Groupcall(WireModel):
    """Several calls for one destination (calls.md 5.1)."""

    id: Uuid
    customer_id: Uuid
    owner_type: str
    owner_id: Uuid
    status: str
    flow_id: Uuid
    source: Address
    destinations: Annotated[list[Address], OMIT_EMPTY_ON_SERVERS] = []
    master_call_id: Uuid
    master_groupcall_id: Uuid
    ring_method: str
    answer_method: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    answer_call_id: Uuid
    call_ids: Annotated[list[Uuid], OMIT_EMPTY_ON_SERVERS] = []
    answer_groupcall_id: Uuid
    groupcall_ids: Annotated[list[Uuid], OMIT_EMPTY_ON_SERVERS] = []
    call_count: Annotated[int, OMIT_EMPTY_ON_SERVERS] = 0
    groupcall_count: Annotated[int, OMIT_EMPTY_ON_SERVERS] = 0
    dial_index: Annotated[int, OMIT_EMPTY_ON_SERVERS] = 0
    tm_create: Annotated[Time | None, OMIT_EMPTY_ON_SERVERS] = None
    tm_update: Annotated[Time | None, OMIT_EMPTY_ON_SERVERS] = None
    tm_delete: Annotated[Time | None, OMIT_EMPTY_ON_SERVERS] = None


class Flow(WireModel):
    """A list of actions that a call executes (flows.md 1.1)."""

    id: Uuid
    customer_id: Uuid
    type: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    name: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    detail: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    actions: Annotated[list[Action], OMIT_EMPTY_ON_SERVERS] = []
    direct_hash: Annotated[str, OMIT_EMPTY_ALWAYS] = ""
    on_complete_flow_id: Uuid
    tm_create: Time
    tm_update: Time | None
    tm_delete: Time | None


class Activeflow(WireModel):
    """A flow in execution (flows.md 3.1)."""

    id: Uuid
    customer_id: Uuid
    flow_id: Uuid
    status: str
    reference_type: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    reference_id: Uuid
    reference_activeflow_id: Uuid
    on_complete_flow_id: Uuid
    webhook_uri: Annotated[str, OMIT_EMPTY_ALWAYS] = ""
    webhook_method: Annotated[str, OMIT_EMPTY_ALWAYS] = ""
    current_action: Action
    forward_action_id: Uuid
    executed_actions: Annotated[list[Action], OMIT_EMPTY_ON_SERVERS] = []
    tm_create: Time
    tm_update: Time | None
    tm_delete: Time | None


class Accesskey(WireModel):
    """An access key; only the response that creates it includes `token` (gateway.md 4.5)."""

    id: Uuid
    customer_id: Uuid
    name: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    detail: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    token: Annotated[str, OMIT_EMPTY_ALWAYS] = ""
    token_prefix: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    tm_expire: Time | None
    tm_create: Time
    tm_update: Time | None
    tm_delete: Time | None


class Agent(WireModel):
    """The authenticated agent, as returned by GET /me (gateway.md 2.3)."""

    id: Uuid
    customer_id: Uuid
    username: str
    name: str
    detail: str
    ring_method: str
    status: str
    permission: int
    tag_ids: list[Uuid]
    addresses: list[Address]
    direct_hash: str
    tm_create: Annotated[Time | None, OMIT_EMPTY_ON_SERVERS] = None
    tm_update: Annotated[Time | None, OMIT_EMPTY_ON_SERVERS] = None
    tm_delete: Annotated[Time | None, OMIT_EMPTY_ON_SERVERS] = None


class Customer(WireModel):
    """The user's own customer, as returned by GET /customer (bin-customer-manager/models/customer/webhook.go)."""

    id: Uuid
    name: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    detail: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    email: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    phone_number: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    address: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    webhook_method: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    webhook_uri: Annotated[str, OMIT_EMPTY_ON_SERVERS] = ""
    billing_account_id: Uuid
    default_outgoing_source_number_id: Uuid = "00000000-0000-0000-0000-000000000000"
    metadata: dict[str, Any]
    email_verified: bool
    status: str
    identity_verification_status: str
    tm_deletion_scheduled: Time | None
    tm_create: Time
    tm_update: Time | None
    tm_delete: Time | None
    webhook_secret: Annotated[str, OMIT_EMPTY_ALWAYS] = ""


class BillingAccount(WireModel):
    """The user's own balance, as returned by GET /billing_account (calls.md 6.2). Credit: millionths of a dollar."""

    id: Uuid
    customer_id: Uuid
    name: str
    detail: str
    plan_type: str
    plan_status: str
    balance_credit: int
    balance_token: int
    payment_type: str
    payment_method: str
    tm_last_topup: Time | None
    tm_next_topup: Time | None
    tm_create: Time
    tm_update: Time | None
    tm_delete: Time | None


class Billing(WireModel):
    """The cost of one call, or an adjustment (calls.md 6). Credit: millionths of a dollar; a charge is negative."""

    id: Uuid
    customer_id: Uuid
    account_id: Uuid
    transaction_type: str
    status: str
    reference_type: str
    reference_id: Uuid
    cost_type: str
    usage_duration: int
    billable_units: int
    rate_token_per_unit: int
    rate_credit_per_unit: int
    amount_token: int
    amount_credit: int
    balance_token_snapshot: int
    balance_credit_snapshot: int
    idempotency_key: Uuid
    tm_billing_start: Time | None
    tm_billing_end: Time | None
    tm_create: Time
    tm_update: Time | None
    tm_delete: Time | None


class Login(WireModel):
    """The response to POST /auth/login (gateway.md 2.6)."""

    username: str
    token: str


class NoContent(WireModel):
    """The empty body of a request that only has an effect."""


class Pong(WireModel):
    """The response to GET /ping (gateway.md 1.2)."""

    message: str


Row = TypeVar("Row", bound=WireModel)


class Page(WireModel, Generic[Row]):
    """One page of a list; `next_page_token` is empty only when `result` is (gateway.md 6)."""

    result: list[Row]
    next_page_token: str


class PlacedCalls(WireModel):
    """The response to POST /calls (calls.md 1.6)."""

    calls: list[Call]
    groupcalls: list[Groupcall]


class Error(WireModel):
    """The error inside the envelope (gateway.md 4.2)."""

    details: Annotated[list[dict[str, Any]], OMIT_EMPTY_ALWAYS] = []
    message: str
    reason: str
    request_id: Annotated[str, OMIT_EMPTY_ALWAYS] = ""
    status: str


class Envelope(WireModel):
    """The body of an error response."""

    error: Error


RESOURCES: tuple[type[WireModel], ...] = (
    Address,
    Action,
    Provider,
    ProviderCall,
    Call,
    Groupcall,
    Flow,
    Activeflow,
    Accesskey,
    Agent,
    Customer,
    BillingAccount,
    Billing,
)
"""The models of single resources."""

if "hypothesis" in sys.modules:
    # By name, since the strategies depend on the models.
    import_module("..inference.registration", __package__).register_module(__name__)
