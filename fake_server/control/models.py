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

from ..faults import Fault
from ..seeding import Line

_LONGEST = 100 * 365 * 86_400
"""A hundred years in seconds: more than any call, token or record lives, and less than a date can hold."""


class View(BaseModel):
    """Something to look at."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Sent(BaseModel):
    """Something that is sent; what is not known is refused, and nothing is taken for what it is not."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


# the world


class Credentials(View):
    """An agent, and what it is let in with."""

    id: str
    customer_id: str
    username: str
    password: str = Field(repr=False)
    token: str = Field(repr=False)
    accesskey: str = Field(repr=False)


class Planted(View):
    """What there is by name: who may ask, and the ids of the providers and the flows."""

    identities: dict[str, Credentials]
    providers: dict[str, str]
    flows: dict[str, str]


class World(Planted):
    """What a client needs: by whose leave it asks, through which provider, with which flow; and how the fake is set."""

    edition: str
    seed: int
    lifecycle: str


class Snapshot(View):
    """A moment to come back to."""

    id: str
    now: datetime


class Clock(View):
    """The fake's time, and how it passes: `manual`, `on_poll` or `realtime`."""

    now: datetime
    lifecycle: str


class Advance(Sent):
    """How much time is to pass."""

    seconds: Annotated[float, Field(ge=0, le=_LONGEST, allow_inf_nan=False)]


# calls


class Address(View):
    """Whom a call is from, or goes to."""

    type: str
    target: str
    target_name: str = ""


class Call(View):
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
    moves: tuple[str, ...]
    hangup_reasons: tuple[str, ...]


class Invite(View):
    """What a call's carrier was sent."""

    uri: str
    from_name: str
    from_number: str
    headers: dict[str, str]


class Rung(View):
    """One step of a call's life: when, `seconds` after the call was placed, who told whom, what, by which rule."""

    at: datetime
    seconds: float
    who: str
    what: str
    rule: str


class CallStory(Call):
    """A call with its INVITE (null for an orphan, which never got so far) and its ladder."""

    invite: Invite | None
    ladder: tuple[Rung, ...]


class Refuse(Sent):
    """The SIP response with which the carrier refuses, 300 to 699."""

    sip: int = 486


class Press(Sent):
    """What is pressed on the far side's phone."""

    digits: Annotated[str, Field(pattern=r"^[0-9A-D#*]*$")]


class Hangup(Sent):
    """How the call ends; what comes first to one of its status unless told."""

    reason: str | None = None


class ProviderCall(View):
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


class Carrier(View):
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


class ArmedFault(View):
    """A fault that may still strike: the fault, what it does, how many requests it has seen and struck."""

    fault: dict[str, Any]
    says: str
    seen: int
    struck: int


# what has happened


class Met(View):
    """A rule that a request met, and whether the request passed."""

    rule: str
    passed: bool


class Exchange(View):
    """A request and what became of it, without credentials; `number` counts from 1, `why` explains a refusal."""

    number: int
    at: datetime
    method: str
    url: str
    body: str
    status: int
    answer: str
    asker: str
    met: tuple[Met, ...]
    refused_by: str | None
    why: tuple[str, ...]
    notes: tuple[str, ...]
    advice: tuple[str, ...]
    fault: str


class Rule(View):
    """A rule of the catalogue, and how often requests have passed it and were refused by it."""

    statement: str
    source: str
    passed: int
    refused: int
    met: str


class Report(View):
    """What was done to the fake: the counts, and each rule by its id."""

    requests: int
    calls_placed: int
    rules: Mapping[str, Rule]
    advice: Mapping[str, int]


class BillLine(View):
    """What one answered call costs: `seconds` that it lasted, `units` that are charged for it."""

    call_id: str
    status: str
    seconds: int
    units: int
    cost: Decimal


class Bill(View):
    """What all calls cost, and the newest lines."""

    cost: Decimal
    lines: tuple[BillLine, ...]


class Counts(View):
    """How many there are, deleted ones too."""

    providercalls: int
    calls: int
    requests: int
    events: int


class Overview(View):
    """All that the inspector shows, the newest first: enough of each for a page, and of bodies their beginnings."""

    edition: str
    clock: Clock
    counts: Counts
    carriers: tuple[Carrier, ...]
    providercalls: tuple[ProviderCall, ...]
    calls: tuple[Call, ...]
    requests: tuple[Exchange, ...]
    bill: Bill
    faults: tuple[ArmedFault, ...]
    snapshots: tuple[Snapshot, ...]
