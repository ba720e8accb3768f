"""The contract coverage of a session: each rule is uncovered, passed only, refused only, or both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..fake_server.session_totals import SessionTotals

COVERAGE_STATES = ("both", "refused", "passed", "uncovered")


def rule_ids_by_group() -> dict[str, list[str]]:
    """Return the ids of the rules of each resource."""
    from ..contracts.rules import GROUPS

    return {group: sorted(rule.id for rule in rules) for group, rules in GROUPS.items()}


@dataclass(frozen=True)
class ContractCoverage:
    """The coverage state of each rule, by resource and id."""

    groups: Mapping[str, Mapping[str, str]]
    untested_refusals: Sequence[str]
    """The rules that only passed although some edition of the session refuses by them. Not every rule can refuse."""

    @classmethod
    def from_totals(cls, totals: SessionTotals, resources: Collection[str] = ()) -> ContractCoverage:
        """Return the coverage of a session, of all resources or of some."""
        from ..contracts.rules import RULES

        by_group = rule_ids_by_group()
        groups = {group: {id: totals.coverage(id) for id in by_group[group]} for group in resources or by_group}
        untested = [
            id
            for id, rule in RULES.items()
            if any(id in ids for ids in groups.values())
            and totals.coverage(id) == "passed"
            and any(rule.answers[edition].refuses for edition in totals.editions)
        ]
        return cls(groups, untested)

    @cached_property
    def rules(self) -> dict[str, str]:
        """The state of each rule, in the order of the ids."""
        return dict(sorted((id, state) for group in self.groups.values() for id, state in group.items()))

    def ids(self, *states: str) -> list[str]:
        """Return the rules that are in one of these states."""
        return [id for id, state in self.rules.items() if state in states]

    @property
    def covered(self) -> int:
        """The number of rules that passed or refused a request."""
        return len(self.rules) - len(self.ids("uncovered"))

    @property
    def percent(self) -> float:
        """The covered share of the rules, which are those of the whole catalogue or of some resources."""
        return 100 * self.covered / len(self.rules)

    def failure_reason(self, minimum: float) -> str:
        """Return why the session fails if the coverage is below `minimum` per cent; otherwise an empty string."""
        if self.percent >= minimum:
            return ""
        scope = "" if len(self.groups) == len(rule_ids_by_group()) else f" of {', '.join(self.groups)}"
        return (
            f"rule coverage{scope} is {self.percent:.1f}% ({self.covered} of {len(self.rules)}),"
            f" below the {minimum:g}% required by providercalls_fail_under"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as JSON data."""
        by_group = {group: self._counts(rules) for group, rules in self.groups.items()}
        return {**self._counts(self.rules), "percent": round(self.percent, 1), "groups": by_group}

    def terminal_lines(self, verbose: bool) -> Iterator[str]:
        """Yield the lines for the terminal."""
        counts = self._counts(self.rules)
        states = (
            f"{counts['both']} passed and refused, {counts['refused']} refused only, {counts['passed']} passed only"
        )
        yield f"rule coverage: {self.covered} of {len(self.rules)} ({self.percent:.1f}%): {states}"
        yield "  A rule is covered if a request passed or broke it. No suite needs all of them."
        yield f"  by resource: {self._by_group()}"
        yield f"  rules that refused a request: {' '.join(self.ids('both', 'refused')) or 'none'}"
        yield f"  refusals never tested: {_ids_or_count(self.untested_refusals, verbose)}"
        yield f"uncovered rules: {_ids_or_count(self.ids('uncovered'), verbose)}"

    def _by_group(self) -> str:
        counts = {group: self._counts(rules) for group, rules in self.groups.items()}
        covered = [
            f"{group} {count['covered']}/{count['total']}" for group, count in counts.items() if count["covered"]
        ]
        uncovered = [group for group, count in counts.items() if not count["covered"]]
        return ", ".join(covered) + (f"; none: {', '.join(uncovered)}" if uncovered else "")

    def _counts(self, rules: Mapping[str, str]) -> dict[str, int]:
        counts = Counter(rules.values())
        return {
            "total": len(rules),
            "covered": len(rules) - counts["uncovered"],
            **{state: counts[state] for state in COVERAGE_STATES},
            "untested_refusals": len(rules.keys() & set(self.untested_refusals)),
        }


def _ids_or_count(ids: Sequence[str], verbose: bool) -> str:
    if not ids:
        return "none"
    return " ".join(ids) if verbose else f"{len(ids)} (use -v to list them)"
