"""The enums of the API: which fields have one, and its values in each edition (calls.md 1, 4 and 5; flows.md 2 and 3).

The servers send these values only in some of the fields. The others are stored as the client has sent them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ..editions import EDITIONS, SERVER_2026_04, SERVER_2026_08, Edition
from .action_types import ACTION_TYPES


@dataclass(frozen=True, slots=True)
class EnumType:
    """The values that a kind of field can have."""

    name: str
    values: tuple[str, ...]
    unsupported: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    """The values that an edition does not have, by the name of the edition."""

    def values_in(self, edition: Edition) -> tuple[str, ...]:
        """Return the values that an edition has."""
        unsupported = self.unsupported.get(edition.name, frozenset())
        return tuple(value for value in self.values if value not in unsupported)


@dataclass(frozen=True, slots=True)
class EnumField:
    """A field with an enum."""

    type: EnumType
    is_checked: bool = True
    """Whether the field never has another value; otherwise the servers store any text that a client sends."""
    can_be_empty: bool = False
    """Whether a field that is always present can be empty."""
    empty_without_record: frozenset[str] = frozenset()
    """The editions in which it is empty where they send zero values instead of a record (`zero_call`)."""


_ACTION_TYPE = EnumType(
    "ActionType", tuple(sorted(ACTION_TYPES)), {name: one.unsupported_actions for name, one in EDITIONS.items()}
)
_ADDRESS_TYPE = EnumType(
    "AddressType",
    (
        *("agent", "ai", "ai_team", "conference", "email", "extension", "line", "sip", "tel"),
        *("webchat", "web_session", "whatsapp"),
    ),
    {SERVER_2026_04.name: frozenset({"webchat", "web_session", "whatsapp"})},
)
_AGENT_RING_METHOD = EnumType("AgentRingMethod", ("ringall", "linear"))
_AGENT_STATUS = EnumType("AgentStatus", ("available", "away", "busy", "offline", "ringing"))
_ANONYMOUS = EnumType("Anonymous", ("yes", "no", "auto"))
_ANSWER_METHOD = EnumType("GroupcallAnswerMethod", ("hangup_others",))
_PAYMENT_METHOD = EnumType("PaymentMethod", ("credit card",))
_PAYMENT_TYPE = EnumType("PaymentType", ("prepaid",))
_PLAN_STATUS = EnumType("PlanStatus", ("active", "canceling"))
_PLAN_TYPE = EnumType("PlanType", ("free", "basic", "professional", "unlimited"))
_HANGUP_REASON = EnumType(
    "HangupReason",
    ("normal", "failed", "busy", "cancel", "timeout", "no_answer", "noanswer", "dialout", "amd"),
    {name: frozenset({"no_answer", "noanswer"}) - {one.no_answer_reason} for name, one in EDITIONS.items()},
)
_MUTE_DIRECTION = EnumType("MuteDirection", ("both", "out", "in"))
_OWNER_TYPE = EnumType("OwnerType", ("agent",))
_PROVIDER_TYPE = EnumType("ProviderType", ("sip",))
_RECORDING_FORMAT = EnumType("RecordingFormat", ("wav",))
_REFERENCE_TYPES = ("ai", "api", "call", "campaign", "conversation", "transcribe", "recording", "webchat")
_RING_METHOD = EnumType("GroupcallRingMethod", ("ring_all", "linear"))
_TALK_PROVIDER = EnumType("TalkProvider", ("gcp", "aws"))
_WEBHOOK_METHOD = EnumType("WebhookMethod", ("POST", "GET", "PUT", "DELETE"))

ENUM_FIELDS: Final[Mapping[str, EnumField]] = {
    "Action.type": EnumField(_ACTION_TYPE, can_be_empty=True),
    "ActionRequest.type": EnumField(_ACTION_TYPE),
    "Activeflow.reference_type": EnumField(
        EnumType("ActiveflowReferenceType", _REFERENCE_TYPES, {SERVER_2026_04.name: frozenset({"webchat"})})
    ),
    "Activeflow.status": EnumField(EnumType("ActiveflowStatus", ("running", "ended"))),
    "Activeflow.webhook_method": EnumField(_WEBHOOK_METHOD),
    "ActiveflowRequest.webhook_method": EnumField(_WEBHOOK_METHOD),
    "Address.type": EnumField(_ADDRESS_TYPE, is_checked=False),
    "AddressRequest.type": EnumField(_ADDRESS_TYPE, is_checked=False),
    "Agent.ring_method": EnumField(_AGENT_RING_METHOD, is_checked=False),
    "Agent.status": EnumField(_AGENT_STATUS, is_checked=False),
    "Billing.cost_type": EnumField(
        EnumType(
            "BillingCostType",
            (
                *("call_pstn_outgoing", "call_pstn_incoming", "call_vn", "call_extension", "call_direct_ext"),
                *("sms", "email", "number", "number_renew", "tts", "recording"),
            ),
        ),
        can_be_empty=True,
    ),
    "Billing.reference_type": EnumField(
        EnumType(
            "BillingReferenceType",
            (
                *("call", "call_extension", "sms", "email", "number", "number_renew", "credit_free_tier"),
                *("monthly_allowance", "credit_adjustment", "token_adjustment", "speaking", "recording"),
                *("paddle_credit_purchase", "paddle_subscription", "paddle_refund"),
            ),
        ),
        can_be_empty=True,
    ),
    "Billing.status": EnumField(EnumType("BillingStatus", ("progressing", "end", "pending", "finished"))),
    "Billing.transaction_type": EnumField(
        EnumType("BillingTransactionType", ("usage", "top_up", "adjustment", "refund"))
    ),
    "BillingAccount.payment_method": EnumField(_PAYMENT_METHOD, is_checked=False, can_be_empty=True),
    "BillingAccount.payment_type": EnumField(_PAYMENT_TYPE, is_checked=False, can_be_empty=True),
    "BillingAccount.plan_status": EnumField(_PLAN_STATUS),
    "BillingAccount.plan_type": EnumField(_PLAN_TYPE),
    "Call.direction": EnumField(EnumType("CallDirection", ("incoming", "outgoing"))),
    "Call.hangup_by": EnumField(EnumType("HangupBy", ("remote", "local"))),
    "Call.hangup_reason": EnumField(_HANGUP_REASON),
    "Call.mute_direction": EnumField(_MUTE_DIRECTION),
    "Call.owner_type": EnumField(_OWNER_TYPE, can_be_empty=True),
    "Call.status": EnumField(
        EnumType("CallStatus", ("dialing", "ringing", "progressing", "terminating", "canceling", "hangup")),
        empty_without_record=frozenset({SERVER_2026_04.name, SERVER_2026_08.name}),
    ),
    "Call.type": EnumField(EnumType("CallType", ("flow", "conference", "sip-service"))),
    "CallRequest.anonymous": EnumField(_ANONYMOUS, is_checked=False),
    "Customer.identity_verification_status": EnumField(
        EnumType("IdentityVerificationStatus", ("none", "pending", "verified", "rejected"))
    ),
    "Customer.status": EnumField(EnumType("CustomerStatus", ("initial", "active", "frozen", "deleted", "expired"))),
    "Customer.webhook_method": EnumField(_WEBHOOK_METHOD, is_checked=False),
    "CustomerRequest.webhook_method": EnumField(_WEBHOOK_METHOD, is_checked=False),
    "Flow.type": EnumField(EnumType("FlowType", ("flow", "conference", "queue", "campaign", "transfer"))),
    "FullBillingAccount.payment_method": EnumField(_PAYMENT_METHOD, is_checked=False, can_be_empty=True),
    "FullBillingAccount.payment_type": EnumField(_PAYMENT_TYPE, is_checked=False, can_be_empty=True),
    "FullBillingAccount.plan_status": EnumField(_PLAN_STATUS),
    "FullBillingAccount.plan_type": EnumField(_PLAN_TYPE),
    "FullBillingAccount.status": EnumField(EnumType("BillingAccountStatus", ("active", "frozen", "deleted"))),
    "Groupcall.answer_method": EnumField(_ANSWER_METHOD, is_checked=False),
    "Groupcall.owner_type": EnumField(_OWNER_TYPE, can_be_empty=True),
    "Groupcall.ring_method": EnumField(_RING_METHOD, can_be_empty=True),
    "Groupcall.status": EnumField(EnumType("GroupcallStatus", ("progressing", "hangingup", "hangup"))),
    "GroupcallRequest.answer_method": EnumField(_ANSWER_METHOD, is_checked=False),
    "GroupcallRequest.ring_method": EnumField(_RING_METHOD),
    "MuteRequest.direction": EnumField(_MUTE_DIRECTION),
    "Number.status": EnumField(EnumType("NumberStatus", ("active", "deleted"))),
    "Number.type": EnumField(EnumType("NumberType", ("normal", "virtual"))),
    "Provider.health_status": EnumField(EnumType("ProviderHealthStatus", ("unknown", "healthy", "unhealthy"))),
    "Provider.type": EnumField(_PROVIDER_TYPE, is_checked=False, can_be_empty=True),
    "ProviderCall.anonymous": EnumField(_ANONYMOUS, is_checked=False, can_be_empty=True),
    "ProviderCallRequest.anonymous": EnumField(_ANONYMOUS, is_checked=False),
    "ProviderRequest.type": EnumField(_PROVIDER_TYPE, is_checked=False),
    "Recording.format": EnumField(_RECORDING_FORMAT),
    "Recording.owner_type": EnumField(_OWNER_TYPE, can_be_empty=True),
    "Recording.reference_type": EnumField(EnumType("RecordingReferenceType", ("call", "confbridge"))),
    "Recording.status": EnumField(EnumType("RecordingStatus", ("initiating", "recording", "stopping", "ended"))),
    "RecordingRequest.format": EnumField(_RECORDING_FORMAT),
    "TalkRequest.provider": EnumField(_TALK_PROVIDER, is_checked=False),
}
"""The fields with an enum, as `Model.field`. A field that a server can omit may also be empty where it does not."""
