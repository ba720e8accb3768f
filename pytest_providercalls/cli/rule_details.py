"""One rule in full, for people: what it says, what each edition answers, what to do, and where that can be verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..contracts.conformance.client_rule import ClientRule
    from ..contracts.rule import Answer, Rule

_WIDTH: Final = 14
_SAFETY: Final[Mapping[str, str]] = {
    "READ": "its probe only reads",
    "INERT": "its probe writes what could ring nobody",
    "REFUSED": "its probe rings somebody unless the rule is kept",
    "BILLABLE": "its probe rings somebody",
}


def describe(rule: Rule | ClientRule) -> Iterator[str]:
    """The lines of a rule: a name at the left of each fact, and below each source its public places."""
    from ..contracts.rule import Rule

    yield f"{rule.id}: {rule.statement}"
    yield from _of_the_api(rule) if isinstance(rule, Rule) else _of_a_client(rule)
    yield from _sources(rule.source)


def _of_the_api(rule: Rule) -> Iterator[str]:
    from ..contracts.rules import RULES

    for edition, answer in rule.answers.items():
        yield _fact(edition, _answered(answer))
    if rule.hint:
        yield _fact("what to do", rule.hint)
    yield _fact("safety", f"{rule.safety.name}: {_SAFETY[rule.safety.name]}")
    for id in rule.depends_on:
        yield _fact("stands on", f"{id}: {RULES[id].statement}")


def _of_a_client(rule: ClientRule) -> Iterator[str]:
    yield _fact("what to do", rule.hint)
    needs = [*rule.requires, " or ".join(rule.requires_any)] if rule.requires_any else rule.requires
    if needs:
        yield _fact("needs", ", ".join(needs))


def _answered(answer: Answer) -> str:
    if not answer.refuses:
        return f"{answer.status} {answer.note}".rstrip()
    said = f"{answer.reason}: {answer.message}" if answer.message else answer.reason
    return f"{answer.status} {said} ({answer.body.value})".replace("  ", " ")


def _fact(name: str, value: str) -> str:
    return f"  {name:<{_WIDTH}}  {value}"


def _sources(source: str) -> Iterator[str]:
    from ..contracts.sources import parse_citations

    for one in parse_citations(source):
        yield _fact("source", f"{one.name} ({one.remark})" if one.remark else one.name)
        yield _fact("", one.section.title)
        yield from (_fact("", place.url) for place in one.section.references)
