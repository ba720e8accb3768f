"""What goes into the control API and what comes out: one model for each, shared with its client and its OpenAPI page.

Times are RFC 3339 in UTC, money is dollars as a string, ids are UUIDs; other words are the API's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from inspect import getdoc
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, TypeAdapter, WithJsonSchema

from ..seed_files import Line
from ..transports.faults import Fault
from ..world.clock import LONGEST


class ResponseModel(BaseModel):
    """Something to look at."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class RequestModel(BaseModel):
    """Something that is sent; what is not known is refused, and nothing is taken for what it is not."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


# the world


class Credentials(ResponseModel):
    """An agent, and what it is let in with."""

    id: str
    customer_id: str
    username: str
    password: str = Field(repr=False)
    token: str = Field(repr=False)
    accesskey: str = Field(repr=False)


class SeededResources(ResponseModel):
    """What there is by name: who may ask, and the ids of the providers and the flows."""

    identities: dict[str, Credentials]
    providers: dict[str, str]
    flows: dict[str, str]


class Info(SeededResources):
    """What a client needs: by whose leave it asks, through which provider, with which flow; and how the fake is set."""

    edition: str
    seed: int
    lifecycle: str


class Snapshot(ResponseModel):
    """A moment to come back to."""

    id: str
    now: datetime


class Clock(ResponseModel):
    """The fake's time, and how it passes: `manual`, `on_poll` or `realtime`."""

    now: datetime
    lifecycle: str


class Advance(RequestModel):
    """How much time is to pass."""

    seconds: Annotated[float, Field(ge=0, le=LONGEST, allow_inf_nan=False)]


# calls


class Address(ResponseModel):
    """Whom a call is from, or goes to."""

    type: str
    target: str
    target_name: str = ""


class Call(ResponseModel):
    """A call, as VoIPbin has it; `moves` are those that can be made by hand now, `hangup_reasons` how it can end."""

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
    tm_create: datetime
    tm_ringing: datetime | None
    tm_progressing: datetime | None
    tm_hangup: datetime | None
    transitions: tuple[str, ...]
    hangup_reasons: tuple[str, ...]


class Invite(ResponseModel):
    """What a call's carrier was sent."""

    uri: str
    from_name: str
    from_number: str
    headers: dict[str, str]


class LadderStep(ResponseModel):
    """One step of a call's life: when, `seconds` after the call was placed, who told whom, what, by which rule."""

    at: datetime
    seconds: float
    participants: str
    event: str
    rule: str


class CallDetail(Call):
    """A call with its INVITE (null for an orphan, which never got so far) and its ladder."""

    invite: Invite | None
    ladder: tuple[LadderStep, ...]


class Reject(RequestModel):
    """The SIP response with which the carrier refuses, 300 to 699."""

    sip: int = 486


class Press(RequestModel):
    """What is pressed on the far side's phone."""

    digits: Annotated[str, Field(pattern=r"^[0-9A-D#*]*$")]


class Hangup(RequestModel):
    """How the call ends; what comes first to one of its status unless told."""

    reason: str | None = None


class ProviderCall(ResponseModel):
    """The record of one POST /providercalls, and its provider's name."""

    id: str
    customer_id: str
    provider_id: str
    provider: str
    flow_id: str
    source: Address | None
    destinations: tuple[Address, ...]
    call_ids: tuple[str, ...]
    groupcall_ids: tuple[str, ...]
    tm_create: datetime
    tm_delete: datetime | None


# the far side, and the way to it


class Script(RootModel[list[Line]]):
    """What a provider's far side does, line by line, as in a seed file: the first that matches a call decides."""


class Carrier(ResponseModel):
    """A provider, and how many lines its script has."""

    id: str
    name: str
    hostname: str
    health_status: str
    lines: tuple[str, ...]


class NewFault(RootModel[Annotated[dict[str, Any], WithJsonSchema(TypeAdapter(Fault).json_schema())]]):
    """Something that is to go wrong between a client and VoIPbin."""

    # Which of the two docstrings is shown otherwise depends on pydantic's version.
    model_config = ConfigDict(json_schema_extra={"description": str(getdoc(Fault))})


class ArmedFault(ResponseModel):
    """A fault that may still strike: the fault, what it does, how many requests it has seen and struck."""

    fault: dict[str, Any]
    description: str
    seen: int
    triggered: int


# what has happened


class RuleOutcome(ResponseModel):
    """A rule that a request met, and whether the request passed."""

    rule: str
    passed: bool


class Exchange(ResponseModel):
    """A request and what became of it, without credentials; `number` counts from 1, `why` explains a refusal."""

    number: int
    at: datetime
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
    """A rule of the catalogue, and how often requests have passed it and were refused by it."""

    statement: str
    source: str
    passed: int
    refused: int
    coverage: str


class SessionReport(ResponseModel):
    """What was done to the fake: the counts, and each rule by its id."""

    requests: int
    calls_placed: int
    rules: Mapping[str, Rule]
    client_warnings: Mapping[str, int]


class LedgerLine(ResponseModel):
    """What one answered call costs: `seconds` that it lasted, `units` that are charged for it."""

    call_id: str
    status: str
    seconds: int
    units: int
    cost: Decimal


class LedgerView(ResponseModel):
    """What all calls cost, and the newest lines."""

    cost: Decimal
    lines: tuple[LedgerLine, ...]


class Counts(ResponseModel):
    """How many there are, deleted ones too."""

    providercalls: int
    calls: int
    requests: int
    events: int


class Overview(ResponseModel):
    """All that the inspector shows, the newest first: enough of each for a page, and of bodies their beginnings."""

    edition: str
    clock: Clock
    counts: Counts
    carriers: tuple[Carrier, ...]
    providercalls: tuple[ProviderCall, ...]
    calls: tuple[Call, ...]
    requests: tuple[Exchange, ...]
    ledger: LedgerView
    faults: tuple[ArmedFault, ...]
    snapshots: tuple[Snapshot, ...]
