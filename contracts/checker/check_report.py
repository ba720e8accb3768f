"""The checker: runs the rules' probes against any target, and no rule more dangerous than it was allowed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..probes import ProbeUnavailable, RuleBroken, Target, run
from ..rule import Rule, Safety
from ..rules import RULES


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a target made of one rule: `kept`, or None where nothing can be said; and why.

    `asked` is False for a rule that was too dangerous to be asked.
    """

    rule: Rule
    kept: bool | None
    reason: str = ""
    ran: bool = True

    @property
    def outcome(self) -> str:
        """In words: kept, broken, not asked, or not answerable."""
        if self.kept is None:
            return "not answerable" if self.ran else "not asked"
        return "kept" if self.kept else "broken"

    def adjusted_for(self, broken: Collection[str]) -> Verdict:
        """This verdict, unless it is broken and stands on a rule that is broken too: then nothing can be said."""
        stands = [id for id in self.rule.depends_on if id in broken]
        if self.kept is not False or not stands:
            return self
        return Verdict(self.rule, None, f"not judged: it stands on {', '.join(stands)}, which is not kept")


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The verdicts of one run, in the order of the rules' ids."""

    edition: str
    verdicts: tuple[Verdict, ...]

    @classmethod
    def from_verdicts(cls, edition: str, verdicts: Iterable[Verdict]) -> CheckReport:
        """The verdicts of each rule's own probe, settled: what stands on a broken rule is not said to be broken."""
        probed = tuple(verdicts)
        broken = {one.rule.id for one in probed if one.kept is False}
        return cls(edition, tuple(one.adjusted_for(broken) for one in probed))

    @property
    def broken(self) -> list[Verdict]:
        """The rules that the target does not keep."""
        return [verdict for verdict in self.verdicts if verdict.kept is False]

    def __str__(self) -> str:
        kept = sum(verdict.kept is True for verdict in self.verdicts)
        lines = [f"{self.edition}: {kept} rules kept, {len(self.broken)} broken, of {len(self.verdicts)}"]
        return "\n".join([*lines, *(f"  {one.rule.id} {one.rule.statement} {one.reason}" for one in self.broken)])


def check(
    target: Target,
    allow: Safety = Safety.READ,
    rules: Iterable[Rule] = RULES.values(),
    *,
    named: Collection[str] = (),
) -> CheckReport:
    """Run the probe of every rule whose safety level is at most `allow`, or whose id is `named`. Needs no pytest."""
    return CheckReport.from_verdicts(target.edition.name, (verdict(rule, target, allow, named) for rule in rules))


def verdict(rule: Rule, target: Target, allow: Safety, named: Collection[str] = ()) -> Verdict:
    """What a rule's own probe makes of a target; one that is more dangerous than allowed is not run, unless named."""
    if rule.safety > allow and rule.id not in named:
        return Verdict(rule, None, f"not asked: it is {rule.safety.name}", ran=False)
    try:
        run(rule, target)
    except ProbeUnavailable as why:
        return Verdict(rule, None, str(why))
    except RuleBroken as why:
        return Verdict(rule, False, str(why))
    except (ValueError, LookupError, TypeError, AttributeError) as why:
        # A server that breaks a rule may answer what the probe cannot even read.
        return Verdict(rule, False, f"the answer cannot be read: {type(why).__name__}: {why}")
    return Verdict(rule, True)
