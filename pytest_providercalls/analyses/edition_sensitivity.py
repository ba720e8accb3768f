"""Edition sensitivity: the same tests in several editions, and why some of them have different outcomes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from .run_records import RunRecord, RunRecords

if TYPE_CHECKING:
    from ..contracts.rule import Rule

_SHOWN: Final = 3
Runs = Mapping[str, RunRecord]
"""The runs of one test, by edition."""


@dataclass(frozen=True)
class RuleDifference:
    """A rule that a test exercised and whose answer differs between the editions.

    `edition_flag` is the field of Edition that decides, if there is one.
    """

    rule: str
    edition_flag: str
    answers: Mapping[str, str]


@dataclass(frozen=True)
class EditionDependentTest:
    """A test with different outcomes: the outcome in each edition, and the possible causes, the likeliest first."""

    test: str
    outcomes: Mapping[str, str]
    differences: tuple[RuleDifference, ...]


class Sensitivity:
    """Finds the tests whose outcome depends on the edition. Tests that a marker ties to one edition are ignored."""

    name = "editions"

    def __init__(self, records: RunRecords, editions: tuple[str, ...]) -> None:
        self.editions = editions
        self._records = records

    @cached_property
    def tests(self) -> dict[str, Runs]:
        """The runs of each test that ran in several editions."""
        runs: dict[str, dict[str, RunRecord]] = defaultdict(dict)
        for one in sorted(self._records.tests.values(), key=lambda one: _order(one.edition)):
            runs[one.base_nodeid][one.edition] = one
        return {test: runs[test] for test in sorted(runs) if len(runs[test]) > 1}

    @cached_property
    def edition_dependent_tests(self) -> list[EditionDependentTest]:
        """The tests with different outcomes."""
        return [
            EditionDependentTest(
                test, {edition: runs[edition].outcome for edition in runs}, tuple(self._differences(runs))
            )
            for test, runs in self.tests.items()
            if _is_dependent(runs)
        ]

    def _differences(self, runs: Runs) -> list[RuleDifference]:
        """Return a test's differing rules: first those that refused it, then those that few stable tests exercised.

        Of these, a rule whose value certainly differs comes before one that may have had no effect.
        """
        rules = sorted(
            differing_rules(runs),
            key=lambda rule: (
                not _refused(rule, runs),
                -self._suspicion[rule.id],
                not _has_other_value(rule),
                rule.id,
            ),
        )
        answers = {rule.id: {edition: _answer(rule, edition) for edition in runs} for rule in rules}
        return [RuleDifference(rule.id, _flag(rule), answers[rule.id]) for rule in rules]

    @cached_property
    def _suspicion(self) -> dict[str, float]:
        """For each differing rule, the edition-dependent share of the tests that exercised it."""
        exercised, dependent = Counter[str](), Counter[str]()
        for runs in self.tests.values():
            ids = [rule.id for rule in differing_rules(runs)]
            exercised.update(ids)
            dependent.update(ids if _is_dependent(runs) else ())
        return {id: dependent[id] / exercised[id] for id in exercised}

    def to_dict(self) -> dict[str, Any]:
        """Return the results as JSON data."""
        return {
            "names": list(self.editions),
            "compared": len(self.tests),
            "stable": len(self.tests) - len(self.edition_dependent_tests),
            "edition_dependent": [asdict(one) for one in self.edition_dependent_tests],
            "uncovered_flags": self.uncovered_flags,
        }

    def terminal_lines(self, verbose: bool) -> Iterator[str]:
        """Yield the results as lines for the terminal."""
        dependent = self.edition_dependent_tests
        yield (
            f"editions: {len(self.tests)} tests run in {', '.join(self.editions)}:"
            f" {len(self.tests) - len(dependent)} have the same outcome in all of them, {len(dependent)} do not"
        )
        for one in dependent:
            yield f"  {one.test}: {_join(one.outcomes)}"
            shown = one.differences if verbose else one.differences[:_SHOWN]
            yield from (f"    {_describe(difference)}" for difference in shown)
            if len(shown) < len(one.differences):
                yield f"    and {len(one.differences) - len(shown)} more (use -v to list them)"

        if dependent:
            yield f"  the editions also differ in flags that no rule covers: {', '.join(self.uncovered_flags)}"

    @cached_property
    def uncovered_flags(self) -> list[str]:
        """The flags in which the editions differ and that no rule covers, so the journal does not show their use."""
        from ..contracts.editions import EDITIONS
        from ..contracts.rules import RULES

        editions = [asdict(EDITIONS[name]) for name in self.editions]
        excluded = {_flag(rule) for rule in RULES.values()} | {"name", "description"}
        return [name for name in editions[0] if name not in excluded and len({one[name] for one in editions}) > 1]

    def failure_reason(self) -> str:
        """Return an empty string: a test that fails in an edition already fails the session."""
        return ""


def differing_rules(runs: Runs) -> list[Rule]:
    """Return the rules that a test exercised and whose answer differs between its editions.

    If the test passed a rule in every edition, the answers of the refusals that did not happen are ignored.
    """
    from ..contracts.rules import RULES

    exercised = {id for one in runs.values() for id in (*one.passed, *one.refused)}
    return [rule for id, rule in RULES.items() if id in exercised and _differs(rule, runs)]


def _flag(rule: Rule) -> str:
    """Return the field of Edition that decides about a rule, if there is one."""
    return rule.edition_flag or rule.edition_value


def _has_other_value(rule: Rule) -> bool:
    # These flags are read only where they decide the hangup reason of a call.
    return bool(rule.edition_value) or rule.edition_flag == "auth_rejection_is_failed"


def _differs(rule: Rule, runs: Runs) -> bool:
    affects_behaviour = _flag(rule) or not any(rule.answers[edition].refuses for edition in runs)
    return (bool(affects_behaviour) or _refused(rule, runs)) and len({_answer(rule, edition) for edition in runs}) > 1


def _refused(rule: Rule, runs: Runs) -> bool:
    return any(one.refused[rule.id] for one in runs.values())


def _is_dependent(runs: Runs) -> bool:
    return len({one.outcome for one in runs.values()}) > 1


def _order(edition: str) -> int:
    from ..contracts.editions import EDITIONS

    return list(EDITIONS).index(edition)


def _answer(rule: Rule, edition: str) -> str:
    """Summarise an edition's answer for a rule."""
    from ..contracts.editions import EDITIONS

    if flag := _flag(rule):
        return f"{flag}={_as_text(getattr(EDITIONS[edition], flag))}"
    answer = rule.answers[edition]
    if not answer.refuses:
        return answer.note or "not refused"
    return f"{answer.status} {answer.reason or answer.body.value}"


def _as_text(value: object) -> str:
    """Return the value of an edition flag as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "none"
    return str(value)


def _describe(difference: RuleDifference) -> str:
    from ..contracts.rules import RULES

    return f"{difference.rule} {RULES[difference.rule].statement} [{_join(difference.answers)}]"


def _join(values: Mapping[str, str]) -> str:
    return ", ".join(f"{edition} {value}" for edition, value in values.items())
