"""Hangup causes: from the carrier's SIP response to a Q.850 cause to the hangup_reason (calls.md 2.4 and 2.5)."""

from __future__ import annotations

from collections.abc import Mapping

from ...contracts.rule import Rule
from ...contracts.rules import calls as rules
from ..world.world import World

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
"""The Q.850 cause to which Asterisk maps each final SIP response."""
_REASONS: Mapping[int, str] = {0: "dialout", 16: "normal", 17: "busy", 19: "no_answer", 21: "no_answer", 26: "normal"}
AUTH_REJECTIONS = (401, 403, 407)
"""The responses that are `failed` in the documents and `no_answer` on the servers."""
DIAL_TIMEOUT_CAUSE = 0


def is_rejection(sip: object) -> bool:
    """Return whether a SIP response is a final rejection."""
    return isinstance(sip, int) and not isinstance(sip, bool) and 300 <= sip <= 699


def cause_of(sip: int) -> int:
    """Return the Q.850 cause of a rejection."""
    return _CAUSES.get(sip, 34 if 500 <= sip <= 599 else 127)


def reason_of_cause(cause: int) -> str:
    """Return the hangup_reason of an unanswered outgoing call that ended with a Q.850 cause."""
    return _REASONS.get(cause, "failed")


def reason_of(sip: int, world: World) -> str:
    """Return the hangup_reason of a rejected call. Some rejections are `failed` in the documents only."""
    rule, reason = rule_of(sip), reason_of_cause(cause_of(sip))
    if rule.edition_flag:
        return "failed" if world.flag(rule) else reason
    return world.follows(rule, reason)


def rule_of(sip: int) -> Rule:
    """Return the rule that maps a SIP response to a hangup_reason."""
    if sip in AUTH_REJECTIONS:
        return rules.rejection_is_failure
    return rules.rejected_call_fails if reason_of_cause(cause_of(sip)) == "failed" else rules.busy_and_no_answer_differ
