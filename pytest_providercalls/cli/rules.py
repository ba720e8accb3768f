"""Print the catalogue: every rule of the API, with its source and its answer in each edition."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ..contracts.rule import Answer, Rule


_ABOUT: Final = (
    "This page is what `providercalls rules --format md` prints; do not edit it, run `make reference`.",
    "",
    "Each rule has its answer in each edition: 200 and a note where the edition does not refuse. `safety` says what",
    "its probe would do to a real server: READ only reads, INERT writes what could ring nobody, REFUSED rings somebody",
    "unless the rule is kept, BILLABLE rings somebody.",
)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("md", "json"), default="md", help="Markdown tables (default), or JSON.")


def run(options: argparse.Namespace) -> int:
    print(as_json() if options.format == "json" else "\n".join(as_markdown()))
    return 0


def as_json() -> str:
    """An array with an object for each rule, in the order of their ids."""
    from ..contracts.rules import RULES

    return json.dumps([described(rule) for rule in RULES.values()], indent=2)


def described(rule: Rule) -> dict[str, Any]:
    """A rule as JSON's data."""
    return {
        "id": rule.id,
        "statement": rule.statement,
        "source": rule.source,
        "safety": rule.safety.name,
        "fix": rule.fix,
        "point": rule.point,
        "since": rule.since,
        "stands_on": list(rule.stands_on),
        "answers": {edition: _answer(answer) for edition, answer in rule.answers.items()},
    }


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
