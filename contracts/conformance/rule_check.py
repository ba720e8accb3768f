"""Run one rule's check against one client, and build an actionable failure message."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent
from typing import NamedTuple

from ..redaction import MASK, redact_text
from ..visible_text import visible
from .check_context import CheckContext
from .client_driver import ConformanceAdapter
from .client_rule import ClientRule
from .duplicate_calls import Sweep
from .exceptions import ClientRuleBroken, Inconclusive
from .harness import HarnessFactory, SentRequest

_SHOWN = 12
"""How many requests a failure message shows."""


class ClientVerdict(NamedTuple):
    """Whether a client complies with a rule, None if that is unknown; and the full reason if it does not.

    `sweep` is the duplicate-call sweep of the rule that performs it.
    """

    rule: ClientRule
    passed: bool | None
    reason: str = ""
    sweep: Sweep | None = None


def run_check(adapter: ConformanceAdapter, rule: ClientRule, harness_factory: HarnessFactory) -> ClientVerdict:
    """Check a client against one rule. Raises ClientSetupError if the client cannot be created or closed."""
    context = CheckContext(adapter, harness_factory)
    missing = _missing_operations(context, rule)
    if missing:
        return ClientVerdict(rule, None, f"not run: the adapter does not define {missing}")
    try:
        rule.check(context)
    except Inconclusive as error:
        return ClientVerdict(rule, None, _mask(context.tokens, f"inconclusive: {error}"))
    except ClientRuleBroken as error:
        reason = _mask(context.tokens, _message(rule, str(error), context.sent))
        return ClientVerdict(rule, False, reason, context.sweep)
    return ClientVerdict(rule, True, sweep=context.sweep)


def _missing_operations(context: CheckContext, rule: ClientRule) -> str:
    """Return the operations that the rule requires and the adapter does not define, separated by commas."""
    missing = [operation for operation in rule.requires if not context.supports(operation)]
    if rule.requires_any and not any(map(context.supports, rule.requires_any)):
        missing.append(" or ".join(rule.requires_any))
    return ", ".join(missing)


def _message(rule: ClientRule, reason: str, sent: list[SentRequest]) -> str:
    sections = {
        "what happened:": reason,
        "last requests of the client:": "\n".join(_request_lines(sent)),
        "hint:": rule.hint,
    }
    lines = [f"{rule.id}: {rule.statement}", f"  [{rule.source}]"]
    for title, text in sections.items():
        if text:
            lines += [title, indent(visible(text), "  ")]
    return "\n".join(lines)


def _request_lines(sent: list[SentRequest]) -> Iterator[str]:
    """Yield the last requests as lines: seconds since the first one shown, and the journal entry."""
    shown = sent[-_SHOWN:]
    if len(sent) > len(shown):
        yield f"({len(sent) - len(shown)} earlier requests)"
    for request in shown:
        first, *rest = str(request.entry).splitlines()
        yield f"{request.at - shown[0].at:10.3f} s  {first}"
        yield from (f"{'':12}  {line}" for line in rest)


def _mask(tokens: list[str], text: str) -> str:
    for token in tokens:
        text = text.replace(token, MASK)
    # A message that was cut may contain the beginning of a token.
    return redact_text(text)
