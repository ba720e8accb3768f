"""Edition sensitivity: the same tests over the editions, and what those depend on that do not end alike."""

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
"""One test in several editions."""


@dataclass(frozen=True)
class RuleDifference:
    """A rule that a test met, and that does not mean the same in the editions: what each answers or decides.

    `point` is the field of Edition that decides, if one does.
    """

    rule: str
    point: str
    answers: Mapping[str, str]


@dataclass(frozen=True)
class EditionDependentTest:
    """A test that does not end alike in all editions: how it ends in each, and what may be why, the likeliest first."""

    test: str
    outcomes: Mapping[str, str]
    differences: tuple[RuleDifference, ...]


class Sensitivity:
    """What the session's tests depend on among the editions. Tests that a marker ties to one edition are not judged."""

    name = "editions"

    def __init__(self, meetings: RunRecords, editions: tuple[str, ...]) -> None:
        self.editions = editions
        self._meetings = meetings

    @cached_property
    def tests(self) -> dict[str, Runs]:
        """Each test that ran in several editions: how it went in each."""
        runs: dict[str, dict[str, RunRecord]] = defaultdict(dict)
        for one in sorted(self._meetings.tests.values(), key=lambda one: _order(one.edition)):
            runs[one.base_nodeid][one.edition] = one
        return {test: runs[test] for test in sorted(runs) if len(runs[test]) > 1}

    @cached_property
    def dependences(self) -> list[EditionDependentTest]:
        """The tests that do not end alike."""
        return [
            EditionDependentTest(
                test, {edition: runs[edition].outcome for edition in runs}, tuple(self._differences(runs))
            )
            for test, runs in self.tests.items()
            if _depends(runs)
        ]

    def _differences(self, runs: Runs) -> list[RuleDifference]:
        """The rules that differ for a test, those first that have refused it, and then those that few others met."""
        rules = sorted(
            differing_rules(runs), key=lambda rule: (not _refused(rule, runs), -self._suspicion[rule.id], rule.id)
        )
        answers = {rule.id: {edition: _answer(rule, edition) for edition in runs} for rule in rules}
        return [RuleDifference(rule.id, rule.edition_flag, answers[rule.id]) for rule in rules]

    @cached_property
    def _suspicion(self) -> dict[str, float]:
        """Of the tests for which a rule differs, the share that depend on the edition."""
        all_, depending = Counter[str](), Counter[str]()
        for runs in self.tests.values():
            ids = [rule.id for rule in differing_rules(runs)]
            all_.update(ids)
            depending.update(ids if _depends(runs) else ())
        return {id: depending[id] / all_[id] for id in all_}

    def to_dict(self) -> dict[str, Any]:
        """What was found, as JSON's data."""
        return {
            "names": list(self.editions),
            "compared": len(self.tests),
            "alike": len(self.tests) - len(self.dependences),
            "depends": [asdict(one) for one in self.dependences],
            "other_points": self.uncovered_flags,
        }

    def terminal_lines(self, verbose: bool) -> Iterator[str]:
        """What was found, for a terminal."""
        depend = len(self.dependences)
        yield (
            f"editions: of {len(self.tests)} tests in {', '.join(self.editions)},"
            f" {len(self.tests) - depend} end alike and {depend} depend on the edition"
        )
        for one in self.dependences:
            yield f"  {one.test}: {_listed(one.outcomes)}"
            shown = one.differences if verbose else one.differences[:_SHOWN]
            yield from (f"    {_told(difference)}" for difference in shown)
            if len(shown) < len(one.differences):
                yield f"    and {len(one.differences) - len(shown)} more (-v names them)"

        if self.dependences:
            yield f"  the editions also differ in what no rule is about: {', '.join(self.uncovered_flags)}"

    @cached_property
    def uncovered_flags(self) -> list[str]:
        """The points in which the editions differ and that no rule is about: no journal tells who has met them."""
        from ..contracts.editions import EDITIONS
        from ..contracts.rules import RULES

        editions = [asdict(EDITIONS[name]) for name in self.editions]
        told = {rule.edition_flag for rule in RULES.values()} | {"name", "about"}
        return [name for name in editions[0] if name not in told and len({one[name] for one in editions}) > 1]

    def failure_reason(self) -> str:
        """Nothing: the tests that fail in an edition fail the session."""
        return ""


def differing_rules(runs: Runs) -> list[Rule]:
    """The rules that a test met, and that do not mean the same in its editions.

    Where every edition lets a test pass, how one of them would have refused does not matter.
    """
    from ..contracts.rules import RULES

    met = {id for one in runs.values() for id in (*one.passed, *one.refused)}
    return [rule for id, rule in RULES.items() if id in met and _differs(rule, runs)]


def _differs(rule: Rule, runs: Runs) -> bool:
    behaves = rule.edition_flag or not any(rule.answers[edition].refuses for edition in runs)
    return (bool(behaves) or _refused(rule, runs)) and len({_answer(rule, edition) for edition in runs}) > 1


def _refused(rule: Rule, runs: Runs) -> bool:
    return any(one.refused[rule.id] for one in runs.values())


def _depends(runs: Runs) -> bool:
    return len({one.outcome for one in runs.values()}) > 1


def _order(edition: str) -> int:
    from ..contracts.editions import EDITIONS

    return list(EDITIONS).index(edition)


def _answer(rule: Rule, edition: str) -> str:
    """What an edition makes of a rule, in a few words."""
    from ..contracts.editions import EDITIONS

    if rule.edition_flag:
        return f"{rule.edition_flag}={getattr(EDITIONS[edition], rule.edition_flag)}"
    answer = rule.answers[edition]
    if not answer.refuses:
        return answer.note or "not refused"
    return f"{answer.status} {answer.reason or answer.body.value}"


def _told(difference: RuleDifference) -> str:
    from ..contracts.rules import RULES

    return f"{difference.rule} {RULES[difference.rule].statement} [{_listed(difference.answers)}]"


def _listed(values: Mapping[str, str]) -> str:
    return ", ".join(f"{edition} {value}" for edition, value in values.items())
