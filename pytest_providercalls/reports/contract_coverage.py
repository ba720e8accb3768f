"""How much of the contract a session has met: each rule never, passed only, refused only, or both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..fake_server.world.session_totals import SessionTotals

COVERAGE_STATES = ("both", "refused", "passed", "never")


def groups() -> dict[str, list[str]]:
    """The ids of the rules of each resource."""
    from ..contracts.rule import Rule
    from ..contracts.rules import MODULES

    return {
        module.__name__.rpartition(".")[2]: sorted(rule.id for rule in vars(module).values() if isinstance(rule, Rule))
        for module in MODULES
    }


@dataclass(frozen=True)
class ContractCoverage:
    """How each rule was met, by resource and id."""

    groups: Mapping[str, Mapping[str, str]]
    untested_refusals: Sequence[str]
    """The rules that were passed only, and whose refusal a test could have seen: not every rule refuses anybody."""

    @classmethod
    def of(cls, tally: SessionTotals) -> ContractCoverage:
        from ..contracts.rules import RULES

        met = {group: {id: tally.met(id) for id in ids} for group, ids in groups().items()}
        unseen = [
            id
            for id, rule in RULES.items()
            if tally.met(id) == "passed" and any(rule.answers[edition].refuses for edition in tally.editions)
        ]
        return cls(met, unseen)

    @cached_property
    def rules(self) -> dict[str, str]:
        """How each rule was met, in the order of the ids."""
        return dict(sorted((id, how) for group in self.groups.values() for id, how in group.items()))

    def ids(self, *how: str) -> list[str]:
        """The rules that were met so."""
        return [id for id, was in self.rules.items() if was in how]

    @property
    def covered(self) -> int:
        """How many rules were passed or have refused."""
        return len(self.rules) - len(self.ids("never"))

    @property
    def percent(self) -> float:
        """The share of the whole catalogue that was met."""
        return 100 * self.covered / len(self.rules)

    def shortfall(self, least: float) -> str:
        """What to say if fewer per cent of the rules were met than there must be; else nothing."""
        if self.percent >= least:
            return ""
        return (
            f"{self.covered} of {len(self.rules)} rules were met, that is {self.percent:.1f}%:"
            f" fewer than the {least:g}% of providercalls_fail_under"
        )

    def data(self) -> dict[str, Any]:
        """The counts, as JSON's data."""
        by_group = {group: self._counts(rules) for group, rules in self.groups.items()}
        return {**self._counts(self.rules), "percent": round(self.percent, 1), "groups": by_group}

    def lines(self, verbose: bool) -> Iterator[str]:
        """The lines for a terminal."""
        counts = self._counts(self.rules)
        how = f"{counts['both']} passed and refused, {counts['refused']} refused only, {counts['passed']} passed only"
        yield f"rules met: {self.covered} of {len(self.rules)} ({self.percent:.1f}%): {how}"
        yield f"  {self._by_group()}"
        yield f"  refused somewhere: {' '.join(self.ids('both', 'refused')) or 'none'}"
        yield f"  refusals that no test has seen: {_named(self.untested_refusals, verbose)}"
        yield f"rules never met: {_named(self.ids('never'), verbose)}"

    def _by_group(self) -> str:
        counts = {group: self._counts(rules) for group, rules in self.groups.items()}
        met = [f"{group} {count['met']}/{count['total']}" for group, count in counts.items() if count["met"]]
        untouched = [group for group, count in counts.items() if not count["met"]]
        return ", ".join(met) + (f"; nothing of {', '.join(untouched)}" if untouched else "")

    def _counts(self, rules: Mapping[str, str]) -> dict[str, int]:
        counts = Counter(rules.values())
        return {
            "total": len(rules),
            "met": len(rules) - counts["never"],
            **{how: counts[how] for how in COVERAGE_STATES},
            "unseen": len(rules.keys() & set(self.untested_refusals)),
        }


def _named(ids: Sequence[str], everything: bool) -> str:
    if not ids:
        return "none"
    return " ".join(ids) if everything else f"{len(ids)} (-v names them)"
