"""The responses of a fake that the deployed servers would have given differently."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

from ..contracts.editions import get_edition

if TYPE_CHECKING:
    from ..contracts.answer import Answer
    from ..contracts.editions import Edition
    from ..fake_server.core import FakeVoipbin
    from ..fake_server.session_totals import SessionTotals

HELP: Final = "run `pytest --providercalls-editions` to see which tests depend on this"


def deployed_differences(fake: FakeVoipbin, requests: int = 0, calls: int = 0) -> Counter[str]:
    """Return the refusals and hangup reasons that differ, each with both responses, and how often a test had them.

    The first `requests` and `calls` of the fake are omitted. The format of responses, such as that of timestamps,
    differs in each response, and is not included.
    """
    deployed = get_edition("deployed")
    if fake.edition.name == deployed.name:
        return Counter()
    found = _refusals(fake, deployed, requests)
    found.update(_hangup_reasons(fake, deployed, calls))
    return found


def _refusals(fake: FakeVoipbin, deployed: Edition, skipped: int) -> Counter[str]:
    found: Counter[str] = Counter()
    refused_by = [entry.refused_by for entry in fake.requests[skipped:] if entry.refused_by]
    if not refused_by:
        # Then the whole catalogue need not be imported.
        return found
    from ..contracts.rules import RULES

    for id in refused_by:
        rule = RULES[id]
        ours, theirs = rule.answers[fake.edition.name], rule.answers[deployed.name]
        if (ours.status, ours.reason) != (theirs.status, theirs.reason):
            found[f"{id} {rule.statement}: {_pair(fake.edition, _text(ours), _text(theirs))}"] += 1
    return found


def _hangup_reasons(fake: FakeVoipbin, deployed: Edition, skipped: int) -> Counter[str]:
    found: Counter[str] = Counter()
    # A call that has no record yet has not ended.
    ended = [call for call in islice(fake.state.shared.calls.present, skipped, None) if call.hangup_reason]
    if not ended:
        return found
    from ..fake_server.calls.hangup_causes import AUTH_REJECTIONS

    for call in ended:
        rejected = call.sip in AUTH_REJECTIONS and call.hangup_reason in ("failed", fake.edition.no_answer_reason)
        theirs = call.hangup_reason
        if rejected:
            theirs = "failed" if deployed.auth_rejection_is_failed else deployed.no_answer_reason
        elif call.hangup_reason == fake.edition.no_answer_reason:
            theirs = deployed.no_answer_reason
        if theirs != call.hangup_reason:
            what = "a call that the carrier refused to authorise" if rejected else "a call that nobody answered"
            found[f"hangup_reason of {what}: {_pair(fake.edition, call.hangup_reason, theirs)}"] += 1
    return found


def _pair(edition: Edition, ours: str, theirs: str) -> str:
    return f"{ours} in the edition {edition.name}, {theirs} on the deployed servers"


def _text(answer: Answer) -> str:
    if answer.refuses:
        return f"{answer.status} {answer.reason}".strip()
    return f"{answer.status}, {answer.note}" if answer.note else str(answer.status)


def difference_lines(totals: SessionTotals) -> list[str]:
    """Return the lines for the terminal."""
    found = totals.deployed_differences
    if not found:
        return []
    lines = [f"  {text} ({count}x)" for text, count in sorted(found.items())]
    return ["the deployed servers would have responded differently:", *lines, f"  {HELP}"]
