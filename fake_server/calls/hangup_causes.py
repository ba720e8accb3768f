"""Why a call was not answered: from the carrier's SIP response to the hangup_reason (calls.md 2.4 and 2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...contracts.rule import Rule
from ...contracts.rules import calls as rules

if TYPE_CHECKING:
    from ..core import FakeVoipbin

_CAUSES: Mapping[int, int] = {
    401: 21,
    403: 21,
    404: 1,
    407: 21,
    408: 18,
    409: 41,
    410: 22,
    420: 3,
    480: 19,
    483: 19,
    484: 28,
    485: 1,
    486: 17,
    488: 58,
    500: 38,
    501: 29,
    502: 27,
    503: 34,
    504: 102,
    505: 127,
    600: 17,
    603: 21,
    604: 1,
    606: 58,
}
"""The Q.850 cause that Asterisk makes of a final SIP response."""
_REASONS: Mapping[int, str] = {0: "dialout", 16: "normal", 17: "busy", 19: "no_answer", 21: "no_answer", 26: "normal"}
REFUSED_AS_DOCUMENTED = (401, 403, 407)
"""The responses that the documents call a failure, and the servers no answer."""
DIAL_TIMEOUT_CAUSE = 0


def is_rejection(sip: object) -> bool:
    """Whether a SIP response is final and no success."""
    return isinstance(sip, int) and not isinstance(sip, bool) and 300 <= sip <= 699


def cause_of(sip: int) -> int:
    """The Q.850 cause of a final SIP response that is no success."""
    return _CAUSES.get(sip, 34 if 500 <= sip <= 599 else 127)


def reason_of_cause(cause: int) -> str:
    """Why an outgoing call that nobody has answered ended with a Q.850 cause."""
    return _REASONS.get(cause, "failed")


def reason_of(sip: int, fake: FakeVoipbin) -> str:
    """Why a call ends that a carrier refuses: the documents call it `failed` where the servers say no answer."""
    rule, reason = rule_of(sip), reason_of_cause(cause_of(sip))
    if rule.edition_flag:
        return "failed" if fake.flag(rule) else reason
    return reason if fake.enforces(rule) else "normal"


def rule_of(sip: int) -> Rule:
    """The rule that makes a hangup_reason of a SIP response."""
    if sip in REFUSED_AS_DOCUMENTED:
        return rules.rejection_is_failure
    return rules.refused_call_fails if reason_of_cause(cause_of(sip)) == "failed" else rules.busy_and_no_answer_differ
