"""The report of a run: the verdict on each client rule, and the duplicate-call sweep."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ...contracts.conformance.duplicate_calls import Sweep
from ...contracts.conformance.rule_check import ClientVerdict
from ...contracts.redaction import redact_command
from ...contracts.visible_text import visible, visible_line
from ...sandbox.report import SandboxReport

Outcome = Literal["passed", "failed", "known gap", "not run"]
OUTCOMES: Final[tuple[Outcome, ...]] = ("passed", "failed", "known gap", "not run")
_MAX_COMMAND: Final = 80


@dataclass(frozen=True, slots=True)
class ConformReport:
    """The verdicts on a client. `gaps` are the rules that it is known to break, each with the reason."""

    edition: str
    gaps: Mapping[str, str]
    sandbox: SandboxReport
    verdicts: list[ClientVerdict] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether the client breaks a rule, complies with one that is a known gap, or tried to reach VoIPbin."""
        return bool(self.sandbox.guarded) or any(self._outcome(one) == "failed" for one in self.verdicts)

    @property
    def sweep(self) -> Sweep | None:
        """The duplicate-call sweep, if the rule that performs it was run."""
        return next((one.sweep for one in self.verdicts if one.sweep is not None), None)

    def as_json(self) -> str:
        """Return the report as JSON."""
        data: dict[str, Any] = {
            "command": redact_command(self.sandbox.command),
            "edition": self.edition,
            "rules": [
                {"rule": one.rule.id, "verdict": self._outcome(one), "reason": self._reason(one)}
                for one in self.verdicts
            ],
            "sweep": self.sweep.data() if self.sweep else None,
            "attempts": list(map(str, self.sandbox.guarded)),
        }
        return json.dumps(data, indent=2)

    def lines(self) -> Iterator[str]:
        """Yield the report as text."""
        for verdict in self.verdicts:
            if self._outcome(verdict) == "failed":
                yield visible(self._reason(verdict))
                yield ""
        if self.sweep is not None:
            yield "calls that were placed when one POST fails:"
            yield str(self.sweep)
        counts = Counter(map(self._outcome, self.verdicts))
        shown = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if counts[outcome])
        yield f"client rules of {self._shown_command()}, {self.edition}: {shown}"
        for verdict in self.verdicts:
            if self._outcome(verdict) in ("known gap", "not run"):
                yield f"  {verdict.rule.id}: {visible(self._reason(verdict))}"
        for attempt in self.sandbox.guarded:
            yield f"blocked attempt to reach the real VoIPbin: {visible(str(attempt))}"

    def _shown_command(self) -> str:
        text = visible_line(shlex.join(redact_command(self.sandbox.command)))
        return text if len(text) <= _MAX_COMMAND else f"{text[:_MAX_COMMAND]}..."

    def _outcome(self, verdict: ClientVerdict) -> Outcome:
        gap = verdict.rule.id in self.gaps
        if verdict.passed is None:
            return "not run"
        if verdict.passed:
            return "failed" if gap else "passed"
        return "known gap" if gap else "failed"

    def _reason(self, verdict: ClientVerdict) -> str:
        gap = self.gaps.get(verdict.rule.id)
        if gap is None or verdict.passed is None:
            return verdict.reason
        return f"{verdict.rule.id} passes: remove it from the known gaps ({gap})" if verdict.passed else gap
