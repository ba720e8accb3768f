"""The checker: runs the rules' probes against any target, and no rule more dangerous than it was allowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .probing import Broken, Target, Unprobed, run
from .rule import Rule, Safety
from .rules import RULES


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a target made of one rule: `kept`, `broken`, or None for not asked; and why."""

    rule: Rule
    kept: bool | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The verdicts of one run, in the order of the rules' ids."""

    edition: str
    verdicts: tuple[Verdict, ...]

    @property
    def broken(self) -> list[Verdict]:
        """The rules that the target does not keep."""
        return [verdict for verdict in self.verdicts if verdict.kept is False]

    def __str__(self) -> str:
        kept = sum(verdict.kept is True for verdict in self.verdicts)
        lines = [f"{self.edition}: {kept} rules kept, {len(self.broken)} broken, of {len(self.verdicts)}"]
        return "\n".join([*lines, *(f"  {one.rule.id} {one.rule.statement} {one.why}" for one in self.broken)])


def check(target: Target, allow: Safety = Safety.READ, rules: Iterable[Rule] = RULES.values()) -> Report:
    """Run the probe of every rule whose safety level is at most `allow`. Needs no pytest."""
    verdicts = tuple(_verdict(rule, target, allow) for rule in rules)
    return Report(target.edition.name, verdicts)


def _verdict(rule: Rule, target: Target, allow: Safety) -> Verdict:
    if rule.safety > allow:
        return Verdict(rule, None, f"not asked: it is {rule.safety.name}")
    try:
        run(rule, target)
    except Unprobed as why:
        return Verdict(rule, None, str(why))
    except (Broken, ValueError, LookupError, TypeError) as why:
        # A server that breaks a rule may answer what the probe cannot even read.
        return Verdict(rule, False, f"{type(why).__name__}: {why}")
    return Verdict(rule, True)
