"""Print the rule catalogue, with the source and the answer in each edition; or show some rules in full."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from ..reports.rule_data import rule_to_dict
from .errors import UsageError
from .rule_details import describe

if TYPE_CHECKING:
    from ..contracts.answer import Answer
    from ..contracts.conformance.client_rule import ClientRule
    from ..contracts.rule import Rule

_ABOUT: Final = (
    "This page is the output of `providercalls rules --format md`; do not edit it, run `make reference`.",
    "",
    "The tables list the answer of each edition: 200 and a note if the edition does not refuse. `safety` states what",
    "the rule's probe does to a real server: READ only reads, INERT writes but cannot place a call, REFUSED places a",
    "call unless the server enforces the rule, BILLABLE places a call. For links to the sources, see",
    "[sources](sources.md), or run `providercalls rules PC-PRE-04`, which shows a rule in full.",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", metavar="RULE-ID", help="show these rules in full")
    parser.add_argument("--format", choices=("md", "json"), default="md", help="Markdown tables (default) or JSON")


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
            f"unknown rule {id!r}; {f'did you mean {close}?' if close else 'run without an id to list all rules'}"
        )
    return known[id]


def as_json(rules: Iterable[Rule | ClientRule] = ()) -> str:
    """Return a JSON array with these rules, or with every rule of the API."""
    from ..contracts.rules import RULES

    data = [{**rule_to_dict(rule), "sources": _sources(rule.source)} for rule in rules or RULES.values()]
    return json.dumps(data, indent=2)


def _sources(source: str) -> list[dict[str, Any]]:
    from ..contracts.sources import parse_citations

    return [
        {
            "section": one.name,
            "remark": one.remark,
            "title": one.section.title,
            "references": [{"name": each.name, "url": each.url} for each in one.section.references],
        }
        for one in parse_citations(source)
    ]


def as_markdown() -> Iterator[str]:
    """Yield the lines of a Markdown page with a table for each resource."""
    from ..contracts.editions import EDITIONS
    from ..contracts.rules import GROUPS, RULES

    yield f"# The rules of the VoIPbin API: {len(RULES)}"
    yield from ("", *_ABOUT)
    for group, rules in GROUPS.items():
        yield from ("", f"## {group}", "")
        yield _row(["id", "rule", *EDITIONS, "safety", "source"])
        yield _row(["---"] * (len(EDITIONS) + 4))
        for rule in sorted(rules, key=lambda rule: rule.id):
            answers = (_short(rule.answers[name]) for name in EDITIONS)
            yield _row([rule.id, rule.statement, *answers, rule.safety.name, rule.source])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _short(answer: Answer) -> str:
    return f"{answer.status} {answer.reason or answer.note}".rstrip()
