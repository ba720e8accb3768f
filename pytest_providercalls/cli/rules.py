"""Print the rule catalogue, with the source and the answer in each edition; or show some rules in full."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ..reports.rule_data import rule_to_dict
from . import fake_options
from .errors import UsageError
from .rule_details import describe
from .rule_patterns import matching_ids

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
    ids = parser.add_argument(
        "ids",
        nargs="*",
        metavar="RULE",
        help="show this rule in full; list the rules whose ids begin with this, such as PC-PRE, or match a glob",
    )
    fake_options.offer(ids, fake_options.RULE_IDS)
    parser.add_argument(
        "--search",
        action="append",
        default=[],
        metavar="TEXT",
        help="list the rules with this text in the id, statement, source or hint; may be repeated: all must match",
    )
    parser.add_argument("--format", choices=("md", "json"), default="md", help="Markdown tables (default) or JSON")


def run(options: argparse.Namespace) -> int:
    selected = _selected(options)
    if options.format == "json":
        print(as_json(selected))
    elif not (options.ids or options.search):
        print("\n".join(as_markdown()))
    elif options.search or any(id.upper() not in _known() for id in options.ids):
        width = max(len(rule.id) for rule in selected)
        print("\n".join(f"{rule.id:<{width}}  {rule.statement}" for rule in selected))
    else:
        print("\n\n".join("\n".join(describe(rule)) for rule in selected))
    return 0


def _known() -> Mapping[str, Rule | ClientRule]:
    from ..contracts.conformance.rules import CLIENT_RULES
    from ..contracts.rules import RULES

    return {**RULES, **CLIENT_RULES}


def _selected(options: argparse.Namespace) -> list[Rule | ClientRule]:
    """Return the named rules in the order of the arguments, without repetition; with --search, those that match."""
    known = _known()
    ids = [id for pattern in options.ids for id in matching_ids(pattern, known)]
    if options.search:
        ids = [id for id in ids or known if _contains(known[id], options.search)]
        if not ids:
            raise UsageError(f"no rule contains {' and '.join(map(repr, options.search))}")
    return [known[id] for id in dict.fromkeys(ids)]


def _contains(rule: Rule | ClientRule, texts: Iterable[str]) -> bool:
    content = "\n".join((rule.id, rule.statement, rule.source, rule.hint)).casefold()
    return all(text.casefold() in content for text in texts)


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
