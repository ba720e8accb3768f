"""Print the rule catalogue, with the source and the answer in each edition; or show some rules in full."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ..reports import ledger_text
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
    parser.add_argument(
        "--unverified",
        action="store_true",
        help="list the rules that were not run on a server of each edition, and why",
    )
    parser.add_argument("--format", choices=("md", "json"), default="md", help="Markdown tables (default) or JSON")


def run(options: argparse.Namespace) -> int:
    selected = _selected(options)
    if options.format == "json":
        print(as_json(selected))
    elif options.unverified:
        print("\n".join(ledger_text.unverified_lines(_api_rules(selected))))
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


def _api_rules(rules: Iterable[Rule | ClientRule]) -> list[Rule]:
    """Return the rules of the API among these, or all of them."""
    from ..contracts.rule import Rule
    from ..contracts.rules import RULES

    return [rule for rule in rules or RULES.values() if isinstance(rule, Rule)]


def _contains(rule: Rule | ClientRule, texts: Iterable[str]) -> bool:
    content = "\n".join((rule.id, rule.statement, rule.source, rule.hint)).casefold()
    return all(text.casefold() in content for text in texts)


def as_json(rules: Iterable[Rule | ClientRule] = ()) -> str:
    """Return a JSON array with these rules, or with every rule of the API."""
    data = [{**rule_to_dict(rule), "sources": _sources(rule.source)} for rule in rules or _api_rules(())]
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
    yield from ("", *_ABOUT, "", *ledger_text.INTRODUCTION, "")
    yield from _table(["edition", "commit", "date", "set-up", "rules"], ledger_text.run_rows(RULES.values()))
    for group, rules in GROUPS.items():
        yield from ("", f"## {group}", "")
        yield from _table(["id", "rule", *EDITIONS, "safety", "known by", "source"], map(_cells, _sorted(rules)))
    yield from ("", "## Rules that were not run", "")
    yield "`providercalls rules --unverified` prints this list."
    for edition, ledger in ledger_text.unverified(RULES.values()).items():
        yield from ("", f"### {edition}", "")
        yield from _table(["id", "known by"], ([id, str(entry)] for id, entry in ledger.items()))


def _sorted(rules: Iterable[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: rule.id)


def _cells(rule: Rule) -> list[str]:
    answers = map(_short, rule.answers.values())
    return [rule.id, rule.statement, *answers, rule.safety.name, ledger_text.bases(rule), rule.source]


def _table(heads: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield _row(heads)
    yield _row(["---"] * len(heads))
    yield from map(_row, rows)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _short(answer: Answer) -> str:
    return f"{answer.status} {answer.reason or answer.note}".rstrip()
