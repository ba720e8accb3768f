"""Print the catalogue: every rule of the API, with its source and its answer in each edition; or some rules in full."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from .errors import UsageError
from .rule_details import describe

if TYPE_CHECKING:
    from ..contracts.conformance.client_rule import ClientRule
    from ..contracts.rule import Answer, Rule

_ABOUT: Final = (
    "This page is what `providercalls rules --format md` prints; do not edit it, run `make reference`.",
    "",
    "Each rule has its answer in each edition: 200 and a note where the edition does not refuse. `safety` says what",
    "its probe would do to a real server: READ only reads, INERT writes what could ring nobody, REFUSED rings somebody",
    "unless the rule is kept, BILLABLE rings somebody. Where each source can be read: [sources](sources.md), and",
    "`providercalls rules PC-PRE-04`, which tells all about a rule.",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", metavar="RULE-ID", help="tell all about these rules, or rules for clients")
    parser.add_argument("--format", choices=("md", "json"), default="md", help="Markdown tables (default), or JSON.")


def run(options: argparse.Namespace) -> int:
    named = [_rule(id) for id in options.ids]
    if options.format == "json":
        print(as_json(named))
    elif named:
        print("\n\n".join("\n".join(describe(rule)) for rule in named))
    else:
        print("\n".join(as_markdown()))
    return 0


def _rule(id: str) -> Rule | ClientRule:
    from ..contracts.conformance.rules import CLIENT_RULES
    from ..contracts.rules import RULES

    known: dict[str, Rule | ClientRule] = {**RULES, **CLIENT_RULES}
    if id not in known:
        close = ", ".join(get_close_matches(id.upper(), known))
        raise UsageError(
            f"there is no rule {id!r}; {f'did you mean {close}?' if close else 'without an id, all are told'}"
        )
    return known[id]


def as_json(rules: Iterable[Rule | ClientRule] = ()) -> str:
    """An array with an object for each of the rules; without any, for each rule of the API."""
    from ..contracts.rules import RULES

    told = [{**described(rule), "sources": _sources(rule.source)} for rule in rules or RULES.values()]
    return json.dumps(told, indent=2)


def described(rule: Rule | ClientRule) -> dict[str, Any]:
    """A rule as JSON's data."""
    from ..contracts.rule import Rule

    facts = _of_the_api(rule) if isinstance(rule, Rule) else _of_a_client(rule)
    return {"id": rule.id, "statement": rule.statement, "source": rule.source, **facts}


def _of_the_api(rule: Rule) -> dict[str, Any]:
    return {
        "safety": rule.safety.name,
        "fix": rule.hint,
        "point": rule.edition_flag,
        "since": rule.since,
        "stands_on": list(rule.depends_on),
        "answers": {edition: _answer(answer) for edition, answer in rule.answers.items()},
    }


def _of_a_client(rule: ClientRule) -> dict[str, Any]:
    return {"todo": rule.hint, "needs": list(rule.requires), "one_of": list(rule.requires_any), "since": rule.since}


def _sources(source: str) -> list[dict[str, Any]]:
    from ..contracts.sources import parse_citations

    return [
        {
            "section": one.name,
            "remark": one.remark,
            "title": one.section.title,
            "places": [{"name": place.name, "url": place.url} for place in one.section.references],
        }
        for one in parse_citations(source)
    ]


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "status": answer.status,
        "reason": answer.reason,
        "message": answer.message,
        "body": answer.body.name,
        "note": answer.note,
    }


def as_markdown() -> Iterator[str]:
    """The lines of a page: a table for each resource."""
    from ..contracts.editions import EDITIONS
    from ..contracts.rule import Rule
    from ..contracts.rules import MODULES, RULES

    yield f"# The rules of the VoIPbin API: {len(RULES)}"
    yield from ("", *_ABOUT)
    for module in MODULES:
        found = [value for value in vars(module).values() if isinstance(value, Rule)]
        yield from ("", f"## {module.__name__.rpartition('.')[2]}", "")
        yield _row(["id", "rule", *EDITIONS, "safety", "source"])
        yield _row(["---"] * (len(EDITIONS) + 4))
        for rule in sorted(found, key=lambda rule: rule.id):
            answers = (_short(rule.answers[name]) for name in EDITIONS)
            yield _row([rule.id, rule.statement, *answers, rule.safety.name, rule.source])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _short(answer: Answer) -> str:
    return f"{answer.status} {answer.reason or answer.note}".rstrip()
