"""The rule ledger as text: the runs on servers, and the rules that were not run, with the reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..contracts.rule import Rule
    from ..contracts.rule_ledger import Entry

INTRODUCTION: Final = (
    "`known by` lists how the rule is known in each of the editions. The ledger (`providercalls rules --format json`,",
    "`contracts.rule_ledger`) has the details:",
    "",
    "* `run`: the rule's probe passed on a running build of the edition's commit.",
    "* `read`: the rule was read in the servers' source code. `providercalls rules RULE-ID` shows the section.",
    "* `documents`: VoIPbin's documentation says so, or that of a library or a standard.",
    "",
    "A rule that changes is no longer `run`, until its probe has passed again.",
)


def unverified(rules: Iterable[Rule]) -> Mapping[str, Mapping[str, Entry]]:
    """Return for each edition of a server the ledger's entries of the rules that were not run, by rule id."""
    from ..contracts.editions import EDITIONS
    from ..contracts.rule_ledger import Basis, entry

    rules = list(rules)
    servers = [name for name, edition in EDITIONS.items() if edition.based_on]
    found = {name: {rule.id: entry(rule, name) for rule in rules} for name in servers}
    return {
        name: {id: one for id, one in ledger.items() if one.basis is not Basis.RUN} for name, ledger in found.items()
    }


def unverified_lines(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield a line for each edition of a server, and one for each rule that was not run there."""
    rules = list(rules)
    for edition, ledger in unverified(rules).items():
        yield f"{edition}: {len(rules) - len(ledger)} of {len(rules)} rules are `run`"
        width = max(map(len, ledger), default=0)
        yield from (f"  {id:<{width}}  {entry}" for id, entry in ledger.items())


def bases(rule: Rule) -> str:
    """Return how a rule is known in each edition, in the order of the editions."""
    from ..contracts.rule_ledger import entries

    return ", ".join(entry.basis.value for entry in entries(rule).values())


def run_rows(rules: Iterable[Rule]) -> Iterator[list[str]]:
    """Yield the cells of a row for each run: the edition, commit, date, set-up, and how many rules are `run` by it."""
    from ..contracts.rule_ledger import Basis, entries, published_runs

    ledger = ((edition, one) for rule in rules for edition, one in entries(rule).items())
    counts = Counter((edition, one.date) for edition, one in ledger if one.basis is Basis.RUN)
    for run in published_runs():
        yield [run.edition, run.commit, run.date, run.setup, str(counts[run.edition, run.date])]
