"""The checker: run the rules' probes against any target, up to an allowed safety level."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from ..probes import ProbeClient, ProbeUnavailable, RuleBroken, require_answer
from ..rule import Rule, Safety
from ..rules import RULES
from ..target import HasServices, Target


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one rule on a target.

    `kept` is None if the result is unknown; `reason` explains it. `ran` is False for a rule above the allowed safety
    level.
    """

    rule: Rule
    kept: bool | None
    reason: str = ""
    ran: bool = True

    @property
    def outcome(self) -> str:
        """One of `passed`, `failed`, `inconclusive` and `not run`."""
        if self.kept is None:
            return "inconclusive" if self.ran else "not run"
        return "passed" if self.kept else "failed"

    def adjusted_for(self, broken: Collection[str]) -> Verdict:
        """Return this verdict, or an inconclusive one if it failed and depends on a rule that is broken too."""
        causes = [id for id in self.rule.depends_on if id in broken]
        if self.kept is not False or not causes:
            return self
        return Verdict(self.rule, None, f"depends on {', '.join(causes)}, which failed")


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The verdicts of one run, in the order of the rules that were given."""

    edition: str
    verdicts: tuple[Verdict, ...]

    @classmethod
    def from_verdicts(cls, edition: str, verdicts: Iterable[Verdict]) -> CheckReport:
        """Build the report from the probes' results: a failed rule that depends on a broken one is inconclusive."""
        results = tuple(verdicts)
        broken = {one.rule.id for one in results if one.kept is False}
        return cls(edition, tuple(one.adjusted_for(broken) for one in results))

    @property
    def broken(self) -> list[Verdict]:
        """The rules that the target violates."""
        return [verdict for verdict in self.verdicts if verdict.kept is False]

    def __str__(self) -> str:
        passed = sum(verdict.kept is True for verdict in self.verdicts)
        lines = [f"{self.edition}: {passed} of {len(self.verdicts)} rules passed, {len(self.broken)} failed"]
        return "\n".join([*lines, *(f"  {one.rule.id} {one.rule.statement} {one.reason}" for one in self.broken)])


def check(
    target: Target,
    allow: Safety = Safety.READ,
    rules: Iterable[Rule] = RULES.values(),
    *,
    named: Collection[str] = (),
) -> CheckReport:
    """Run the probe of each rule whose safety level is at most `allow` or whose id is in `named`.

    Does not need pytest.
    """
    rules, found = list(rules), {}
    for rule in in_running_order(rules):
        (found[rule],) = explained(rule, [verdict(rule, target, allow, named)], target)
    return CheckReport.from_verdicts(target.edition.name, (found[rule] for rule in rules))


def in_running_order(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules with those at the end whose probes can damage a server: everything after them would fail."""
    return sorted(rules, key=lambda rule: bool(rule.hazard))


def explained(rule: Rule, verdicts: Sequence[Verdict], target: Target) -> list[Verdict]:
    """Return one probe's verdicts for one or more editions; if a service has failed, with that as the cause.

    No edition describes a server whose services have failed, so this is checked if the probe fails in each edition.
    """
    failed = not any(one.kept for one in verdicts) and any(one.kept is False for one in verdicts)
    if not isinstance(target, HasServices) or not (failed or (rule.hazard and verdicts[0].ran)):
        return list(verdicts)
    cause = target.failed_service()
    if not cause:
        return list(verdicts)
    return [replace(one, kept=one.kept or None, reason=cause) for one in verdicts]


def verdict(rule: Rule, target: Target, allow: Safety, named: Collection[str] = ()) -> Verdict:
    """Return the result of a rule's own probe; a rule above the allowed level is not run unless it is named."""
    if rule.safety > allow and rule.id not in named:
        return Verdict(rule, None, f"its safety level is {rule.safety.name}", ran=False)
    try:
        run(rule, target)
    except ProbeUnavailable as error:
        return Verdict(rule, None, str(error))
    except RuleBroken as error:
        return Verdict(rule, False, str(error))
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        # The response of a server that breaks a rule may be one that the probe cannot parse.
        return Verdict(rule, False, f"the response cannot be parsed: {type(error).__name__}: {error}")
    return Verdict(rule, True)


def run(rule: Rule, target: Target) -> None:
    """Run a rule's probe against a target.

    Raises RuleBroken if the target violates the rule, ProbeUnavailable if the probe cannot run there.
    """
    response = rule.probe(ProbeClient(target))
    if response is not None:
        require_answer(response, rule.answers[target.edition.name])
