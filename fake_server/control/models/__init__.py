"""The request and response models of the control API, shared by its client and its OpenAPI document.

Times are RFC 3339 in UTC, amounts are dollars as a string, ids are UUIDs. Other values are those of VoIPbin's API.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from inspect import getdoc
from typing import Annotated, Any

from pydantic import ConfigDict, Field, RootModel, TypeAdapter, WithJsonSchema

from ...seed_files import Line
from ...transports.faults import Fault
from ...world.clock import LONGEST
from .base import RequestModel as RequestModel
from .base import ResponseModel as ResponseModel
from .base import Time
from .webhooks import ArmedWebhookFault as ArmedWebhookFault
from .webhooks import Delivery as Delivery
from .webhooks import NewWebhookFault as NewWebhookFault
from .webhooks import PendingWebhook as PendingWebhook
from .webhooks import WebhookReceiver as WebhookReceiver
from .webhooks import Webhooks as Webhooks
from .websockets import ArmedWebSocketFault as ArmedWebSocketFault
from .websockets import CloseWebSocket as CloseWebSocket
from .websockets import NewWebSocketFault as NewWebSocketFault
from .websockets import SentMessage as SentMessage
from .websockets import WebSocket as WebSocket
from .websockets import WebSocketMessage as WebSocketMessage
from .websockets import WebSockets as WebSockets

# state and time


class Credentials(ResponseModel):
    """An agent with its credentials."""

    id: str
    customer_id: str
    username: str
    password: str = Field(repr=False)
    token: str = Field(repr=False)
    accesskey: str = Field(repr=False)


class SeededResources(ResponseModel):
    """The users with their credentials, and the ids of the providers and flows, all by name."""

    identities: dict[str, Credentials]
    providers: dict[str, str]
    flows: dict[str, str]


class Info(SeededResources):
    """The settings of the fake, and everything that a client needs: credentials, providers and flows."""

    edition: str
    seed: int
    lifecycle: str


class Snapshot(ResponseModel):
    """A saved state that can be restored."""

    id: str
    now: Time


class Clock(ResponseModel):
    """The fake's time, and the lifecycle that controls it: `manual`, `on_poll`, `scheduled` or `realtime`."""

    now: Time
    lifecycle: str


class Advance(RequestModel):
    """The number of seconds to advance the clock by."""

    seconds: Annotated[float, Field(ge=0, le=LONGEST, allow_inf_nan=False)]


# calls


class Address(ResponseModel):
    """The source or a destination of a call."""

    type: str
    target: str
    target_name: str = ""


class Call(ResponseModel):
    """A call record, with the transitions and the hangup reasons that its current status allows."""

    id: str
    status: str
    source: Address
    destination: Address
    provider_id: str
    flow_id: str
    activeflow_id: str
    parent_groupcall_id: str
    master_call_id: str
    hangup_by: str
    hangup_reason: str
    sip: int
    said: tuple[str, ...]
    cost: Decimal
    tm_create: Time
    tm_ringing: Time | None
    tm_progressing: Time | None
    tm_hangup: Time | None
    transitions: tuple[str, ...]
    hangup_reasons: tuple[str, ...]


class Invite(ResponseModel):
    """The INVITE that was sent to the carrier."""

    uri: str
    from_name: str
    from_number: str
    headers: dict[str, str]


class LadderStep(ResponseModel):
    """One step of a call. `seconds` is the time since the call was placed, `rule` the rule that the step follows."""

    at: Time
    seconds: float
    participants: str
    event: str
    rule: str


class CallDetail(Call):
    """A call with its latest INVITE (null for an orphan, which never reached a carrier), those of all attempts, and its
    ladder.
    """

    invite: Invite | None
    invites: tuple[Invite, ...]
    ladder: tuple[LadderStep, ...]


class Reject(RequestModel):
    """The SIP response with which the carrier rejects the call, 300 to 699."""

    sip: int = 486


class Press(RequestModel):
    """The DTMF digits that the callee sends."""

    digits: Annotated[str, Field(pattern=r"^[0-9A-D#*]*$")]


class Hangup(RequestModel):
    """How the call ends. `reason` defaults to the first hangup reason that the call's status allows."""

    reason: str | None = None


class ProviderCall(ResponseModel):
    """The record of one POST /providercalls, with the name of its provider."""

    id: str
    customer_id: str
    provider_id: str
    provider: str
    flow_id: str
    source: Address | None
    destinations: tuple[Address, ...]
    call_ids: tuple[str, ...]
    groupcall_ids: tuple[str, ...]
    tm_create: Time
    tm_delete: Time | None


class Recording(ResponseModel):
    """A recording of a call."""

    id: str
    customer_id: str
    activeflow_id: str
    reference_id: str
    status: str
    format: str
    on_end_flow_id: str
    tm_create: Time
    tm_start: Time | None
    tm_end: Time | None
    tm_delete: Time | None


# carriers and faults


class Script(RootModel[list[Line]]):
    """A carrier script, as in a seed file. The first line that matches a call decides."""


class Carrier(ResponseModel):
    """A provider with the lines of its carrier script.

    `script_applies` is false in the lifecycle `manual`, where neither scripts nor magic numbers have an effect.
    """

    id: str
    name: str
    hostname: str
    health_status: str
    tm_delete: Time | None
    lines: tuple[str, ...]
    script_applies: bool


class NewFault(RootModel[Annotated[dict[str, Any], WithJsonSchema(TypeAdapter(Fault).json_schema())]]):
    """A fault to inject between a client and VoIPbin."""

    # Without it, the pydantic version decides which of the two docstrings is used.
    model_config = ConfigDict(json_schema_extra={"description": str(getdoc(Fault)).replace("None", "null")})


class ArmedFault(ResponseModel):
    """A fault that can still be triggered, with the number of requests that matched it and that it was applied to."""

    fault: dict[str, Any]
    description: str
    seen: int
    triggered: int


# reports


class RuleOutcome(ResponseModel):
    """A rule that was checked for a request, and whether the request passed."""

    rule: str
    passed: bool


class RequestSummary(ResponseModel):
    """A request and its outcome, without bodies. Numbers start at 1. `status` is 0 if there was no response."""

    number: int
    at: Time
    method: str
    url: str
    status: int
    refused_by: str | None
    fault: str


class Exchange(ResponseModel):
    """A request and its response, with credentials redacted. Numbers start at 1; `explanation` explains a refusal."""

    number: int
    at: Time
    method: str
    url: str
    request_body: str
    status: int
    response_body: str
    principal: str
    rule_outcomes: tuple[RuleOutcome, ...]
    refused_by: str | None
    explanation: tuple[str, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    fault: str


class Rule(ResponseModel):
    """A rule of the catalogue, with the number of requests that passed it and that it refused."""

    statement: str
    source: str
    passed: int
    refused: int
    coverage: str


class SessionReport(ResponseModel):
    """The number of requests and calls, and each rule by its id."""

    requests: int
    calls_placed: int
    rules: Mapping[str, Rule]
    client_warnings: Mapping[str, int]


class LedgerLine(ResponseModel):
    """The cost of one answered call: its duration in `seconds`, and the `units` that are billed for it."""

    call_id: str
    status: str
    seconds: int
    units: int
    cost: Decimal


class LedgerView(ResponseModel):
    """The total cost of all calls, and the newest ledger lines."""

    cost: Decimal
    lines: tuple[LedgerLine, ...]


class Counts(ResponseModel):
    """The number of records of each kind, including deleted ones."""

    providercalls: int
    calls: int
    requests: int
    events: int


class User(ResponseModel):
    """A user by its name in `Info.identities`, without its credentials. `permission` names the permission bits."""

    name: str
    username: str
    permission: str


class Overview(ResponseModel):
    """The data of the inspector: the newest items first, limited to one page, with truncated bodies."""

    edition: str
    clock: Clock
    counts: Counts
    users: tuple[User, ...]
    carriers: tuple[Carrier, ...]
    providercalls: tuple[ProviderCall, ...]
    calls: tuple[Call, ...]
    requests: tuple[Exchange, ...]
    ledger: LedgerView
    faults: tuple[ArmedFault, ...]
    webhooks: Webhooks
    websockets: WebSockets
    snapshots: tuple[Snapshot, ...]
