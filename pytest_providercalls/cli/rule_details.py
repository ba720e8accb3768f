"""One rule in full, as text: its statement, its answer in each edition and how that is known, a hint, its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..contracts.answer import Answer
    from ..contracts.conformance.client_rule import ClientRule
    from ..contracts.rule import Rule

_WIDTH: Final = 14
_SAFETY: Final[Mapping[str, str]] = {
    "READ": "its probe only reads",
    "INERT": "its probe writes, but cannot place a call",
    "REFUSED": "its probe places a call unless the server enforces the rule",
    "BILLABLE": "its probe places a call",
}


def describe(rule: Rule | ClientRule) -> Iterator[str]:
    """Yield the lines of a rule: one per fact, with its name on the left, and the links below each source."""
    from ..contracts.rule import Rule

    yield f"{rule.id}: {rule.statement}"
    yield from _api_facts(rule) if isinstance(rule, Rule) else _client_facts(rule)
    yield from _sources(rule.source)


def _api_facts(rule: Rule) -> Iterator[str]:
    from ..contracts.rule_ledger import entries
    from ..contracts.rules import RULES

    for edition, entry in entries(rule).items():
        yield _fact(edition, _format_answer(rule.answers[edition]))
        yield _fact("", str(entry))
    if rule.hint:
        yield _fact("hint", rule.hint)
    yield _fact("safety", f"{rule.safety.name}: {_SAFETY[rule.safety.name]}")
    if rule.hazard:
        yield _fact("hazard", rule.hazard)
    for id in rule.depends_on:
        yield _fact("depends on", f"{id}: {RULES[id].statement}")


def _client_facts(rule: ClientRule) -> Iterator[str]:
    yield _fact("hint", rule.hint)
    operations = [*rule.requires, " or ".join(rule.requires_any)] if rule.requires_any else rule.requires
    if operations:
        yield _fact("requires", ", ".join(operations))


def _format_answer(answer: Answer) -> str:
    if not answer.refuses:
        return f"{answer.status} {answer.note}".rstrip()
    error = f"{answer.reason}: {answer.message}" if answer.message else answer.reason
    return f"{answer.status} {error} ({answer.body.value})".replace("  ", " ")


def _fact(name: str, value: str) -> str:
    return f"  {name:<{_WIDTH}}  {value}"


def _sources(source: str) -> Iterator[str]:
    from ..contracts.sources import parse_citations

    for one in parse_citations(source):
        yield _fact("source", f"{one.name} ({one.remark})" if one.remark else one.name)
        yield _fact("", one.section.title)
        yield from (_fact("", reference.url) for reference in one.section.references)
