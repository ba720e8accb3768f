"""The fake's records: one small class for each resource, with fields named as on the wire.

Fields are replaced, never changed in place. A test may change a list or a dictionary in one, so a copy has its own.
Times are timezone-aware UTC datetimes. Fields that are not on the wire come last. Annotations are evaluated, and
comparison and repr are shared: compiling these for each class would be most of the import of this module.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Protocol

from ...contracts.formats.go_uuids import NIL
from ...contracts.light_imports import Value, dataclass
from .lock import Lock
from .values import (
    NO_ADDRESS,
    START,
    Action,
    Address,
    Attempt,
    CallBehaviour,
    DialRequest,
    Frame,
    Invite,
    ScheduledEvent,
    customer_metadata,
    empty_map,
)


class CallControls(Protocol):
    """What tests and time do to calls. The call engine implements it; records know no more of the engine."""

    @property
    def lock(self) -> Lock: ...
    @property
    def next_due(self) -> datetime | None: ...
    def advance_until(self, time: datetime, interrupted: Callable[[], bool] | None = None, /) -> None: ...
    def schedule_new_calls(self) -> None: ...
    def apply_test_control(self, call: "Call", transition: Callable[[], None]) -> None: ...
    def ring(self, call: "Call") -> None: ...
    def answer(self, call: "Call") -> None: ...
    def reject(self, call: "Call", code: int) -> None: ...
    def end(self, call: "Call", reason: str | None = None) -> None: ...
    def press(self, call: "Call", digits: str) -> None: ...


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Record(Value):
    """The fields that every resource has."""

    id: str
    tm_create: datetime
    tm_update: datetime | None = None
    tm_delete: datetime | None = None

    # Its fields are replaced.
    __hash__ = None  # type: ignore[assignment]


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Customer(Record):
    """An account, with its balance and all that decides whether it may place calls (calls.md 3, 6)."""

    name: str = ""
    detail: str = ""
    email: str = ""
    phone_number: str = ""
    address: str = ""
    webhook_method: str = ""
    webhook_uri: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    billing_account_id: str = NIL
    default_outgoing_source_number_id: str = NIL
    metadata: Mapping[str, Any] = field(default_factory=customer_metadata)
    email_verified: bool = True
    status: str = "active"
    identity_verification_status: str = "verified"
    tm_deletion_scheduled: datetime | None = None
    plan_type: str = "free"
    balance_credit: int = 100_000_000
    balance_token: int = 0
    account_name: str = "default"
    account_detail: str = ""
    tm_account_update: datetime | None = None
    flow_count: int = 0
    """The number of flows that count against the limit. A test may begin with more than the fake has."""
    destination_whitelist: frozenset[str] = frozenset()
    codecs: str = ""
    """The codecs of its calls to SIP destinations. With the whitelist, they are its outbound configuration."""
    has_outbound_config: bool = True
    """Whether an outbound configuration was created with it."""
    numbers: frozenset[str] = frozenset()
    extensions: Mapping[str, tuple[str, ...]] = field(default_factory=empty_map)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Agent(Record):
    """A user of a customer."""

    customer_id: str
    username: str
    permission: int
    name: str = ""
    detail: str = ""
    ring_method: str = "ringall"
    status: str = "available"
    tag_ids: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    direct_id: str = NIL
    direct_hash: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    accesskey: str = field(default="", repr=False)


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Accesskey(Record):
    """An access key. `secret` is its value, `permission` that of the agent who created it."""

    customer_id: str
    name: str = ""
    detail: str = ""
    token: str = field(default="", repr=False)
    token_prefix: str = ""
    tm_expire: datetime | None = None
    secret: str = field(repr=False)
    permission: int


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Provider(Record):
    """A carrier (providers.md 2.1)."""

    type: str = "sip"
    hostname: str = ""
    tech_prefix: str = ""
    tech_postfix: str = ""
    tech_headers: Mapping[str, str] = field(default_factory=empty_map, repr=False)
    name: str = ""
    detail: str = ""
    metadata: Mapping[str, Any] = field(default_factory=empty_map)
    codecs: str = ""
    health_status: str = "unknown"
    health_checked_at: datetime | None = None


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class ProviderCall(Record):
    """The record of one POST /providercalls (providers.md 3.1)."""

    customer_id: str
    provider_id: str
    flow_id: str
    source: Address | None
    destinations: tuple[Address, ...]
    anonymous: str
    call_ids: tuple[str, ...]
    groupcall_ids: tuple[str, ...]


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Flow(Record):
    """A list of actions. A temporary one is not listed and expires (flows.md 1.5)."""

    customer_id: str
    type: str = "flow"
    name: str = ""
    detail: str = ""
    actions: tuple[Action, ...] = ()
    direct_hash: str = ""
    on_complete_flow_id: str = NIL
    temporary: bool = False


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Activeflow(Record):
    """A flow in execution (flows.md 3.1)."""

    customer_id: str
    flow_id: str
    status: str = "running"
    reference_type: str = ""
    reference_id: str = NIL
    reference_activeflow_id: str = NIL
    on_complete_flow_id: str = NIL
    webhook_uri: str = ""
    webhook_method: str = ""
    current_action: Action = START
    forward_action_id: str = NIL
    executed_actions: Sequence[Action] = ()
    stack: tuple[Frame, ...] = ()
    variables: Mapping[str, str] = field(default_factory=empty_map)
    executions: int = 0
    call_id: str = NIL
    """The call of an activeflow without a reference."""
    depth: int = 0
    """The number of flows that completed before this one, each starting the next."""


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Groupcall(Record):
    """Several calls for one destination (calls.md 5.1)."""

    customer_id: str
    owner_type: str = ""
    owner_id: str = NIL
    status: str = "progressing"
    flow_id: str = NIL
    source: Address = NO_ADDRESS
    destinations: tuple[Address, ...] = ()
    master_call_id: str = NIL
    master_groupcall_id: str = NIL
    ring_method: str = "ring_all"
    answer_method: str = "hangup_others"
    answer_call_id: str = NIL
    call_ids: tuple[str, ...] = ()
    answer_groupcall_id: str = NIL
    groupcall_ids: tuple[str, ...] = ()
    call_count: int = 0
    groupcall_count: int = 0
    dial_index: int = 0
    dial_request: DialRequest | None = None
    """How a linear groupcall dials its next call."""


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Recording(Record):
    """A recording of a call, from the action that starts it to its end (flows.md 3.5)."""

    customer_id: str
    activeflow_id: str
    reference_id: str
    owner_type: str = ""
    owner_id: str = NIL
    reference_type: str = "call"
    status: str = "recording"
    format: str = ""
    on_end_flow_id: str = NIL
    tm_start: datetime | None = None
    tm_end: datetime | None = None


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Billing(Record):
    """The cost of one answered call, or an adjustment; credit in millionths of a dollar (calls.md 6.1)."""

    customer_id: str
    account_id: str
    transaction_type: str = "usage"
    status: str = "progressing"
    reference_type: str = "call"
    reference_id: str
    cost_type: str = "call_pstn_outgoing"
    usage_duration: int = 0
    billable_units: int = 0
    rate_token_per_unit: int = 0
    rate_credit_per_unit: int = 0
    amount_token: int = 0
    amount_credit: int = 0
    balance_token_snapshot: int = 0
    balance_credit_snapshot: int = 0
    tm_billing_start: datetime
    tm_billing_end: datetime | None = None

    @property
    def idempotency_key(self) -> str:
        return self.id if self.transaction_type == "usage" else NIL


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Call(Record):
    """A call (calls.md 1.1). `provider_id` is the forced carrier, if any.

    `anonymous` means that the caller is hidden: the client sent `yes`, and the call goes to the telephone network.
    """

    customer_id: str
    flow_id: str
    activeflow_id: str
    source: Address
    destination: Address
    owner_type: str = ""
    owner_id: str = NIL
    type: str = "flow"
    master_call_id: str = NIL
    chained_call_ids: Sequence[str] = ()
    recording_id: str = NIL
    recording_ids: Sequence[str] = ()
    groupcall_id: str = NIL
    status: str = "dialing"
    action: Action = START
    metadata: Mapping[str, Any] = field(default_factory=empty_map)
    direction: str = "outgoing"
    mute_direction: str = ""
    hangup_by: str = ""
    hangup_reason: str = ""
    tm_progressing: datetime | None = None
    tm_ringing: datetime | None = None
    tm_hangup: datetime | None = None
    provider_id: str = NIL
    dialroutes: tuple[str, ...] = ()
    """The providers of the routes that are left, the present one first; empty for a forced carrier."""
    attempts: tuple[Attempt, ...] = ()
    """The earlier attempts, each by another route."""
    tm_dialled: datetime | None = None
    """The start of the present attempt if it is not the first."""
    early_execution: bool = False
    parent_groupcall_id: str = NIL
    chained_groupcall_ids: tuple[str, ...] = ()
    anonymous: bool = False
    orphan: bool = False
    billing_id: str = NIL
    sip: int = 0
    test_controlled: bool = False
    polled: bool = False
    sent_invite: Invite | None = None
    behaviour: CallBehaviour | None = None
    scheduled_events: tuple[ScheduledEvent, ...] = ()
    said: tuple[str, ...] = ()
    """The texts that were spoken to the callee, in order."""
    held: bool = False
    """Whether a client has put the call on hold."""
    music_on_hold: bool = False
    """Whether a client plays music on hold into the call."""
    silenced: bool = False
    """Whether a client plays silence into the call."""
    call_engine: CallControls = field(repr=False, compare=False)

    @property
    def invite(self) -> Invite | None:
        """The INVITE that the carrier of the present attempt received; None for an orphan, which has none."""
        with self.call_engine.lock:
            self.call_engine.schedule_new_calls()
        return self.sent_invite

    @property
    def carrier_id(self) -> str:
        """The id of the provider of the present attempt: the forced one, or that of a route."""
        return self.dialroutes[0] if self.dialroutes else self.provider_id

    @property
    def carrier_ids(self) -> tuple[str, ...]:
        """The ids of the providers that were tried, in order; the nil UUID for a SIP destination."""
        return (*(one.provider_id for one in self.attempts), self.carrier_id)

    @property
    def invites(self) -> tuple[Invite, ...]:
        """The INVITEs of all attempts, in order: one for each route that was tried."""
        latest = self.invite
        return (*(one.invite for one in self.attempts), *([] if latest is None else [latest]))

    def ring(self) -> None:
        """Simulate ringing at the callee (SIP 180). Raises InvalidTransition unless the call is dialing.

        From now on the test controls the callee. VoIPbin's timers and the flow continue.
        """
        self.call_engine.apply_test_control(self, lambda: self.call_engine.ring(self))

    def answer(self) -> None:
        """Simulate an answer by the callee (SIP 200). Raises InvalidTransition if it is neither dialing nor ringing."""
        self.call_engine.apply_test_control(self, lambda: self.call_engine.answer(self))

    def reject(self, sip: int) -> None:
        """Make the carrier reject the call with a SIP response such as 486. Raises InvalidTransition once answered."""
        self.call_engine.apply_test_control(self, lambda: self.call_engine.reject(self, sip))

    def hangup(self, reason: str | None = None) -> None:
        """End the call with a hangup_reason, as the callee, a timer or VoIPbin would.

        Before the answer: normal, failed, busy, no_answer, dialout or cancel; after it: normal, timeout or amd.
        Raises InvalidTransition if the call has ended, or cannot end with that reason in its current status.
        """
        self.call_engine.apply_test_control(self, lambda: self.call_engine.end(self, reason))

    def press(self, digits: str) -> None:
        """Send DTMF digits (0-9, A-D, #, *) from the callee. Raises InvalidTransition if it is not progressing."""
        self.call_engine.press(self, digits)


EventRecord = Call | Groupcall | Activeflow | Recording | Agent
"""The records that events are about."""


@dataclass(slots=True)
class PlacementResult:
    """The calls and groupcalls that a dial request resulted in."""

    call_ids: list[str]
    groupcalls: list[Groupcall]
    no_route: bool
    """Whether a destination had no route."""

    def __bool__(self) -> bool:
        return bool(self.call_ids or self.groupcalls)
