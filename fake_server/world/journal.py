"""The journal: every exchange, with the rules that it met. Reports and assertions are its readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ...contracts import redaction, rules
from ...contracts.http import Request, Response
from ...contracts.rule import Rule


@dataclass(slots=True)
class Exchange:
    """One request and what became of it. Credentials never get in here.

    `trace` has the rules that the request met, in order: the rule where it passed, its id where not. `notes` says in
    plain words what a server does in silence, such as dropping a destination; `advice` what the client hardly meant.
    """

    at: datetime
    method: str
    url: str
    request_body: bytes
    status: int = 0
    response_body: bytes = b""
    principal: str = ""
    rule_trace: list[Rule | str] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    fault: str = ""
    """What went wrong on the way, where a test had asked for it; `status` is then what VoIPbin itself made of it."""

    def record_response(self, response: Response) -> None:
        """Keep what is worth keeping of an answer."""
        self.status = response.status
        if response.status >= 400:
            self.response_body = redaction.redact_body(response.body)

    def add_note(self, text: str) -> None:
        """Add a note."""
        self.notes = (*self.notes, redaction.redact_text(text))

    def add_warning(self, *texts: str) -> None:
        """Add advice."""
        self.warnings = (*self.warnings, *map(redaction.redact_text, texts))

    @property
    def rule_outcomes(self) -> list[tuple[str, bool]]:
        """The ids of the rules that the request met, in order, each with whether it passed."""
        return [(one, False) if isinstance(one, str) else (one.id, True) for one in self.rule_trace]

    @property
    def refused_by(self) -> str | None:
        """The id of the rule that refused the request, if one did."""
        if self.status < 400:
            return None
        return next((id for id, passed in reversed(self.rule_outcomes) if not passed), None)

    def __str__(self) -> str:
        asked_by = f", asked by {self.principal}" if self.principal else ""
        lines = [f"{self.method} {self.url} -> {self.status or 'nothing'}{asked_by}"]
        if self.request_body:
            lines.append(f"  sent {self.request_body[:300].decode(errors='replace')}")
        refusal = self.refused_by
        if refusal:
            lines += [f"  {line}" for line in explain(refusal)]
        if self.fault:
            lines.append(f"  fault: {self.fault}")
        return "\n".join([*lines, *(f"  note: {note}" for note in (*self.notes, *self.warnings))])


def explain(id: str) -> list[str]:
    """What a refused author should know of a rule: what it says, where that stands, what to do."""
    rule = rules.RULES[id]
    lines = [f"refused by {rule.id}: {rule.statement} [{rule.source}]"]
    return [*lines, f"what to do: {rule.hint}"] if rule.hint else lines


def redacted(request: Request) -> tuple[str, bytes]:
    """A request's target and body without credentials."""
    return redaction.redact_target(request.target), redaction.redact_body(request.body)


@dataclass(frozen=True, slots=True)
class RuleCounts:
    """How often each rule was passed and refused."""

    passed: Counter[str]
    refused: Counter[str]

    @classmethod
    def of(cls, exchanges: Iterable[Exchange]) -> RuleCounts:
        passed: Counter[str] = Counter()
        refused: Counter[str] = Counter()
        for exchange in exchanges:
            for id, kept in exchange.rule_outcomes:
                (passed if kept else refused)[id] += 1
        return cls(passed, refused)
